#include "record/kv_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/endian.h"
#include "record/golden_batches.h"
#include "record/value_batch.h"

namespace millrace::record {
namespace {

using testing::HasSubstr;

// Upsert of two keys, delete of a third; schema 1, writer 2, sequence 0.
constexpr std::string_view kKvBatch =
    "410000000069850861010000020000000000000000000000030000000b0000000101000105416c6963651910000000"
    "02ac0202ac02ffffffffffffffffff01020000000109";

// With a checksum that fits.
std::string Sealed(std::string bytes) {
  MutableBytes to = AsMutableBytes(bytes);
  StoreLittle(to.data(), static_cast<int32_t>(to.size() - 4));
  StoreLittle(to.data() + 5, Crc32c(to.subspan(9)));
  return bytes;
}

std::string WithRecords(int32_t count, std::string_view hex) {
  std::string bytes = FromHex(kKvBatch).substr(0, 28) + FromHex(hex);
  StoreLittle(AsMutableBytes(bytes).data() + 24, count);
  return Sealed(bytes);
}

TEST(KvBatch, ReadsRecords) {
  std::string bytes = FromHex(kKvBatch);
  ASSERT_EQ(bytes.size(), 69u);
  auto batch = KvBatch::Parse(AsBytes(bytes));
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->schema_id(), SchemaId{1});
  EXPECT_EQ(batch->writer_id(), WriterId{2});
  EXPECT_EQ(batch->batch_sequence(), 0);
  ASSERT_EQ(batch->record_count(), 3);
  auto records = batch->records();
  KvRecord alice = records.Next();
  EXPECT_EQ(AsText(alice.key), FromHex("01"));
  ASSERT_TRUE(alice.row);
  EXPECT_EQ(AsText(*alice.row), FromHex("000105416c69636519"));
  KvRecord nulls = records.Next();
  EXPECT_EQ(AsText(nulls.key), FromHex("ac02"));
  ASSERT_TRUE(nulls.row);
  EXPECT_EQ(AsText(*nulls.row), FromHex("02ac02ffffffffffffffffff01"));
  KvRecord deleted = records.Next();
  EXPECT_EQ(AsText(deleted.key), FromHex("09"));
  EXPECT_FALSE(deleted.row);
}

TEST(KvBatch, ReadsWhatIsUncommon) {
  std::string none = WithRecords(0, "");
  EXPECT_TRUE(KvBatch::Parse(AsBytes(none)));

  // A key of no bytes, deleted, and a key length in more bytes than it needs.
  std::string odd = WithRecords(2, "0100000000 0500000081800078ff");
  auto batch = KvBatch::Parse(AsBytes(odd));
  ASSERT_TRUE(batch) << batch.error().message;
  auto records = batch->records();
  KvRecord empty = records.Next();
  EXPECT_TRUE(empty.key.empty());
  EXPECT_FALSE(empty.row);
  KvRecord padded = records.Next();
  EXPECT_EQ(AsText(padded.key), "x");
  EXPECT_EQ(AsText(padded.row.value()), "\xff");

  std::string no_writer = FromHex(kKvBatch);
  StoreLittle(AsMutableBytes(no_writer).data() + 12, int64_t{-1});
  StoreLittle(AsMutableBytes(no_writer).data() + 20, int32_t{-1});
  no_writer = Sealed(no_writer);
  batch = KvBatch::Parse(AsBytes(no_writer));
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->writer_id(), WriterId{-1});
  EXPECT_EQ(batch->batch_sequence(), -1);
}

TEST(KvBatch, Refuses) {
  const std::string good = FromHex(kKvBatch);
  auto changed = [&](size_t at, auto value, bool seal = true) {
    std::string bytes = good;
    StoreLittle(AsMutableBytes(bytes).data() + at, value);
    return seal ? Sealed(bytes) : bytes;
  };
  struct Case {
    const char* what;
    std::string bytes;
    const char* message;
  };
  const Case cases[] = {
      {"nothing", "", "KV batch of 0 bytes"},
      {"half a header", good.substr(0, 27), "KV batch of 27 bytes"},
      {"cut", good.substr(0, 68), "KV batch length 65, 64 bytes follow it"},
      {"followed", good + "x", "KV batch length 65, 66 bytes follow it"},
      {"length", changed(0, int32_t{-5}, false), "KV batch length -5"},
      {"magic", changed(4, uint8_t{1}, false), "unknown KV batch magic 1"},
      {"checksum", changed(68, uint8_t{8}, false), "checksum 61088569, its bytes have"},
      {"negative count", changed(24, int32_t{-1}), "with -1 records"},
      {"fewer records", changed(24, int32_t{2}), "6 bytes after the last of 2 KV records"},
      {"more records", changed(24, int32_t{4}), "ends before record 3 of 4"},
      {"length too small", changed(28, int32_t{10}), "KV record 1 of "},
      {"length too large", changed(63, int32_t{3}), "KV record 2 of 3 bytes, 2 are left"},
      {"length negative", changed(28, int32_t{-1}), "KV record 0 of -1 bytes"},
      {"no key length", WithRecords(1, "00000000"), "KV record 0 of 0 bytes has no key length"},
      {"key length cut", WithRecords(1, "02000000 ffff"), "has no key length"},
      {"key length of 33 bits", WithRecords(1, "06000000 ffffffff1f00"), "has no key length"},
      {"key too long", WithRecords(1, "02000000 0201"), "a key of 2 bytes, 1 are left in it"},
      {"key huge", WithRecords(1, "06000000 ffffffff0f00"),
       "a key of 4294967295 bytes, 1 are left"},
      {"cut in a length", WithRecords(2, "0100000000 010000"), "ends before record 1 of 2"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    auto batch = KvBatch::Parse(AsBytes(c.bytes));
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::kCorruptRecord);
    EXPECT_THAT(batch.error().message, HasSubstr(c.message));
  }
}

TEST(ValueBatch, Writes) {
  ValueBatchWriter writer;
  EXPECT_EQ(writer.Finish(), FromHex("050000000000000000"));
  for (std::string_view value :
       {"01000001017864", "01000005034261641b", "010002ac02ffffffffffffffffff01"}) {
    writer.Add(AsBytes(FromHex(value)));
  }
  EXPECT_EQ(writer.count(), 3);
  EXPECT_EQ(writer.size(), 52u);
  EXPECT_EQ(writer.Finish(),
            FromHex("3000000000030000000700000001000001017864090000000100000503426164"
                    "1b0f000000010002ac02ffffffffffffffffff01"));
  EXPECT_EQ(writer.count(), 0);
  EXPECT_EQ(writer.size(), 9u);
}

}  // namespace
}  // namespace millrace::record
