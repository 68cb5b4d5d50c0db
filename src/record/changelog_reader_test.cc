#include "record/changelog_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/endian.h"
#include "record/arrow_writer.h"
#include "record/buffer_codec.h"
#include "record/changelog_for_test.h"
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
using testing::ElementsAre;
using testing::HasSubstr;

// ---- Bytes that other writers made

TEST(ChangelogReader, ReadsWhatOthersWrote) {
  const std::string plain = FromHex(kArrowPlain);
  const std::vector<DataType> small = TypesOf(SmallSchema());
  auto row = [&](int64_t id, std::optional<std::string_view> name, std::optional<int64_t> v) {
    return Record{ChangeType::kAppendOnly,
                  AsRow(small, std::vector{Cell::Number(id), name ? Text(*name) : Cell(),
                                           v ? Cell::Number(*v) : Cell()})};
  };
  const std::vector<Record> rows = {row(1, "alice", 10), row(2, {}, {}), row(300, "carol", -1)};
  struct Case {
    std::string_view batch;
    LogFormat format;
    std::vector<Record> records;
  };
  const Case cases[] = {
      {kArrowPlain, LogFormat::kArrow, {row(1, "alice", 10), row(2, {}, {}), row(3, "carol", 300)}},
      {kArrowStatistics,
       LogFormat::kArrow,
       {row(1, "alice", 10), row(2, {}, {}), row(3, "carol-is-long", 300)}},
      {kIndexed, LogFormat::kIndexed, rows},
      {kCompacted, LogFormat::kCompacted, rows},
      {kEmptyBatch, LogFormat::kArrow, {}},
      {kEmptyBatch, LogFormat::kCompacted, {}},
  };
  for (const Case& c : cases) {
    auto records = ReadAll(SmallSchema(), Config(c.format), AsBytes(FromHex(c.batch)));
    ASSERT_TRUE(records) << records.error().message;
    EXPECT_EQ(*records, c.records);
  }
  auto changelog =
      ReadAll(ChangelogSchema(), Config(LogFormat::kArrow), AsBytes(FromHex(kChangelog)));
  ASSERT_TRUE(changelog) << changelog.error().message;
  const std::vector<DataType> types = TypesOf(ChangelogSchema());
  EXPECT_THAT(*changelog,
              ElementsAre(Record{ChangeType::kUpdateBefore,
                                 AsRow(types, std::vector{Cell::Number(1), Text("a")})},
                          Record{ChangeType::kUpdateAfter,
                                 AsRow(types, std::vector{Cell::Number(1), Text("aa")})}));
}

// Arrow C++ compresses, and leaves out validity buffers.
TEST(ChangelogReader, ReadsWhatArrowCompressed) {
  for (auto [batch, compression, third_null] :
       {std::tuple(kZstd, ArrowCompression::kZstd, false),
        std::tuple(kLz4, ArrowCompression::kLz4Frame, true)}) {
    const std::string bytes = FromHex(batch);
    ChangelogReader reader(SmallSchema(), Config(LogFormat::kArrow, compression));
    auto opened = reader.Open(LogBatch::Parse(AsBytes(bytes)).value());
    ASSERT_TRUE(opened) << opened.error().message;
    for (int i = 0; i < 40; ++i) {
      auto record = reader.Next();
      ASSERT_TRUE(record) << record.error().message;
      ASSERT_TRUE(*record);
      EXPECT_EQ((**record).cells[0].number(), i);
      EXPECT_EQ((**record).cells[1].bytes().size(), 1600u);
      EXPECT_EQ((**record).cells[2].is_null(), third_null);
      EXPECT_EQ((**record).cells[2].number(), third_null ? 0 : i);
    }
    EXPECT_FALSE(reader.Next().value());
  }
}

// kAllTypes: values, nulls, the values again.
TEST(ChangelogReader, ReadsAllTypesOfArrow) {
  const std::string bytes = FromHex(kAllTypes);
  ChangelogReader reader(AllTypesSchema(), Config(LogFormat::kArrow));
  ASSERT_TRUE(reader.Open(LogBatch::Parse(AsBytes(bytes)).value()));
  for (int i = 0; i < 3; ++i) {
    auto record = reader.Next();
    ASSERT_TRUE(record) << record.error().message;
    std::span<const Cell> cells = (**record).cells;
    if (i == 1) {
      for (Cell cell : cells) EXPECT_TRUE(cell.is_null());
      continue;
    }
    EXPECT_EQ(cells[0].number(), 1);
    EXPECT_EQ(cells[1].number(), -2);
    EXPECT_EQ(cells[2].number(), 0x1234);
    EXPECT_EQ(cells[3].number(), 300);
    EXPECT_EQ(cells[4].number(), -1);
    EXPECT_EQ(cells[5].float_value(), 1.5f);
    EXPECT_EQ(cells[6].double_value(), -2.25);
    EXPECT_EQ(AsText(cells[7].bytes()), "ab");
    EXPECT_EQ(AsText(cells[8].bytes()), "hello world");
    EXPECT_EQ(AsText(cells[9].bytes()), FromHex("010203"));
    EXPECT_EQ(AsText(cells[10].bytes()), FromHex("090807"));
    EXPECT_EQ(cells[11].number(), 12345);
    EXPECT_EQ(AsText(cells[12].bytes()), FromHex("ff54ab567314e0f52e"));
    EXPECT_EQ(cells[13].number(), 19000);
    EXPECT_EQ(cells[14].number(), 3661 * 1000);
    EXPECT_EQ(cells[15].number(), 3661000);
    EXPECT_EQ(cells[16].timestamp_ms(), 1672531200000);
    EXPECT_EQ(cells[17].timestamp_ms(), 1672531200000);
    EXPECT_EQ(cells[17].timestamp_nanos(), 5000);
    EXPECT_EQ(cells[18].timestamp_ms(), 1672531200000);
    schema::ArrayView ints(cells[19].bytes(), DataType::Of(TypeRoot::kInteger));
    ASSERT_EQ(ints.size(), 3);
    EXPECT_EQ(ints[0].number(), 1);
    EXPECT_TRUE(ints[1].is_null());
    EXPECT_EQ(ints[2].number(), 3);
    const schema::Schema schema = AllTypesSchema();
    schema::MapView map(cells[20].bytes(), schema.columns[20].type);
    ASSERT_EQ(map.keys.size(), 2);
    EXPECT_EQ(AsText(map.keys[1].bytes()), "k2");
    EXPECT_EQ(map.values[0].number(), 7);
    EXPECT_TRUE(map.values[1].is_null());
    EXPECT_EQ(cells[22].number(), 9);
  }
}

// An append-only batch with these buffers, as they are, in the body.
std::string ArrowBatch(int32_t rows, const std::vector<ArrowNode>& nodes,
                       const std::vector<std::string>& buffers,
                       ArrowCompression compression = ArrowCompression::kNone) {
  auto node_count = static_cast<uint32_t>(nodes.size());
  auto buffer_count = static_cast<uint32_t>(buffers.size());
  std::string bytes = FromHex(kArrowPlain).substr(0, 48);
  bytes.resize(48 + ArrowHeadWriter::Size(node_count, buffer_count, compression));
  MutableBytes to = AsMutableBytes(bytes);
  StoreLittle(to.data() + 28, rows - 1);
  StoreLittle(to.data() + 44, rows);
  ArrowHeadWriter head(to.data() + 48, rows, node_count, buffer_count, compression);
  for (ArrowNode node : nodes) head.AddNode(node);
  std::string body;
  for (const std::string& buffer : buffers) {
    head.AddBuffer({static_cast<int64_t>(body.size()), static_cast<int64_t>(buffer.size())});
    body += buffer;
    body.resize((body.size() + 7) / 8 * 8);
  }
  head.SetBodyLength(body.size());
  bytes += body;
  StoreLittle(AsMutableBytes(bytes).data() + 8, static_cast<int32_t>(bytes.size() - 12));
  return bytes;
}

std::string Numbers(std::initializer_list<int32_t> numbers) {
  std::string bytes;
  for (int32_t number : numbers) bytes.append(reinterpret_cast<const char*>(&number), 4);
  return bytes;
}

// The row of one cell that is in a batch of (v type).
Result<std::string> ReadOne(const DataType& type, const std::string& batch) {
  const schema::Schema schema = SchemaOf({{"v", type}});
  TRY_ASSIGN(auto records, ReadAll(schema, Config(LogFormat::kArrow), AsBytes(batch)));
  return records.at(0).row;
}

std::string RowOf(const DataType& type, Cell cell) {
  return AsRow({type}, std::vector{cell});
}

TEST(ChangelogReader, ReadsWhatIsLeftOut) {
  const DataType text = DataType::Of(TypeRoot::kString);
  const DataType list = DataType::Array(text);
  std::string empty_list;
  EncodeArray(text, {}, empty_list);
  const std::string java_empty(8, '\0');
  const std::string stored(8, '\xff');
  struct Case {
    const char* what;
    DataType type;
    std::string batch;
    Cell cell;
  };
  const Case cases[] = {
      {"no validity", text, ArrowBatch(1, {{1, 0}}, {"", Numbers({0, 1}), "a"}), Text("a")},
      {"validity that is wrong", text,
       ArrowBatch(1, {{1, 0}}, {std::string(1, '\0'), Numbers({0, 1}), "a"}), Text("a")},
      {"no data", text, ArrowBatch(1, {{1, 0}}, {"", Numbers({0, 0}), ""}), Text("")},
      {"offsets from elsewhere", text, ArrowBatch(1, {{1, 0}}, {"", Numbers({2, 3}), "xxay"}),
       Text("a")},
      {"children without offsets", list,
       ArrowBatch(1, {{1, 0}, {0, 0}}, {"\1", Numbers({0, 0}), "", "", ""}),
       Cell::Of(AsBytes(empty_list))},
      {"children with offsets", list,
       ArrowBatch(1, {{1, 0}, {0, 0}}, {"\1", Numbers({0, 0}), "", Numbers({0}), ""}),
       Cell::Of(AsBytes(empty_list))},
      {"more children than elements", list,
       ArrowBatch(1, {{1, 0}, {2, 0}}, {"\1", Numbers({2, 2}), "", Numbers({0, 1, 1}), "a"}),
       Cell::Of(AsBytes(empty_list))},
      {"empty buffers with a size", text,
       ArrowBatch(1, {{1, 0}}, {java_empty, stored + Numbers({0, 0}), java_empty},
                  ArrowCompression::kLz4Frame),
       Text("")},
      {"empty buffers without", text,
       ArrowBatch(1, {{1, 0}}, {"", stored + Numbers({0, 0}), ""}, ArrowCompression::kZstd),
       Text("")},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    auto row = ReadOne(c.type, c.batch);
    ASSERT_TRUE(row) << row.error().message;
    EXPECT_EQ(*row, RowOf(c.type, c.cell));
  }
}

// ---- Broken batches

template <class T>
std::string With(std::string bytes, size_t at, T value) {
  StoreLittle(AsMutableBytes(bytes).data() + at, value);
  return bytes;
}

struct Refused {
  const char* what;
  std::string bytes;
  const char* message;
};

void ExpectRefused(const Refused& c, const schema::Schema& schema,
                   const schema::TableConfig& config) {
  SCOPED_TRACE(c.what);
  auto records = ReadAll(schema, config, AsBytes(c.bytes));
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().code, ErrorCode::kCorruptRecord);
  EXPECT_THAT(records.error().message, HasSubstr(c.message));
}

TEST(ChangelogReader, RefusesArrow) {
  // kArrowPlain has its message at 0x30, buffers at 0x88, nodes at 0x100, its body at 0x130.
  const std::string plain = FromHex(kArrowPlain);
  const Refused cases[] = {
      {"rows", With(plain, 0x78, int64_t{2}), "with 2 rows in a log batch with 3 records"},
      {"node", With(plain, 0x110, int64_t{4}), "column name: a node of 4 rows"},
      {"nulls", With(plain, 0x118, int64_t{4}), "column name: 4 nulls in 3 rows"},
      {"negative nulls", With(plain, 0x118, int64_t{-1}), "column name: -1 nulls in 3 rows"},
      {"no validity", With(plain, 0xb0, int64_t{0}), "column name: 0 bytes of validity"},
      {"values", With(plain, 0xa0, int64_t{11}), "column id: 11 bytes of values for 3 rows of 4"},
      {"offsets", With(plain, 0xc0, int64_t{15}), "column name: 15 bytes of offsets for 3 rows"},
      {"text", With(plain, 0xd0, int64_t{9}), "column name: text up to 10 in 9 bytes"},
      {"text outside", With(plain, 0x15c, int32_t{11}), "column name: text up to 11 in 10 bytes"},
      {"offsets fall", With(plain, 0x154, int32_t{6}), "column name: offsets that fall"},
      {"negative offset", With(plain, 0x150, int32_t{-1}), "column name: offsets that fall"},
      {"buffer outside", With(plain, 0xf0, int64_t{25}), "Arrow buffer 6 at 72 of 25 bytes"},
      {"buffer before", With(plain, 0x88, int64_t{-1}), "Arrow buffer 0 at -1"},
      {"buffer far", With(plain, 0x88, INT64_MAX), "Arrow buffer 0 at 9223372036854775807"},
      {"other schema", FromHex(kAllTypes), "nodes and"},
      {"rows instead", FromHex(kIndexed), "without an Arrow message"},
  };
  for (const Refused& c : cases) ExpectRefused(c, SmallSchema(), Config(LogFormat::kArrow));
  const Refused change = {"change", With(FromHex(kChangelog), 0x31, uint8_t{5}),
                          "record 1 has unknown change type 5"};
  ExpectRefused(change, ChangelogSchema(), Config(LogFormat::kArrow));
}

TEST(ChangelogReader, RefusesValues) {
  const std::string one = "\1";
  const std::string none(1, '\0');
  const DataType integer = DataType::Of(TypeRoot::kInteger);
  const DataType list = DataType::Array(integer);
  const DataType map = DataType::Map(integer, integer);
  auto value = [](auto number, auto more) {
    std::string bytes(sizeof(number) + sizeof(more), '\0');
    StoreLittle(AsMutableBytes(bytes).data(), number);
    StoreLittle(AsMutableBytes(bytes).data() + sizeof(number), more);
    return bytes;
  };
  struct Case {
    DataType type;
    Refused refused;
  };
  const Case cases[] = {
      {integer.NotNull(),
       {"null", ArrowBatch(1, {{1, 1}}, {none, Numbers({0})}),
        "record 0 has NULL where there can be none in column v"}},
      {DataType::Array(integer.NotNull()),
       {"null element", ArrowBatch(1, {{1, 0}, {1, 1}}, {one, Numbers({0, 1}), none, Numbers({0})}),
        "has NULL where"}},
      {DataType::Row({{"a", integer.NotNull()}}),
       {"null field", ArrowBatch(1, {{1, 0}, {1, 1}}, {one, none, Numbers({0})}),
        "has NULL where"}},
      {map,
       {"null key",
        ArrowBatch(1, {{1, 0}, {1, 0}, {1, 1}, {1, 0}},
                   {one, Numbers({0, 1}), one, none, Numbers({0}), one, Numbers({0})}),
        "has NULL where"}},
      {map,
       {"null entry",
        ArrowBatch(1, {{1, 0}, {1, 1}, {1, 0}, {1, 0}},
                   {one, Numbers({0, 1}), none, one, Numbers({0}), one, Numbers({0})}),
        "has a NULL entry"}},
      {DataType::Decimal(18, 0),
       {"decimal", ArrowBatch(1, {{1, 0}}, {one, value(int64_t{1}, int64_t{1})}),
        "has a decimal out of range"}},
      {DataType::Decimal(18, 0),
       {"decimal below", ArrowBatch(1, {{1, 0}}, {one, value(int64_t{1}, int64_t{-1})}),
        "has a decimal out of range"}},
      {DataType::Time(0),
       {"seconds", ArrowBatch(1, {{1, 0}}, {one, Numbers({INT32_MAX})}),
        "has a time out of range"}},
      {DataType::Time(6),
       {"micros", ArrowBatch(1, {{1, 0}}, {one, value(int32_t{0}, INT32_MAX)}),
        "has a time out of range"}},
      {DataType::Timestamp(0),
       {"timestamp", ArrowBatch(1, {{1, 0}}, {one, value(int32_t{0}, INT32_MAX)}),
        "has a time out of range"}},
      {list,
       {"elements outside",
        ArrowBatch(1, {{1, 0}, {1, 0}}, {one, Numbers({0, 2}), one, Numbers({0})}),
        "a node of 1 rows"}},
      {list,
       {"no elements", ArrowBatch(1, {{1, 0}, {0, 0}}, {one, Numbers({0, INT32_MAX}), "", ""}),
        "2147483647 elements"}},
      {DataType::Array(DataType::Row({})),
       {"elements of nothing",
        ArrowBatch(1, {{1, 0}, {1 << 20, 0}}, {one, Numbers({0, 1 << 20}), ""}),
        "1048576 elements"}},
      {DataType::Row({{"a", integer}}),
       {"fewer in a field", ArrowBatch(2, {{2, 0}, {1, 0}}, {one, one, Numbers({0, 0})}),
        "a node of 1 rows, not 2 to 2"}},
      {map,
       {"more keys",
        ArrowBatch(1, {{1, 0}, {1, 0}, {2, 0}, {1, 0}},
                   {one, Numbers({0, 1}), one, one, Numbers({0, 0}), one, Numbers({0})}),
        "a node of 2 rows, not 1 to 1"}},
      {DataType::Of(TypeRoot::kBoolean),
       {"bits", ArrowBatch(9, {{9, 0}}, {"", one}), "1 bytes of values for 9 rows"}},
  };
  for (const Case& c : cases) {
    ExpectRefused(c.refused, SchemaOf({{"v", c.type}}), Config(LogFormat::kArrow));
  }
}

TEST(ChangelogReader, RefusesCompressed) {
  const std::string stored(8, '\xff');
  auto sized = [](int64_t size, const std::string& frame) {
    std::string bytes(8, '\0');
    StoreLittle(AsMutableBytes(bytes).data(), size);
    return bytes + frame;
  };
  const std::string zeros(100, '\0');
  const schema::Schema schema = SchemaOf({{"v", DataType::Of(TypeRoot::kInteger)}});
  for (auto compression : {ArrowCompression::kLz4Frame, ArrowCompression::kZstd}) {
    std::string good(CompressedBufferBound(compression, 100), '\0');
    good.resize(CompressBuffer(compression, 3, AsBytes(zeros), AsMutableBytes(good).data()));
    auto batch = [&](const std::string& values, const std::string& validity = "") {
      return ArrowBatch(25, {{25, 0}}, {validity, values}, compression);
    };
    auto config = Config(LogFormat::kArrow, compression);
    EXPECT_TRUE(ReadAll(schema, config, AsBytes(batch(good))));
    const Refused cases[] = {
        {"no size", batch("1234567"), "compressed Arrow buffer 1 of 7 bytes"},
        {"negative", batch(sized(-2, good)), "Arrow buffer 1 of -2 bytes decompressed"},
        {"too large", batch(sized(int64_t{1} << 31, good)), "more than 2 GiB"},
        {"too large in sum", batch(sized(int64_t{1} << 30, good), sized(int64_t{1} << 30, good)),
         "more than 2 GiB"},
        {"largest", batch(sized(INT64_MAX, good)), "more than 2 GiB"},
        {"no frame", batch(sized(100, zeros)), "Arrow buffer 1: "},
        {"more than it says", batch(sized(99, good.substr(8))), "Arrow buffer 1: "},
        {"less than it says", batch(sized(101, good.substr(8))), "Arrow buffer 1: "},
        {"cut", batch(good.substr(0, good.size() - 1)), "Arrow buffer 1: "},
        {"less than rows need", batch(stored + "123"), "column v: 3 bytes of values for 25 rows"},
        {"empty", batch(sized(0, "")), "column v: 0 bytes of values for 25 rows"},
    };
    for (const Refused& c : cases) ExpectRefused(c, schema, config);
  }
}

TEST(ChangelogReader, RefusesRows) {
  // Records at 48, 62 and 69.
  const std::string compacted = FromHex(kCompacted);
  std::string cut = compacted.substr(0, 72);
  cut = With(cut, 8, static_cast<int32_t>(cut.size() - 12));
  const Refused cases[] = {
      {"fewer in the header", With(compacted, 44, 2), "24 bytes after the last of 2 records"},
      {"more in the header", With(compacted, 44, 4), "log batch without record 3"},
      {"length of nothing", With(compacted, 62, 0), "record 1 of 0 bytes, 27 are left"},
      {"negative length", With(compacted, 62, -1), "record 1 of -1 bytes, 27 are left"},
      {"length too large", With(compacted, 69, 21), "record 2 of 21 bytes, 20 are left"},
      {"change type", With(compacted, 66, uint8_t{9}), "record 1 has unknown change type 9"},
      {"row", With(compacted, 67, uint8_t{0}), "record 1: "},
      {"cut", cut, "log batch without record 2"},
  };
  for (const Refused& c : cases) ExpectRefused(c, SmallSchema(), Config(LogFormat::kCompacted));
  ExpectRefused({"indexed", With(FromHex(kIndexed), 0x36, INT32_MAX), "record 0: "}, SmallSchema(),
                Config(LogFormat::kIndexed));
  ChangelogReader reader(SmallSchema(), Config(LogFormat::kCompacted));
  Bytes head = AsBytes(compacted).first(48);
  auto opened = reader.Open(LogBatch::Parse(head, /*whole=*/false).value());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("log batch of 93 bytes, only 48 are there"));
}

// Whatever a batch holds, nothing is read outside of it. Useful with ASan and UBSan.
TEST(ChangelogReader, SurvivesMutations) {
  const schema::Schema schema = EveryTypeSchema();
  std::mt19937_64 random(20240608);
  size_t whole = 0;
  for (const auto& config :
       {Config(LogFormat::kArrow), Config(LogFormat::kArrow, ArrowCompression::kLz4Frame),
        Config(LogFormat::kArrow, ArrowCompression::kZstd, KvFormat::kIndexed),
        Config(LogFormat::kCompacted), Config(LogFormat::kIndexed)}) {
    ChangelogWriter writer({1}, schema, config);
    CellMaker maker(config.kv_format, 5);
    for (int i = 0; i < 4; ++i) writer.Add(ChangeType::kInsert, maker.Row(schema));
    const std::string batch(AsText(writer.Finish({-1}, -1)));
    ChangelogReader reader(schema, config);
    const int64_t limits[] = {0, 1, -1, 7, 8, 255, 20, 0x7fffffff, -0x80000000, INT64_MAX};
    for (int i = 0; i < 1500; ++i) {
      std::vector<std::byte> bytes(AsBytes(batch).begin(), AsBytes(batch).end());
      for (auto count = 1 + random() % 3; count > 0; --count) {
        int64_t value = random() % 2 == 0 ? static_cast<int64_t>(random()) : limits[random() % 10];
        // Not in the header, most of which would be refused at the door.
        size_t at = 48 + random() % (bytes.size() - 56);
        if (random() % 3 == 0)
          StoreLittle(bytes.data() + at, value);
        else
          StoreLittle(bytes.data() + at, static_cast<int8_t>(value));
      }
      if (ReadAll(reader, schema, bytes)) ++whole;
    }
    for (size_t size = 48; size < batch.size(); size += 1 + size / 100) {
      std::vector<std::byte> bytes(AsBytes(batch).begin(),
                                   AsBytes(batch).begin() + static_cast<ptrdiff_t>(size));
      StoreLittle(bytes.data() + 8, static_cast<int32_t>(size - 12));
      EXPECT_FALSE(ReadAll(reader, schema, bytes));
    }
  }
  EXPECT_GT(whole, 500u);  // many are still batches
}

}  // namespace
}  // namespace millrace::record
