#include "base/varint.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>

#include "base/bytes.h"

namespace millrace {
namespace {

std::string Encoded(uint64_t value) {
  std::string bytes(kVarint64SizeMax, 'x');
  auto* begin = reinterpret_cast<std::byte*>(bytes.data());
  bytes.resize(static_cast<size_t>(StoreVarint(begin, value) - begin));
  return bytes;
}

// With so many bytes of other things behind it. -1 if it is none.
template <class T>
std::pair<ptrdiff_t, T> Decoded(const std::string& bytes, size_t behind) {
  std::string all = bytes + std::string(behind, '\xFF');
  Bytes view = AsBytes(all);
  T value = 0;
  const std::byte* after = LoadVarint(view.data(), view.data() + view.size(), value);
  return {after ? after - view.data() : -1, value};
}

TEST(VarintTest, KnownBytes) {
  EXPECT_EQ(Encoded(0), std::string("\0", 1));
  EXPECT_EQ(Encoded(127), "\x7F");
  EXPECT_EQ(Encoded(128), "\x80\x01");
  EXPECT_EQ(Encoded(300), "\xAC\x02");
  EXPECT_EQ(Encoded(static_cast<uint32_t>(-1)), "\xFF\xFF\xFF\xFF\x0F");
  EXPECT_EQ(Encoded(static_cast<uint64_t>(-1)), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
}

TEST(VarintTest, RoundTripOfAllLengths) {
  std::mt19937_64 random(7);
  for (int bits = 0; bits <= 64; bits++) {
    for (int i = 0; i < 50; i++) {
      uint64_t value = bits == 0 ? 0 : random() >> (64 - bits);
      std::string bytes = Encoded(value);
      ASSERT_EQ(VarintSize(value), bytes.size());
      for (size_t behind : {0, 1, 5, 20}) {
        auto size = static_cast<ptrdiff_t>(bytes.size());
        ASSERT_EQ(Decoded<uint64_t>(bytes, behind), std::pair(size, value)) << value;
        if (value <= std::numeric_limits<uint32_t>::max()) {
          ASSERT_EQ(Decoded<uint32_t>(bytes, behind),
                    std::pair(size, static_cast<uint32_t>(value)));
        } else {
          ASSERT_EQ(Decoded<uint32_t>(bytes, behind).first, -1) << value;
        }
      }
      for (size_t cut = 0; cut < bytes.size(); cut++) {
        ASSERT_EQ(Decoded<uint64_t>(bytes.substr(0, cut), 0).first, -1);
        ASSERT_EQ(Decoded<uint32_t>(bytes.substr(0, cut), 0).first, -1);
      }
    }
  }
}

// Longer than needed is taken as far as the longest of the type; more bits are not.
TEST(VarintTest, PaddedAndTooLong) {
  std::string zero = std::string(1, '\0');
  for (size_t behind : {0, 20}) {
    EXPECT_EQ(Decoded<uint32_t>("\x81" + zero, behind), std::pair(ptrdiff_t{2}, 1u));
    EXPECT_EQ(Decoded<uint32_t>("\x81\x80\x80\x80" + zero, behind), std::pair(ptrdiff_t{5}, 1u));
    EXPECT_EQ(Decoded<uint32_t>("\x81\x80\x80\x80\x80" + zero, behind).first, -1);
    EXPECT_EQ(Decoded<uint32_t>("\xFF\xFF\xFF\xFF\x10", behind).first, -1);
    EXPECT_EQ(Decoded<uint64_t>("\x81\x80\x80\x80\x80\x80\x80\x80\x80" + zero, behind),
              std::pair(ptrdiff_t{10}, uint64_t{1}));
    EXPECT_EQ(Decoded<uint64_t>("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", behind).first, -1);
    EXPECT_EQ(Decoded<uint64_t>("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x81" + zero, behind).first,
              -1);
  }
}

}  // namespace
}  // namespace millrace
