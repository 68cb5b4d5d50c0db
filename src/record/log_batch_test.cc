#include "record/log_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/endian.h"
#include "record/batch_reader.h"
#include "record/golden_batches.h"

namespace millrace::record {
namespace {

using testing::HasSubstr;

// Two INDEXED rows with leader epoch 5, magic 2.
std::string MagicTwoBatch() {
  std::string batch = FromHex(kIndexed);
  batch[12] = 2;
  batch.insert(21, FromHex("05000000"));
  batch.insert(52, FromHex("00000000"));
  StoreLittle(AsMutableBytes(batch).data() + 8, static_cast<int32_t>(batch.size() - 12));
  return batch;
}

TEST(LogBatch, ReadsHeaders) {
  struct Case {
    std::string bytes;
    int magic;
    int64_t base_offset, timestamp;
    uint32_t crc;
    bool append_only;
    int32_t last_offset_delta;
    int64_t writer;
    int32_t sequence, records, statistics;
    size_t records_position;
  };
  const Case cases[] = {
      {FromHex(kArrowPlain), 0, 0, 1795487860833, 0x51b47d9a, true, 2, 22, 0, 3, 0, 48},
      {FromHex(kIndexed), 0, 0, 1795487861177, 0xfb780a02, true, 2, 22, 0, 3, 0, 48},
      {FromHex(kCompacted), 0, 0, 1795487861280, 0x1c3c816b, true, 2, 22, 0, 3, 0, 48},
      {FromHex(kChangelog), 0, 2, 1795487892121, 0x794115bb, false, 1, 25, 1, 2, 0, 48},
      {FromHex(kEmptyBatch), 0, 5, 1795487892325, 0x845bc4d2, false, 0, 25, 3, 0, 0, 48},
      {FromHex(kArrowStatistics), 1, 0, 1795488609551, 0x3af23aa0, true, 2, 0, 0, 3, 109, 161},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.timestamp);
    auto batch = LogBatch::Parse(AsBytes(c.bytes));
    ASSERT_TRUE(batch) << batch.error().message;
    EXPECT_EQ(batch->size(), c.bytes.size());
    EXPECT_EQ(batch->magic(), c.magic);
    EXPECT_EQ(batch->base_offset().value, c.base_offset);
    EXPECT_EQ(batch->last_offset().value, c.base_offset + c.last_offset_delta);
    EXPECT_EQ(batch->next_offset().value, c.base_offset + c.last_offset_delta + 1);
    EXPECT_EQ(batch->commit_timestamp().value, c.timestamp);
    EXPECT_EQ(batch->crc(), c.crc);
    EXPECT_EQ(batch->schema_id().value, 1);
    EXPECT_EQ(batch->append_only(), c.append_only);
    EXPECT_EQ(batch->last_offset_delta(), c.last_offset_delta);
    EXPECT_EQ(batch->writer_id().value, c.writer);
    EXPECT_EQ(batch->batch_sequence(), c.sequence);
    EXPECT_EQ(batch->record_count(), c.records);
    EXPECT_EQ(batch->statistics_length(), c.statistics);
    EXPECT_EQ(batch->statistics().size(), static_cast<size_t>(c.statistics));
    EXPECT_EQ(batch->records_position(), c.records_position);
    EXPECT_TRUE(batch->CrcValid());
  }
}

TEST(LogBatch, ReadsMagicTwo) {
  std::string bytes = MagicTwoBatch();
  auto batch = LogBatch::Parse(AsBytes(bytes));
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->magic(), 2);
  EXPECT_EQ(batch->header_size(), 56u);
  EXPECT_EQ(batch->records_position(), 56u);
  EXPECT_EQ(batch->crc(), 0xfb780a02);
  EXPECT_EQ(batch->schema_id().value, 1);
  EXPECT_TRUE(batch->append_only());
  EXPECT_EQ(batch->last_offset_delta(), 2);
  EXPECT_EQ(batch->writer_id().value, 22);
  EXPECT_EQ(batch->batch_sequence(), 0);
  EXPECT_EQ(batch->record_count(), 3);
  EXPECT_EQ(batch->statistics_length(), 0);
  EXPECT_FALSE(batch->CrcValid());  // of the magic 0 batch it was made from
}

TEST(LogBatch, StampingLeavesTheChecksumValid) {
  std::string bytes = FromHex(kArrowStatistics);
  StampLogBatch(AsMutableBytes(bytes), Offset{1234567890123}, TimestampMs{99});
  auto batch = LogBatch::Parse(AsBytes(bytes));
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->base_offset().value, 1234567890123);
  EXPECT_EQ(batch->last_offset().value, 1234567890125);
  EXPECT_EQ(batch->commit_timestamp().value, 99);
  EXPECT_TRUE(batch->CrcValid());
}

TEST(LogBatch, ChecksumCoversWhatIsBehindIt) {
  const std::string golden = FromHex(kCompacted);
  for (size_t i = 0; i < golden.size(); ++i) {
    if (i >= 8 && i <= 12) continue;  // length and magic
    std::string bytes = golden;
    bytes[i] ^= 0x10;
    auto batch = LogBatch::Parse(AsBytes(bytes));
    if (!batch) continue;
    EXPECT_EQ(batch->CrcValid(), i < 21) << i;
  }
}

TEST(LogBatch, RefusesWrongHeaders) {
  struct Case {
    const char* what;
    std::string bytes;
    const char* message;
  };
  auto changed = [](std::string_view hex, size_t at, std::string_view by) {
    std::string bytes = FromHex(hex);
    std::string with = FromHex(by);
    return bytes.replace(at, with.size(), with);
  };
  const Case cases[] = {
      {"nothing", "", "cut inside its first 12 bytes"},
      {"length only", FromHex(kIndexed).substr(0, 12), "cut inside its header"},
      {"header cut", FromHex(kIndexed).substr(0, 47), "of 116 bytes, only 47 are there"},
      {"one byte less", FromHex(kIndexed).substr(0, 115), "of 116 bytes, only 115 are there"},
      {"negative length", changed(kIndexed, 8, "ffffffff"), "length -1 is below"},
      {"length too small", changed(kIndexed, 8, "23000000"), "length 35 is below"},
      {"magic 3", changed(kIndexed, 12, "03"), "unknown log batch magic 3"},
      {"magic -1", changed(kIndexed, 12, "ff"), "unknown log batch magic 255"},
      {"magic 2, no room", changed(kEmptyBatch, 12, "02"), "48 bytes is smaller than its header"},
      {"long statistics", changed(kArrowStatistics, 48, "d6010000"), "length 470 does not fit"},
      {"negative statistics", changed(kArrowStatistics, 48, "ffffffff"), "length -1 does not fit"},
      {"negative count", changed(kIndexed, 44, "ffffffff"), "with -1 records"},
      {"negative delta", changed(kIndexed, 28, "fffffffe"), "last offset delta -16777217"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    auto batch = LogBatch::Parse(AsBytes(c.bytes));
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::kCorruptRecord);
    EXPECT_THAT(batch.error().message, HasSubstr(c.message));
  }
}

TEST(LogBatch, ReadsAHeaderWithoutTheRest) {
  std::string bytes = FromHex(kArrowStatistics);
  auto batch = LogBatch::Parse(AsBytes(bytes).first(52), /*whole=*/false);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->size(), 521u);
  EXPECT_EQ(batch->statistics_length(), 109);
  EXPECT_TRUE(batch->statistics().empty());
  EXPECT_FALSE(batch->CrcValid());

  batch = LogBatch::Parse(AsBytes(bytes).first(161), /*whole=*/false);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->statistics().size(), 109u);
}

TEST(LogBatch, OffsetsOfABrokenHeaderWrapAround) {
  std::string bytes = FromHex(kIndexed);
  StoreLittle(AsMutableBytes(bytes).data(), std::numeric_limits<int64_t>::max());
  auto batch = LogBatch::Parse(AsBytes(bytes));
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->last_offset().value, std::numeric_limits<int64_t>::min() + 1);
  EXPECT_EQ(batch->next_offset().value, std::numeric_limits<int64_t>::min() + 2);
}

TEST(BatchIterator, StopsAtTheEndAndAtIncompleteTails) {
  const std::string indexed = FromHex(kIndexed);
  const std::string empty = FromHex(kEmptyBatch);
  struct Case {
    const char* what;
    std::string bytes;
    std::vector<size_t> sizes;
  };
  const Case cases[] = {
      {"nothing", "", {}},
      {"one", indexed, {116}},
      {"three", indexed + empty + indexed, {116, 48, 116}},
      {"11 bytes", indexed + indexed.substr(0, 11), {116}},
      {"12 bytes", indexed + indexed.substr(0, 12), {116}},
      {"47 bytes", indexed + indexed.substr(0, 47), {116}},
      {"all but one byte", empty + indexed.substr(0, 115), {48}},
      {"zeros shorter than a header", indexed + std::string(47, '\0'), {116}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    BatchIterator batches(AsBytes(c.bytes));
    std::vector<size_t> sizes;
    size_t position = 0;
    while (true) {
      auto batch = batches.Next();
      ASSERT_TRUE(batch) << batch.error().message;
      if (!*batch) break;
      sizes.push_back((*batch)->size());
      EXPECT_TRUE((*batch)->CrcValid());
      position += (*batch)->size();
      EXPECT_EQ(batches.position(), position);
    }
    EXPECT_EQ(sizes, c.sizes);
    EXPECT_EQ(batches.position(), position);
  }
}

TEST(BatchIterator, FailsAtAWrongHeader) {
  std::string bytes = FromHex(kIndexed) + std::string(48, '\0');
  BatchIterator batches(AsBytes(bytes));
  ASSERT_TRUE(batches.Next());
  for (int i = 0; i < 2; ++i) {
    auto batch = batches.Next();
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::kCorruptRecord);
  }
  EXPECT_EQ(batches.position(), 116u);

  std::string magic = FromHex(kIndexed) + FromHex(kIndexed);
  magic[116 + 12] = 9;
  batches = BatchIterator(AsBytes(magic));
  ASSERT_TRUE(batches.Next());
  auto batch = batches.Next();
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().message, "unknown log batch magic 9, at byte 116");
}

}  // namespace
}  // namespace millrace::record
