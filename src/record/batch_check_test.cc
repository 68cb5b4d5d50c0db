#include "record/batch_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/endian.h"
#include "record/arrow_writer.h"
#include "record/golden_batches.h"
#include "record/log_batch.h"

namespace millrace::record {
namespace {

using schema::ArrowCompression;
using schema::LogFormat;
using testing::HasSubstr;

Result<void> Check(const std::string& bytes, const schema::Schema& schema,
                   const schema::TableConfig& config) {
  auto batch = LogBatch::Parse(AsBytes(bytes));
  if (!batch) return batch.error();
  return CheckBatch(*batch, schema, config);
}

// Of (id INT, name STRING, v BIGINT), three rows, with these buffers in a body of zeros.
std::string BatchWithBuffers(const std::vector<ArrowBuffer>& buffers, uint64_t body_length) {
  auto buffer_count = static_cast<uint32_t>(buffers.size());
  std::string head = FromHex(kArrowPlain).substr(0, 48);
  size_t size = ArrowHeadWriter::Size(3, buffer_count, ArrowCompression::kNone);
  std::string bytes = head + std::string(size + body_length, '\0');
  MutableBytes to = AsMutableBytes(bytes);
  ArrowHeadWriter writer(to.data() + 48, 3, 3, buffer_count, ArrowCompression::kNone);
  for (int i = 0; i < 3; ++i) writer.AddNode({3, 0});
  for (ArrowBuffer buffer : buffers) writer.AddBuffer(buffer);
  writer.SetBodyLength(body_length);
  StoreLittle(to.data() + 8, static_cast<int32_t>(bytes.size() - 12));
  return bytes;
}

TEST(CheckBatch, PassesWhatWritersMake) {
  struct Case {
    const char* what;
    std::string bytes;
    schema::Schema schema;
    schema::TableConfig config;
  };
  const auto arrow = ConfigOf(LogFormat::kArrow);
  const auto zstd = ConfigOf(LogFormat::kArrow, ArrowCompression::kZstd);
  const auto lz4 = ConfigOf(LogFormat::kArrow, ArrowCompression::kLz4Frame);
  const Case cases[] = {
      {"java", FromHex(kArrowPlain), SmallSchema(), arrow},
      {"java with statistics", FromHex(kArrowStatistics), SmallSchema(), arrow},
      {"java changelog", FromHex(kChangelog), ChangelogSchema(), arrow},
      {"java without records", FromHex(kEmptyBatch), ChangelogSchema(), arrow},
      {"projected", FromHex(kArrowProjected),
       SchemaOf({{"name", schema::DataType::Of(schema::TypeRoot::kString)}}), arrow},
      {"java indexed", FromHex(kIndexed), SmallSchema(), ConfigOf(LogFormat::kIndexed)},
      {"java compacted", FromHex(kCompacted), SmallSchema(), ConfigOf(LogFormat::kCompacted)},
      {"without records, compacted", FromHex(kEmptyBatch), ChangelogSchema(),
       ConfigOf(LogFormat::kCompacted)},
      {"c++, all types", FromHex(kAllTypes), AllTypesSchema(), arrow},
      {"c++, only nulls", FromHex(kAllTypesNulls), AllTypesSchema(), zstd},
      {"c++, no validity, zstd", FromHex(kZstd), SmallSchema(), zstd},
      {"c++, lz4", FromHex(kLz4), SmallSchema(), lz4},
      {"rust: aligned to 64",
       BatchWithBuffers({{0, 1}, {64, 12}, {128, 1}, {192, 16}, {256, 10}, {320, 1}, {384, 24}},
                        448),
       SmallSchema(), arrow},
      {"c++: no validity, no strings",
       BatchWithBuffers({{0, 0}, {0, 12}, {16, 0}, {16, 16}, {32, 0}, {32, 0}, {32, 24}}, 56),
       SmallSchema(), arrow},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    auto checked = Check(c.bytes, c.schema, c.config);
    EXPECT_TRUE(checked) << checked.error().message;
  }
}

TEST(CheckBatch, RefusesArrow) {
  const std::string plain = FromHex(kArrowPlain);
  auto changed = [&](size_t at, auto value) {
    std::string bytes = plain;
    StoreLittle(AsMutableBytes(bytes).data() + at, value);
    return bytes;
  };
  std::string change_type = FromHex(kChangelog);
  change_type[49] = 5;
  struct Case {
    const char* what;
    std::string bytes;
    const char* message;
  };
  // kArrowPlain has its message at 0x30, buffers at 0x88, nodes at 0x100.
  const Case cases[] = {
      {"delta", changed(28, 3), "last offset delta 3 with 3 records"},
      {"no records", changed(44, 0), "last offset delta 2 with 0 records"},
      {"indexed", FromHex(kIndexed), "without an Arrow message"},
      {"other schema", FromHex(kChangelog), "with 2 nodes and 5 buffers, schema 1 has 3 and 7"},
      {"more columns", FromHex(kAllTypes), "nodes and"},
      {"change type", change_type, "record 1 has unknown change type 5"},
      {"zstd", FromHex(kZstd), "with compression ZSTD, the table has NONE"},
      {"lz4", FromHex(kLz4), "with compression LZ4_FRAME, the table has NONE"},
      {"rows", changed(0x78, int64_t{2}), "with 2 rows in a log batch with 3 records"},
      {"node", changed(0x110, int64_t{2}),
       "Arrow column name with 2 rows in a record batch with 3"},
      {"body", changed(0x50, int64_t{104}), "Arrow body of 104 bytes, room is for 96"},
      {"buffer before the body", changed(0x88, int64_t{-1}), "Arrow buffer 0 at -1 of 1 bytes"},
      {"buffer overlaps", changed(0x98, int64_t{0}), "Arrow buffer 1 at 0 of 12 bytes, the one"},
      {"buffer of no size", changed(0x90, int64_t{-1}), "Arrow buffer 0 at 0 of -1 bytes"},
      {"buffer too long", changed(0xf0, int64_t{25}), "Arrow buffer 6 at 72 of 25 bytes"},
      {"buffer far out", changed(0xe8, std::numeric_limits<int64_t>::max()),
       "Arrow buffer 6 at 9223372036854775807 of 24 bytes"},
      {"buffer huge", changed(0xf0, std::numeric_limits<int64_t>::max()),
       "Arrow buffer 6 at 72 of 9223372036854775807 bytes"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    auto checked = Check(c.bytes, SmallSchema(), ConfigOf(LogFormat::kArrow));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::kCorruptRecord);
    EXPECT_THAT(checked.error().message, HasSubstr(c.message));
  }
}

TEST(CheckBatch, RefusesRows) {
  const std::string compacted = FromHex(kCompacted);
  auto changed = [&](size_t at, auto value) {
    std::string bytes = compacted;
    StoreLittle(AsMutableBytes(bytes).data() + at, value);
    return bytes;
  };
  auto resized = [&](size_t size) {
    std::string bytes = compacted;
    bytes.resize(size);
    StoreLittle(AsMutableBytes(bytes).data() + 8, static_cast<int32_t>(size - 12));
    return bytes;
  };
  std::string fewer = changed(44, 2);
  StoreLittle(AsMutableBytes(fewer).data() + 28, 1);
  std::string more = changed(44, 4);
  StoreLittle(AsMutableBytes(more).data() + 28, 3);
  struct Case {
    const char* what;
    std::string bytes;
    const char* message;
  };
  // Records at 48, 62 and 69.
  const Case cases[] = {
      {"fewer in the header", fewer, "24 bytes after the last of 2 records"},
      {"more in the header", more, "ends before record 3 of 4"},
      {"length too small", changed(62, 2), "bytes, "},
      {"length of nothing", changed(62, 0), "record 1 of 0 bytes, 27 are left"},
      {"negative length", changed(62, -1), "record 1 of -1 bytes, 27 are left"},
      {"length too large", changed(69, 21), "record 2 of 21 bytes, 20 are left"},
      {"largest length", changed(48, std::numeric_limits<int32_t>::max()),
       "record 0 of 2147483647"},
      {"change type", changed(73, uint8_t{9}), "has unknown change type 9"},
      {"cut in a record", resized(92), "record 2 of 20 bytes, 19 are left"},
      {"cut in a length", resized(72), "ends before record 2 of 3"},
      {"no records in it", resized(48), "ends before record 0 of 3"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    for (LogFormat format : {LogFormat::kCompacted, LogFormat::kIndexed}) {
      auto checked = Check(c.bytes, SmallSchema(), ConfigOf(format));
      ASSERT_FALSE(checked);
      EXPECT_EQ(checked.error().code, ErrorCode::kCorruptRecord);
      EXPECT_THAT(checked.error().message, HasSubstr(c.message));
    }
  }
}

}  // namespace
}  // namespace millrace::record
