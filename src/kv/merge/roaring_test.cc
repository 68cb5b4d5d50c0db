// Unions of roaring bitmaps, byte for byte as the Java library makes them, and bytes that are none.
#include <gtest/gtest.h>

#include <random>

#include "base/crc32c.h"
#include "base/endian.h"
#include "kv/merge/golden_bitmaps.h"
#include "kv/merge/roaring32.h"
#include "kv/merge/roaring64.h"
#include "schema/test_values.h"

namespace millrace::kv::internal {
namespace {

using schema::Hex;
using schema::Unhex;

template <class Union>
std::string UniteHex(Union& unite, const std::string& stored, const std::string& sent) {
  Result<Bytes> merged = unite.Unite(AsBytes(stored), AsBytes(sent));
  return merged ? Hex(*merged) : merged.error().message;
}

template <class Union>
void CheckGolden(std::span<const GoldenUnion> golden) {
  Union unite;
  for (const GoldenUnion& test : golden) {
    SCOPED_TRACE(test.name);
    std::string sent = Unhex(test.sent);
    std::string merged = Unhex(test.merged);
    EXPECT_EQ(UniteHex(unite, Unhex(test.stored), sent), test.merged);
    // Once more: nothing is new.
    EXPECT_EQ(UniteHex(unite, merged, sent), test.merged);
    EXPECT_EQ(UniteHex(unite, merged + "behind", sent + "it"), test.merged);
  }
}

TEST(Roaring32Test, Golden) {
  CheckGolden<Roaring32Union>(kGolden32);
}

TEST(Roaring64Test, Golden) {
  CheckGolden<Roaring64Union>(kGolden64);
}

template <class... Numbers>
std::string LittleEndian(Numbers... numbers) {
  std::string bytes;
  (bytes.append(reinterpret_cast<const char*>(&numbers), sizeof(numbers)), ...);
  return bytes;
}

// Bitmaps of one container, as the library writes them: one value, or a run.
struct Small32 {
  static std::string One(uint64_t value) {
    return LittleEndian(uint32_t{12346}, uint32_t{1}, static_cast<uint16_t>(value >> 16),
                        uint16_t{0}, uint32_t{16}, static_cast<uint16_t>(value));
  }
  static std::string Run(uint64_t first, uint64_t last) {
    auto more = static_cast<uint16_t>(last - first);
    return LittleEndian(uint32_t{12347}, uint8_t{1}, static_cast<uint16_t>(first >> 16), more,
                        uint16_t{1}, static_cast<uint16_t>(first), more);
  }
  static std::string None() { return LittleEndian(uint32_t{12346}, uint32_t{0}); }
};

struct Small64 {
  static std::string One(uint64_t value) {
    return Dump(value, 2, 1, LittleEndian(static_cast<uint16_t>(value)));
  }
  static std::string Run(uint64_t first, uint64_t last) {
    auto low = static_cast<uint16_t>(first);
    auto more = static_cast<uint16_t>(last - first);
    if (more == 0) return One(first);
    // Two values are never a run at first.
    if (more == 1) return Dump(first, 2, 2, LittleEndian(low, static_cast<uint16_t>(low + 1)));
    return Dump(first, 0, more + 1u, LittleEndian(uint16_t{1}, low, more));
  }
  static std::string None() { return LittleEndian(uint8_t{0}); }

 private:
  static std::string Dump(uint64_t value, uint8_t kind, uint32_t cardinality, std::string data) {
    std::string key = LittleEndian(__builtin_bswap64(value)).substr(0, 6);
    return LittleEndian(uint8_t{1}, uint64_t{1}, uint32_t{4}) + key +
           LittleEndian(uint64_t{0}, uint32_t{1}, uint8_t{0xfe}, uint32_t{1}, uint8_t{1}, kind,
                        cardinality) +
           data + LittleEndian(uint64_t{1}, uint32_t{0}, uint32_t{0});
  }
};

// A bitmap that grows by one small one after the other; what it is on the way is told by its size
// and CRC-32C, which are those of the Java library's.
template <class Union, class Small>
class Growing {
 public:
  void One(uint64_t value) { Add(Small::One(value)); }
  void Run(uint64_t first, uint64_t last) { Add(Small::Run(first, last)); }

  void Expect(size_t size, uint32_t crc) {
    EXPECT_EQ(bytes_.size(), size);
    EXPECT_EQ(Crc32c(AsBytes(bytes_)), crc);
  }

 private:
  void Add(const std::string& small) {
    Result<Bytes> merged = union_.Unite(AsBytes(bytes_), AsBytes(small));
    ASSERT_TRUE(merged) << merged.error().message;
    bytes_ = AsText(*merged);
  }

  Union union_;
  std::string bytes_ = Small::None();
};
using Growing32 = Growing<Roaring32Union, Small32>;
using Growing64 = Growing<Roaring64Union, Small64>;

// A generator that Java and we have in common (splitmix64).
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

template <class Bitmap>
void AddMixed(Bitmap& bitmap) {
  for (uint64_t i = 0; i < 400; ++i) {
    uint64_t base = (Mix(i) & 0xff) << 16;
    uint64_t first = base + (Mix(i) >> 20 & 0x7fff);
    if (Mix(i) >> 60 < 8) {
      bitmap.One(base + (Mix(i) >> 20 & 0xffff));
    } else {
      bitmap.Run(first, first + (Mix(i) >> 40 & 0xff));
    }
  }
}

TEST(Roaring64Test, NodesGrow) {
  Growing64 bitmap;
  for (uint64_t i = 0; i < 256; ++i) {
    bitmap.One((i * 7 & 255) << 16 | i);
    if (i == 3) bitmap.Expect(151, 0x5bc57667);
    if (i == 4) bitmap.Expect(190, 0x38dccd35);
    if (i == 15) bitmap.Expect(478, 0x63a8777a);
    if (i == 16) bitmap.Expect(743, 0x9f14a099);
    if (i == 47) bitmap.Expect(1562, 0x95a98a51);
    if (i == 48) bitmap.Expect(1363, 0xe85eafef);
  }
  bitmap.Expect(6791, 0x99ee4a18);
}

TEST(Roaring64Test, KeysAnywhere) {
  Growing64 scattered;
  for (uint64_t i = 0; i < 500; ++i) scattered.One(Mix(i));
  scattered.Expect(14637, 0xa03159d8);

  Growing64 deep;
  for (int i = 0; i < 48; ++i) deep.One(std::rotl(uint64_t{0x0102040810204080}, i));
  for (int i = 0; i < 64; ++i) deep.One(uint64_t{1} << i);
  deep.Expect(2800, 0x25db832b);
}

TEST(Roaring64Test, ContainersGrow) {
  Growing64 values;
  for (uint64_t i = 0; i < 5000; ++i) {
    values.One(i * 40503 & 0xffff);
    if (i == 4095) values.Expect(8250, 0xf1a4b319);
    if (i == 4096) values.Expect(8250, 0xa7edcb1b);
  }
  values.Expect(8250, 0xdc44499f);

  Growing64 runs;
  for (uint64_t i = 0; i < 3000; ++i) {
    runs.Run(21 * i, 21 * i + i % 7);
    if (i == 100) runs.Expect(464, 0x6f4d5425);
    if (i == 2046) runs.Expect(8248, 0x68628c85);
    if (i == 2047) runs.Expect(8250, 0xc3b54b10);
  }
  runs.Expect(8250, 0xaa860c5e);
  runs.Run(0, 65535);
  runs.Expect(64, 0xce35411a);

  Growing64 mixed;
  AddMixed(mixed);
  mixed.Expect(6739, 0x26500563);
}

TEST(Roaring32Test, ContainersGrow) {
  Growing32 values;
  for (uint64_t i = 0; i < 5000; ++i) {
    values.One(i * 40503 & 0xffff);
    if (i == 4095) values.Expect(8208, 0x8541f3fe);
    if (i == 4096) values.Expect(8208, 0xfe24b381);
  }
  values.Expect(8208, 0xc966cc45);

  Growing32 runs;
  for (uint64_t i = 0; i < 3000; ++i) {
    runs.Run(21 * i, 21 * i + i % 7);
    if (i == 100) runs.Expect(415, 0xf523fc25);
    if (i == 2046) runs.Expect(8199, 0xa0c087d8);
    if (i == 2047) runs.Expect(8208, 0x19adf39d);
  }
  runs.Expect(8208, 0xbff647db);
  runs.Run(0, 65535);
  runs.Expect(15, 0x86f7674d);

  Growing32 mixed;
  AddMixed(mixed);
  mixed.Expect(3408, 0xc30d3b66);
}

struct Malformed {
  const char* bytes;
  const char* message;
};

template <class Union>
void CheckMalformed(std::span<const Malformed> cases, std::string_view what,
                    const std::string& empty) {
  Union unite;
  std::string no_bitmap = std::string(" value is no ") + std::string(what) + " roaring bitmap: ";
  for (const Malformed& test : cases) {
    SCOPED_TRACE(test.bytes);
    std::string bytes = Unhex(test.bytes);
    EXPECT_EQ(UniteHex(unite, bytes, empty), "the stored" + no_bitmap + test.message);
    EXPECT_EQ(UniteHex(unite, empty, bytes), "the sent" + no_bitmap + test.message);
  }
}

TEST(Roaring32Test, Malformed) {
  const Malformed cases[] = {
      {"", "it ends within the header"},
      {"3a30", "it ends within the header"},
      {"3a300000 010000", "it ends within the header"},
      {"3a300000 01000000 0000", "it ends within the header"},
      {"3a300000 01000000 00000000 1000", "it ends within the header"},
      {"3b300000", "it ends within the header"},
      {"3b30ffff 00", "it ends within the header"},
      {"3a300100 00000000", "it does not begin like one"},
      {"3c300000 00000000", "it does not begin like one"},
      {"3a300000 01000100", "more than 65536 containers"},
      {"3a300000 ffffffff", "more than 65536 containers"},
      {"3a300000 01000000 00000000 10000000 01", "it ends within a container"},
      {"3a300000 01000000 0000ffff 10000000 0100", "it ends within a container"},
      {"3b300000 01 00000000 01", "it ends within a container"},
      {"3b300000 01 00000000 0200 00000000", "it ends within a container"},
      {"3a300000 02000000 01000000 01000000 18000000 1a000000 0100 0100", "its keys do not ascend"},
      {"3a300000 01000000 00000100 10000000 0100 0100", "an array's values do not ascend"},
      {"3a300000 01000000 00000100 10000000 0200 0100", "an array's values do not ascend"},
      {"3b300000 01 00000300 0200 05000100 06000100", "runs overlap or do not ascend"},
      {"3b300000 01 00000300 0200 05000100 01000100", "runs overlap or do not ascend"},
      {"3b300000 01 00000200 0100 ffff0100", "runs overlap or do not ascend"},
      {"3b300000 01 00000300 0100 05000100", "runs of 2 values where 4 are announced"},
      {"3b300000 01 0000ffff 0000", "runs of 0 values where 65536 are announced"},
  };
  CheckMalformed<Roaring32Union>(cases, "32-bit", Small32::None());

  Roaring32Union unite;
  std::string bits = Unhex("3a300000 01000000 00000010 10000000") + std::string(8192, '\x01');
  EXPECT_EQ(UniteHex(unite, bits, Small32::None()),
            "the stored value is no 32-bit roaring bitmap: 8192 bits where 4097 are announced");
}

// Runs that touch are not what the library writes, but other writers do.
TEST(Roaring32Test, TouchingRuns) {
  Roaring32Union unite;
  std::string touching = Unhex("3b300000 01 00000700 0200 05000300 09000300");
  EXPECT_EQ(UniteHex(unite, touching, Small32::One(13)),
            "3b300000010000080001000500"
            "0800");
}

TEST(Roaring64Test, Malformed) {
  // {1} is 01 0100000000000000 | 04 0000 00 000000000000 0000000000000000 |
  //        01000000 fe 01000000 | 01 02 01000000 0100 | 0100000000000000 00000000 00000000
  const Malformed cases[] = {
      {"", "it does not begin like one"},
      {"02", "it does not begin like one"},
      {"01 01000000000000", "it ends within the header"},
      {"01 0100000000000000 0400", "it ends within the tree"},
      {"01 0100000000000000 04 0000 01", "it ends within the tree"},
      {"01 0100000000000000 04 0000 00 000000000000 00000000", "it ends within the tree"},
      {"01 0100000000000000 05 0000 00", "an unknown kind of node"},
      {"01 0100000000000000 04 0000 07", "a node's prefix is too long"},
      {"01 0100000000000000 00 0200 06", "a node's prefix is too long"},
      {"01 0100000000000000 00 0100 00", "a node with 1 children"},
      {"01 0100000000000000 00 0500 00", "a node with 5 children"},
      {"01 0100000000000000 01 0300 00", "a node with 3 children"},
      {"01 0100000000000000 02 0c00 00", "a node with 12 children"},
      {"01 0100000000000000 03 2400 00", "a node with 36 children"},
      {"01 0100000000000000 03 0101 00", "a node with 257 children"},
      {"01 0200000000000000 00 0200 05 0000000000 0000", "it ends within the tree"},
      // Two children for the byte 1; a key in the wrong place; a node below a whole key.
      {"01 0200000000000000 00 0200 05 0000000000 00000101"
       "04 0000 00 000000000001 0000000000000000",
       "a node's children do not ascend"},
      {"01 0200000000000000 00 0200 05 0000000000 00000201"
       "04 0000 00 000000000002 0000000000000000",
       "a key is not where it belongs"},
      {"01 0200000000000000 00 0200 05 0000000000 00000201 00 0200 00",
       "a node's prefix is too long"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 00000000 fe 00000000",
       "more arrays of containers than one"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 02000000 fe 00000000",
       "more arrays of containers than one"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 00 01000000",
       "an unknown array"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe ffffffff",
       "it ends within the containers"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "02 02 01000000 0100",
       "an unknown kind of container"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 03 01000000 0100",
       "an unknown kind of container"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 02 01100000 0100",
       "a container of 4097 values"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 01 ffffffff 0100",
       "a container of 4294967295 values"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 01 01000000 0100",
       "it ends within a container"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 02 02000000 0200 0100",
       "an array's values do not ascend"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 00 02000000 0100 0500 0200",
       "runs of 3 values where 2 are announced"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 02 01000000 0100 0200000000000000 00000000 00000000",
       "a wrong count of containers"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 02 01000000 0100 0100000000000000 01000000 00000000",
       "a wrong count of containers"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 02 01000000 0100 0100000000000000 00000000 01000000",
       "a wrong count of containers"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 02000000"
       "00 01 02 01000000 0100 0100000000000000 00000000 00000000",
       "a wrong count of containers"},
      {"01 0100000000000000 04 0000 00 000000000000 0100000000000000 01000000 fe 02000000"
       "01 02 01000000 0100 00 0100000000000000 00000000 00000000",
       "a key without a container"},
      {"01 0100000000000000 04 0000 00 000000000000 00000000ffffffff 01000000 fe 01000000"
       "01 02 01000000 0100 0100000000000000 00000000 00000000",
       "a key without a container"},
      {"01 0200000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 01000000"
       "01 02 01000000 0100 0100000000000000 00000000 00000000",
       "a wrong count of keys"},
      {"01 0100000000000000 04 0000 00 000000000000 0000000000000000 01000000 fe 02000000"
       "01 02 01000000 0100 01 02 01000000 0100 0200000000000000 00000000 01000000",
       "a wrong count of keys"},
      // Two keys with one container.
      {"01 0200000000000000 00 0200 05 0000000000 00000201"
       "04 0000 00 000000000001 0000000000000000 04 0000 00 000000000002 0000000000000000"
       "01000000 fe 02000000 01 02 01000000 0100 01 02 01000000 0100"
       "0200000000000000 00000000 01000000",
       "a key without a container"},
  };
  CheckMalformed<Roaring64Union>(cases, "64-bit", Small64::None());
}

// Broken at random, a bitmap is either refused, or another bitmap; nothing else happens. Useful
// with ASan and UBSan.
template <class Union>
void CheckMutations(std::span<const GoldenUnion> golden) {
  Union unite;
  Union again;
  std::mt19937_64 random(1);
  for (const GoldenUnion& test : golden) {
    SCOPED_TRACE(test.name);
    std::string sent = Unhex(test.sent);
    std::string whole = Unhex(test.merged);
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(unite.Unite(AsBytes(whole.substr(0, size)), AsBytes(sent)));
    }
    for (int round = 0; round < 2000; ++round) {
      std::string broken = whole;
      for (auto count = 1 + random() % 3; count > 0; --count) {
        broken[random() % broken.size()] = static_cast<char>(random() >> random() % 64);
      }
      Result<Bytes> merged = unite.Unite(AsBytes(broken), AsBytes(sent));
      if (!merged) continue;
      Result<Bytes> same = again.Unite(*merged, AsBytes(sent));
      ASSERT_TRUE(same) << same.error().message << ": " << Hex(broken);
      EXPECT_EQ(Hex(*same), Hex(*merged)) << Hex(broken);
    }
  }
}

TEST(Roaring32Test, Mutations) {
  CheckMutations<Roaring32Union>(kGolden32);
}

TEST(Roaring64Test, Mutations) {
  CheckMutations<Roaring64Union>(kGolden64);
}

}  // namespace
}  // namespace millrace::kv::internal
