#include "record/projection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "base/endian.h"
#include "record/arrow_message.h"
#include "record/golden_batches.h"
#include "record/log_batch.h"

namespace millrace::record {
namespace {

using schema::DataType;
using schema::TypeRoot;
using testing::HasSubstr;

using Positions = std::vector<int32_t>;

// The message of a whole batch, with the bytes of its buffers.
struct Message {
  std::unique_ptr<std::string> bytes;  // which the message is a view of
  ArrowMessage arrow;
  std::vector<std::string> buffers;
};

Message ReadMessage(std::string text) {
  auto owned = std::make_unique<std::string>(std::move(text));
  const std::string& bytes = *owned;
  auto batch = LogBatch::Parse(AsBytes(bytes));
  EXPECT_TRUE(batch) << batch.error().message;
  auto arrow = ArrowMessage::Parse(*batch);
  EXPECT_TRUE(arrow) << arrow.error().message;
  Message message{std::move(owned), *arrow, {}};
  for (uint32_t i = 0; i < arrow->buffer_count(); ++i) {
    auto [offset, length] = arrow->buffer(i);
    message.buffers.emplace_back(bytes.substr(arrow->body_position() + offset, length));
  }
  EXPECT_EQ(arrow->body_position() + arrow->body_length(), bytes.size());
  return message;
}

std::string Project(const Projection& projection, const std::string& bytes) {
  auto projected = projection.Project(AsBytes(bytes));
  EXPECT_TRUE(projected) << projected.error().message;
  if (!projected) return "";
  std::string assembled = Assemble(*projected, bytes);
  EXPECT_EQ(projected->size, assembled.size());
  return assembled;
}

TEST(Projection, MakesTheBytesOfTheReference) {
  std::string bytes = FromHex(kArrowStatistics);
  auto projection = Projection::Make(SmallSchema(), Positions{1});
  ASSERT_TRUE(projection);
  auto projected = projection->Project(AsBytes(bytes));
  ASSERT_TRUE(projected);
  EXPECT_EQ(Assemble(*projected, bytes), FromHex(kArrowProjected));
  EXPECT_EQ(projected->size, 260u);
  EXPECT_EQ(projected->head.size(), 212u);
  // Of 0x1a1, where the body begins: the buffers of the name at 24..72.
  EXPECT_EQ(projected->body, (std::vector<ByteRange>{{0x1a1 + 24, 48}}));
}

TEST(Projection, OfAllColumnsKeepsTheMessage) {
  std::string bytes = FromHex(kArrowPlain);
  auto projection = Projection::Make(SmallSchema(), Positions{0, 1, 2});
  ASSERT_TRUE(projection);
  EXPECT_EQ(Project(*projection, bytes), bytes);
}

TEST(Projection, MergesNeighbouringRanges) {
  std::string bytes = FromHex(kArrowPlain);  // columns at 0..24, 24..64, 64..96 of the body at 304
  struct Case {
    Positions positions;
    std::vector<ByteRange> body;
  };
  const Case cases[] = {{{0}, {{304, 24}}},      {{1}, {{328, 40}}},
                        {{2}, {{368, 32}}},      {{0, 1}, {{304, 64}}},
                        {{1, 2}, {{328, 72}}},   {{0, 2}, {{304, 24}, {368, 32}}},
                        {{0, 1, 2}, {{304, 96}}}};
  for (const Case& c : cases) {
    auto projection = Projection::Make(SmallSchema(), c.positions);
    ASSERT_TRUE(projection);
    auto projected = projection->Project(AsBytes(bytes));
    ASSERT_TRUE(projected);
    EXPECT_EQ(projected->body, c.body) << testing::PrintToString(c.positions);
  }
}

TEST(Projection, KeepsChangeTypes) {
  std::string bytes = FromHex(kChangelog);
  auto projection = Projection::Make(ChangelogSchema(), Positions{1});
  ASSERT_TRUE(projection);
  std::string projected = Project(*projection, bytes);
  auto batch = LogBatch::Parse(AsBytes(projected));
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->base_offset().value, 2);
  EXPECT_EQ(batch->record_count(), 2);
  EXPECT_FALSE(batch->append_only());
  EXPECT_EQ(projected.substr(48, 2), "\x02\x03");
  EXPECT_THAT(ReadMessage(projected).buffers,
              testing::ElementsAre("\x03", FromHex("000000000100000003000000"), "aaa"));
}

TEST(Projection, PassesEmptyBatches) {
  std::string bytes = FromHex(kEmptyBatch);
  auto projection = Projection::Make(ChangelogSchema(), Positions{1});
  ASSERT_TRUE(projection);
  auto projected = projection->Project(AsBytes(bytes));
  ASSERT_TRUE(projected);
  EXPECT_EQ(projected->head, bytes);
  EXPECT_TRUE(projected->body.empty());
  EXPECT_EQ(projected->size, 48u);
}

TEST(Projection, KeepsNodesAndBuffersOfEveryColumn) {
  struct Case {
    const char* what;
    std::string bytes;
    schema::Schema schema;
  };
  const Case cases[] = {{"small", FromHex(kArrowPlain), SmallSchema()},
                        {"statistics", FromHex(kArrowStatistics), SmallSchema()},
                        {"zstd", FromHex(kZstd), SmallSchema()},
                        {"lz4", FromHex(kLz4), SmallSchema()},
                        {"changelog", FromHex(kChangelog), ChangelogSchema()},
                        {"all types", FromHex(kAllTypes), AllTypesSchema()},
                        {"all types, nulls", FromHex(kAllTypesNulls), AllTypesSchema()}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    Message source = ReadMessage(c.bytes);
    auto columns = static_cast<int32_t>(c.schema.columns.size());
    std::vector<Positions> selections;
    for (int32_t i = 0; i < columns; ++i) selections.push_back({i});
    Positions all(static_cast<size_t>(columns));
    std::iota(all.begin(), all.end(), 0);
    selections.push_back(all);
    Positions odd;
    for (int32_t i = 1; i < columns; i += 2) odd.push_back(i);
    selections.push_back(odd);

    for (const Positions& positions : selections) {
      SCOPED_TRACE(testing::PrintToString(positions));
      auto projection = Projection::Make(c.schema, positions);
      ASSERT_TRUE(projection);
      Message projected = ReadMessage(Project(*projection, c.bytes));
      EXPECT_EQ(projected.arrow.length(), source.arrow.length());
      EXPECT_EQ(projected.arrow.compression(), source.arrow.compression());
      uint32_t from_node = 0, from_buffer = 0, node = 0, buffer = 0;
      for (int32_t i = 0; i < columns; ++i) {
        auto arrow = schema::CountArrow(c.schema.columns[i].type);
        if (std::ranges::binary_search(positions, i)) {
          for (int k = 0; k < arrow.nodes; ++k, ++node) {
            auto expected = source.arrow.node(from_node + k);
            EXPECT_EQ(projected.arrow.node(node).length, expected.length);
            EXPECT_EQ(projected.arrow.node(node).null_count, expected.null_count);
          }
          for (int k = 0; k < arrow.buffers; ++k, ++buffer) {
            EXPECT_EQ(projected.buffers[buffer], source.buffers[from_buffer + k]);
            EXPECT_EQ(projected.arrow.buffer(buffer).offset % 8, 0);
          }
        }
        from_node += arrow.nodes;
        from_buffer += arrow.buffers;
      }
      EXPECT_EQ(projected.arrow.node_count(), node);
      EXPECT_EQ(projected.arrow.buffer_count(), buffer);
    }
  }
}

TEST(Projection, FillsColumnsAddedLaterWithNulls) {
  schema::Schema old_schema = SmallSchema();
  schema::Schema newest = old_schema;
  for (const schema::Column& column : AllTypesSchema().columns) {
    newest.columns.push_back(column);
    newest.columns.back().id = ++newest.highest_field_id;
  }
  const auto name = [&](int32_t position) { return newest.columns[position].name; };
  struct Case {
    int32_t position;
    std::vector<size_t> sizes;  // of the null column's buffers, for 3 rows
    std::vector<int64_t> node_lengths;
  };
  const Case cases[] = {
      {3, {1, 1}, {3}},                                // bool
      {4, {1, 3}, {3}},                                // tiny
      {5, {1, 6}, {3}},                                // small
      {6, {1, 12}, {3}},                               // int
      {7, {1, 24}, {3}},                               // big
      {8, {1, 12}, {3}},                               // float
      {9, {1, 24}, {3}},                               // double
      {10, {1, 16, 0}, {3}},                           // char
      {11, {1, 16, 0}, {3}},                           // string
      {12, {1, 9}, {3}},                               // binary
      {13, {1, 16, 0}, {3}},                           // bytes
      {14, {1, 48}, {3}},                              // dec5
      {15, {1, 48}, {3}},                              // dec20
      {16, {1, 12}, {3}},                              // date
      {17, {1, 12}, {3}},                              // time0
      {18, {1, 24}, {3}},                              // time6
      {19, {1, 24}, {3}},                              // ts0
      {20, {1, 24}, {3}},                              // ts6
      {21, {1, 24}, {3}},                              // ltz3
      {22, {1, 16, 0, 0}, {3, 0}},                     // ints
      {23, {1, 16, 0, 0, 0, 0, 0, 0}, {3, 0, 0, 0}},   // map: entries, key, value
      {24, {1, 1, 12, 1, 16, 0, 0, 0}, {3, 3, 3, 0}},  // row: a, b, its elements
      {25, {1, 12}, {3}},                              // last
  };
  std::string bytes = FromHex(kArrowPlain);
  for (const Case& c : cases) {
    SCOPED_TRACE(name(c.position));
    for (bool alone : {true, false}) {
      auto projection = Projection::Make(newest, old_schema,
                                         alone ? Positions{c.position} : Positions{0, c.position});
      ASSERT_TRUE(projection);
      Message projected = ReadMessage(Project(*projection, bytes));
      if (!alone) {
        EXPECT_EQ(projected.buffers[1], FromHex("010000000200000003000000"));
        projected.buffers.erase(projected.buffers.begin(), projected.buffers.begin() + 2);
      }
      uint32_t first_node = alone ? 0 : 1;
      ASSERT_EQ(projected.arrow.node_count(), first_node + c.node_lengths.size());
      for (size_t i = 0; i < c.node_lengths.size(); ++i) {
        EXPECT_EQ(projected.arrow.node(first_node + i).length, c.node_lengths[i]);
        EXPECT_EQ(projected.arrow.node(first_node + i).null_count, c.node_lengths[i]);
      }
      ASSERT_EQ(projected.buffers.size(), c.sizes.size());
      for (size_t i = 0; i < c.sizes.size(); ++i) {
        EXPECT_EQ(projected.buffers[i], std::string(c.sizes[i], '\0')) << i;
      }
    }
  }
}

TEST(Projection, NullColumnsOfCompressedBatchesAreStoredRaw) {
  schema::Schema newest = SmallSchema();
  newest.columns.push_back({.name = "added", .type = DataType::Of(TypeRoot::kString), .id = 3});
  for (std::string_view hex : {kZstd, kLz4}) {
    std::string bytes = FromHex(hex);
    auto projection = Projection::Make(newest, SmallSchema(), Positions{1, 3});
    ASSERT_TRUE(projection);
    Message projected = ReadMessage(Project(*projection, bytes));
    const std::string raw(8, '\xff');
    ASSERT_EQ(projected.buffers.size(), 6u);
    EXPECT_EQ(projected.buffers[2], ReadMessage(bytes).buffers[4]);
    EXPECT_EQ(projected.buffers[3], raw + std::string(5, '\0'));
    EXPECT_EQ(projected.buffers[4], raw + std::string(size_t{41} * 4, '\0'));
    EXPECT_EQ(projected.buffers[5], "");
  }
}

TEST(Projection, RefusesNullsThatWouldFillMemory) {
  std::string bytes = FromHex(kArrowPlain);
  StoreLittle(AsMutableBytes(bytes).data() + 44, 2'000'000'000);             // records
  StoreLittle(AsMutableBytes(bytes).data() + 0x78, int64_t{2'000'000'000});  // rows
  schema::Schema newest = SmallSchema();
  newest.columns.push_back({.name = "added", .type = DataType::Of(TypeRoot::kInteger), .id = 3});
  auto projection = Projection::Make(newest, SmallSchema(), Positions{3});
  ASSERT_TRUE(projection);
  auto projected = projection->Project(AsBytes(bytes));
  ASSERT_FALSE(projected);
  EXPECT_EQ(projected.error().code, ErrorCode::kInvalidColumnProjection);
}

TEST(Projection, RefusesPositions) {
  for (const Positions& positions :
       {Positions{}, {3}, {-1}, {0, 0}, {1, 0}, {0, 1, 2, 3}, {-1, 0}, {1, 0, 2}}) {
    auto projection = Projection::Make(SmallSchema(), positions);
    ASSERT_FALSE(projection) << testing::PrintToString(positions);
    EXPECT_EQ(projection.error().code, ErrorCode::kInvalidColumnProjection);
  }
  auto projection = Projection::Make(SmallSchema(), Positions{1, 0});
  EXPECT_EQ(projection.error().message,
            "projection [1, 0] must be ascending positions out of 3 columns");
}

TEST(Projection, AsksForTheHeadInSteps) {
  struct Case {
    const char* what;
    std::string bytes;
    size_t after_header;  // what is asked for with kMaxHeaderSize bytes
    size_t head;
  };
  const Case cases[] = {{"magic 0", FromHex(kArrowPlain), 304, 304},
                        {"change types", FromHex(kChangelog), 58, 258},
                        {"statistics", FromHex(kArrowStatistics), 169, 417},
                        {"empty", FromHex(kEmptyBatch), 48, 48}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    Bytes bytes = AsBytes(c.bytes);
    auto needed = Projection::HeadSize(bytes.first(std::min(bytes.size(), kMaxHeaderSize)));
    ASSERT_TRUE(needed) << needed.error().message;
    EXPECT_EQ(*needed, c.after_header);
    needed = Projection::HeadSize(bytes.first(*needed));
    ASSERT_TRUE(needed) << needed.error().message;
    EXPECT_EQ(*needed, c.head);
    needed = Projection::HeadSize(bytes.first(*needed));
    ASSERT_TRUE(needed);
    EXPECT_EQ(*needed, c.head);
    EXPECT_EQ(Projection::HeadSize(bytes).value(), c.head);
  }
}

TEST(Projection, NeedsNoMoreThanTheHead) {
  std::string bytes = FromHex(kArrowStatistics);
  auto projection = Projection::Make(SmallSchema(), Positions{1});
  ASSERT_TRUE(projection);
  auto projected = projection->Project(AsBytes(bytes).first(417));
  ASSERT_TRUE(projected);
  EXPECT_EQ(Assemble(*projected, bytes), FromHex(kArrowProjected));
  // One byte less is not enough, wherever the bytes end.
  for (size_t size = 0; size < 417; ++size) {
    std::string less = bytes.substr(0, size);
    EXPECT_FALSE(projection->Project(AsBytes(less))) << size;
  }
}

TEST(Projection, RefusesBatchesThatAreNotOfTheSchema) {
  std::string plain = FromHex(kArrowPlain);
  auto changed = [&](size_t at, auto value) {
    std::string bytes = plain;
    StoreLittle(AsMutableBytes(bytes).data() + at, value);
    return bytes;
  };
  struct Case {
    const char* what;
    std::string bytes;
    const char* message;
  };
  // kArrowPlain has its message at 0x30, buffers at 0x88, nodes at 0x100.
  const Case cases[] = {
      {"other schema", FromHex(kChangelog), "with 2 nodes and 5 buffers, schema 1 has 3 and 7"},
      {"rows", FromHex(kIndexed), "without an Arrow message"},
      {"no continuation mark", changed(0x30, 0), "without an Arrow message"},
      {"metadata of no bytes", changed(0x34, 0), "Arrow metadata of 0 bytes"},
      {"metadata too long", changed(0x34, 345), "Arrow metadata of 345 bytes, room is for 344"},
      {"root outside", changed(0x38, 240), "not well-formed"},
      {"a schema message", changed(0x61, uint8_t{1}), "not a record batch"},
      {"body too long", changed(0x50, int64_t{97}), "Arrow body of 97 bytes, room is for 96"},
      {"negative body", changed(0x50, int64_t{-1}), "Arrow body of -1 bytes"},
      {"rows and records", changed(0x78, int64_t{4}), "with 4 rows in a log batch with 3 records"},
      {"too many nodes", changed(0xfc, 1000), "not well-formed"},
      {"negative offset", changed(0x88, int64_t{-8}), "Arrow buffer at -8"},
      {"offset beyond", changed(0x88 + 32, int64_t{1000}), "Arrow buffer 1 at 8 of 12 bytes"},
      {"out of order", changed(0x88 + 32, int64_t{0}), "Arrow buffer 1 at 8 of 12 bytes"},
      {"overlap", changed(0x88 + 8, int64_t{9}), "Arrow buffer 0 at 0 of 9 bytes, the next one is"},
      {"negative length", changed(0x88 + 8, int64_t{-1}), "Arrow buffer 0 at 0 of -1 bytes"},
      {"last too long", changed(0x88 + 96 + 8, int64_t{25}), "Arrow buffer 6 at 72 of 25 bytes"},
  };
  auto projection = Projection::Make(SmallSchema(), Positions{0, 1, 2});
  ASSERT_TRUE(projection);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    auto projected = projection->Project(AsBytes(c.bytes));
    ASSERT_FALSE(projected);
    EXPECT_EQ(projected.error().code, ErrorCode::kCorruptRecord);
    EXPECT_THAT(projected.error().message, HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace millrace::record
