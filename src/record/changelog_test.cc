// What ChangelogWriter writes is what the Java server would, and ChangelogReader reads it.
#include <gtest/gtest.h>

#include "base/endian.h"
#include "record/arrow_message.h"
#include "record/batch_check.h"
#include "record/cells_for_test.h"
#include "record/changelog_for_test.h"
#include "record/changelog_reader.h"
#include "record/changelog_writer.h"
#include "record/golden_batches.h"

namespace millrace::record {
namespace {

using schema::ArrowCompression;
using schema::Cell;
using schema::DataType;
using schema::KvFormat;
using schema::LogFormat;
using schema::TypeRoot;

// What a batch must be, whoever looks.
void CheckWritten(const schema::Schema& schema, const schema::TableConfig& config, Bytes bytes) {
  auto batch = LogBatch::Parse(bytes);
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->size(), bytes.size());
  EXPECT_TRUE(batch->CrcValid());
  auto checked = CheckBatch(*batch, schema, config);
  EXPECT_TRUE(checked) << checked.error().message;
}

// ---- Bytes that other writers made

TEST(ChangelogWriter, WritesWhatJavaWrites) {
  ChangelogWriter writer({1}, ChangelogSchema(), Config(LogFormat::kArrow));
  EXPECT_EQ(writer.count(), 0);
  writer.Add(ChangeType::kUpdateBefore, std::vector{Cell::Number(1), Text("a")});
  writer.Add(ChangeType::kUpdateAfter, std::vector{Cell::Number(1), Text("aa")});
  EXPECT_EQ(writer.count(), 2);
  EXPECT_EQ(writer.size(), 306u);
  MutableBytes batch = writer.Finish({25}, 1);
  EXPECT_EQ(LogBatch::Parse(batch)->base_offset(), Offset{0});
  StampLogBatch(batch, {2}, LogBatch::Parse(AsBytes(FromHex(kChangelog)))->commit_timestamp());
  EXPECT_EQ(AsText(batch), FromHex(kChangelog));
  EXPECT_EQ(writer.count(), 0);
}

TEST(ChangelogWriter, WritesBatchesWithoutRecords) {
  for (LogFormat format : {LogFormat::kArrow, LogFormat::kCompacted}) {
    ChangelogWriter writer({1}, ChangelogSchema(), Config(format));
    for (int round = 0; round < 2; ++round) {
      MutableBytes batch = writer.Finish({25}, 3);
      StampLogBatch(batch, {5}, LogBatch::Parse(AsBytes(FromHex(kEmptyBatch)))->commit_timestamp());
      EXPECT_EQ(AsText(batch), FromHex(kEmptyBatch));
      CheckWritten(ChangelogSchema(), Config(format), batch);
      // The same after records that came to nothing.
      writer.Add(ChangeType::kInsert, std::vector{Cell::Number(1), Text("a")});
      writer.Discard();
      EXPECT_EQ(writer.count(), 0);
    }
  }
}

TEST(ChangelogWriter, WritesCompactedRecords) {
  ChangelogWriter writer({1}, ChangelogSchema(), Config(LogFormat::kCompacted));
  for (int round = 0; round < 2; ++round) {
    writer.Add(ChangeType::kUpdateBefore, std::vector{Cell::Number(1), Text("a")});
    writer.Add(ChangeType::kUpdateAfter, std::vector{Cell::Number(1), Text("aa")});
    MutableBytes batch = writer.Finish({25}, 1);
    EXPECT_EQ(AsText(batch.subspan(48)), FromHex("0500000002000101610600000003000102 6161"));
    CheckWritten(ChangelogSchema(), Config(LogFormat::kCompacted), batch);
  }
}

// Where Java puts the buffers of (1, alice, 10), (2, null, null), (3, carol, 300), all of them too
// small to be compressed.
TEST(ChangelogWriter, PlacesBuffersAsJavaDoes) {
  struct Case {
    ArrowCompression compression;
    std::vector<std::pair<int64_t, int64_t>> buffers;
    uint64_t body;
  };
  const Case cases[] = {
      {ArrowCompression::kNone,
       {{0, 1}, {8, 12}, {24, 1}, {32, 16}, {48, 10}, {64, 1}, {72, 24}},
       96},
      {ArrowCompression::kZstd,
       {{0, 9}, {16, 20}, {40, 9}, {56, 24}, {80, 18}, {104, 9}, {120, 32}},
       152},
      {ArrowCompression::kLz4Frame,
       {{0, 9}, {16, 20}, {40, 9}, {56, 24}, {80, 18}, {104, 9}, {120, 32}},
       152},
  };
  for (const Case& c : cases) {
    ChangelogWriter writer({1}, SmallSchema(), Config(LogFormat::kArrow, c.compression));
    writer.Add(ChangeType::kInsert, std::vector{Cell::Number(1), Text("alice"), Cell::Number(10)});
    writer.Add(ChangeType::kInsert, std::vector{Cell::Number(2), Cell(), Cell()});
    writer.Add(ChangeType::kInsert, std::vector{Cell::Number(3), Text("carol"), Cell::Number(300)});
    auto batch = LogBatch::Parse(writer.Finish({-1}, -1));
    ASSERT_TRUE(batch);
    auto message = ArrowMessage::Parse(*batch);
    ASSERT_TRUE(message);
    std::vector<std::pair<int64_t, int64_t>> buffers;
    for (uint32_t i = 0; i < message->buffer_count(); ++i) {
      buffers.emplace_back(message->buffer(i).offset, message->buffer(i).length);
    }
    EXPECT_EQ(buffers, c.buffers);
    EXPECT_EQ(message->body_length(), c.body);
    if (c.compression == ArrowCompression::kNone) {
      EXPECT_EQ(AsText(batch->bytes().subspan(51)), FromHex(kArrowPlain).substr(48));
    }
  }
}

// ---- Round trips

struct Format {
  const char* name;
  schema::TableConfig config;
};

std::vector<Format> Formats() {
  return {
      {"arrow", Config(LogFormat::kArrow)},
      {"arrow, lz4", Config(LogFormat::kArrow, ArrowCompression::kLz4Frame)},
      {"arrow, zstd", Config(LogFormat::kArrow, ArrowCompression::kZstd)},
      {"arrow, kv indexed", Config(LogFormat::kArrow, ArrowCompression::kZstd, KvFormat::kIndexed)},
      {"compacted", Config(LogFormat::kCompacted)},
      {"compacted, kv indexed",
       Config(LogFormat::kCompacted, ArrowCompression::kNone, KvFormat::kIndexed)},
      {"indexed, kv indexed",
       Config(LogFormat::kIndexed, ArrowCompression::kNone, KvFormat::kIndexed)},
      {"indexed", Config(LogFormat::kIndexed)},
  };
}

TEST(Changelog, ReadsWhatItWrote) {
  const schema::Schema schema = EveryTypeSchema();
  const std::vector<DataType> types = TypesOf(schema);
  for (const Format& format : Formats()) {
    SCOPED_TRACE(format.name);
    ChangelogWriter writer({7}, schema, format.config);
    ChangelogReader reader(schema, format.config);
    CellMaker maker(format.config.kv_format, 42);
    int32_t sequence = 0;
    for (size_t count : {1, 0, 7, 8, 9, 1000, 64, 2}) {
      SCOPED_TRACE(count);
      std::vector<Record> expected;
      for (size_t i = 0; i < count; ++i) {
        auto change = static_cast<ChangeType>(1 + i % 4);
        // Nothing but nulls too, and none at all.
        std::vector<Cell> cells = maker.Row(schema, count == 64 ? 100 : count == 2 ? 0 : 20);
        writer.Add(change, cells);
        expected.push_back({change, AsRow(types, cells)});
      }
      EXPECT_EQ(writer.count(), static_cast<int32_t>(count));
      size_t bound = writer.size();
      MutableBytes batch = writer.Finish({4}, sequence);
      EXPECT_LE(batch.size(), bound);
      CheckWritten(schema, format.config, batch);
      auto header = LogBatch::Parse(batch).value();
      EXPECT_EQ(header.magic(), 0);
      EXPECT_EQ(header.schema_id(), SchemaId{7});
      EXPECT_EQ(header.attributes(), 0);
      EXPECT_EQ(header.writer_id(), WriterId{4});
      EXPECT_EQ(header.batch_sequence(), sequence++);
      EXPECT_EQ(header.record_count(), static_cast<int32_t>(count));
      auto records = ReadAll(reader, schema, batch);
      ASSERT_TRUE(records) << records.error().message;
      ASSERT_EQ(*records, expected);
    }
  }
}

// Buffers of more than what is kept, and rows that are forgotten in between.
TEST(Changelog, KeepsNothingOfLargeBatches) {
  const schema::Schema schema = SmallSchema();
  const std::string text(3000, 'x');
  for (const Format& format : Formats()) {
    SCOPED_TRACE(format.name);
    ChangelogWriter writer({1}, schema, format.config);
    ChangelogReader reader(schema, format.config);
    for (size_t count : {5000, 3, 200'000, 1}) {
      for (size_t i = 0; i < std::min<size_t>(count, 5000); ++i) {
        writer.Add(ChangeType::kInsert, std::vector{Cell::Number(1), Text(text), Cell()});
        if (i == 2) writer.Discard();
      }
      writer.Discard();
      for (size_t i = 0; i < count; ++i) {
        auto id = static_cast<int64_t>(i);
        Cell name = count > 5000 ? Cell() : Text(text);
        writer.Add(ChangeType::kDelete, std::vector{Cell::Number(id), name, Cell()});
      }
      MutableBytes batch = writer.Finish({-1}, -1);
      CheckWritten(schema, format.config, batch);
      ASSERT_TRUE(reader.Open(LogBatch::Parse(batch).value()));
      for (size_t i = 0; i < count; ++i) {
        auto record = reader.Next();
        ASSERT_TRUE(record && *record);
        ASSERT_EQ((**record).cells[0].number(), static_cast<int64_t>(i));
        ASSERT_TRUE((**record).cells[2].is_null());
      }
    }
  }
}

// Values that a type's unit can not tell.
TEST(Changelog, RoundsTimesAsJavaDoes) {
  struct Case {
    DataType type;
    Cell written;
    Cell read;
  };
  const Case cases[] = {
      {DataType::Time(0), Cell::Number(3661999), Cell::Number(3661000)},
      {DataType::Timestamp(0), Cell::Timestamp(-1999, 0), Cell::Timestamp(-1000, 0)},
      {DataType::Timestamp(3), Cell::Timestamp(-1999, 0), Cell::Timestamp(-1999, 0)},
      {DataType::TimestampLtz(6), Cell::Timestamp(-1, 999'999), Cell::Timestamp(-1, 999'000)},
      {DataType::TimestampLtz(9), Cell::Timestamp(-1, 999'999), Cell::Timestamp(-1, 999'999)},
      {DataType::Timestamp(9), Cell::Timestamp(9'223'372'036'855, 0),
       Cell::Timestamp(-9'223'372'036'855, 448'384)},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type.ToString());
    const schema::Schema schema = SchemaOf({{"time", c.type}});
    ChangelogWriter writer({1}, schema, Config(LogFormat::kArrow));
    ChangelogReader reader(schema, Config(LogFormat::kArrow));
    writer.Add(ChangeType::kInsert, std::vector{c.written});
    ASSERT_TRUE(reader.Open(LogBatch::Parse(writer.Finish({-1}, -1)).value()));
    auto record = reader.Next();
    ASSERT_TRUE(record && *record);
    EXPECT_EQ((**record).cells[0].number(), c.read.number());
    EXPECT_EQ((**record).cells[0].timestamp_nanos(), c.read.timestamp_nanos());
  }
}

}  // namespace
}  // namespace millrace::record
