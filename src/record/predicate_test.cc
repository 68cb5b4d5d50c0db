#include "record/predicate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/endian.h"
#include "record/golden_batches.h"
#include "record/log_batch.h"
#include "record/statistics.h"

namespace millrace::record {
namespace {

using schema::DataType;
using schema::TypeRoot;

Literal Int(int64_t value) {
  return {TypeRoot::kInteger, value};
}
Literal Big(int64_t value) {
  return {TypeRoot::kBigInt, value};
}
Literal Text(std::string value) {
  return {TypeRoot::kString, std::move(value)};
}
Literal Null(TypeRoot type) {
  return {type, std::monostate()};
}

Predicate Leaf(int32_t field, LeafFunction function, std::vector<Literal> literals = {}) {
  return {LeafPredicate{function, field, std::move(literals)}};
}
Predicate And(std::vector<Predicate> children) {
  return {CompoundPredicate{CompoundFunction::kAnd, std::move(children)}};
}
Predicate Or(std::vector<Predicate> children) {
  return {CompoundPredicate{CompoundFunction::kOr, std::move(children)}};
}

bool MayMatch(const Predicate& predicate, const schema::Schema& schema, const std::string& bytes) {
  auto batch = LogBatch::Parse(AsBytes(bytes), /*whole=*/false);
  EXPECT_TRUE(batch);
  return record::MayMatch(predicate, schema, *batch);
}

// A row in the layout of statistics: null area of 8 bytes, a slot per field.
class RowBuilder {
 public:
  explicit RowBuilder(size_t fields) : row_(8 + fields * 8, '\0') {}

  RowBuilder& Null(size_t field) {
    row_[(field + 8) / 8] |= static_cast<char>(1 << (field + 8) % 8);
    return *this;
  }
  template <class T>
  RowBuilder& Fixed(size_t field, T value) {
    StoreLittle(AsMutableBytes(row_).data() + 8 + field * 8, value);
    return *this;
  }
  RowBuilder& Inline(size_t field, std::string_view text) {
    row_.replace(8 + field * 8, text.size(), text);
    row_[8 + field * 8 + 7] = static_cast<char>(0x80 | text.size());
    return *this;
  }
  // `low` is the slot's lower half: a size, or nanoseconds.
  RowBuilder& Variable(size_t field, uint32_t low, std::string_view bytes) {
    uint64_t offset = row_.size();
    row_ += bytes;
    row_.resize((row_.size() + 7) / 8 * 8);
    return Fixed(field, offset << 32 | low);
  }
  std::string Build() const { return row_; }

 private:
  std::string row_;
};

std::string Int16(int value) {
  return {static_cast<char>(value), static_cast<char>(value >> 8)};
}
std::string Int32(int value) {
  return Int16(value) + Int16(value >> 16);
}

std::string Block(const std::vector<int>& columns, const std::vector<int>& null_counts,
                  const std::string& min, const std::string& max) {
  std::string block = "\x01" + Int16(static_cast<int>(columns.size()));
  for (int column : columns) block += Int16(column);
  for (int count : null_counts) block += Int32(count);
  return block + Int32(static_cast<int>(min.size())) + min + Int32(static_cast<int>(max.size())) +
         max;
}

// A batch of `rows` records that has nothing but statistics.
std::string BatchOf(int rows, const std::string& block) {
  std::string bytes = FromHex(kArrowStatistics).substr(0, 44) + Int32(rows) +
                      Int32(static_cast<int>(block.size())) + block;
  StoreLittle(AsMutableBytes(bytes).data() + 8, static_cast<int32_t>(bytes.size() - 12));
  return bytes;
}

TEST(Statistics, ReadsTheGoldenBlock) {
  std::string bytes = FromHex(kArrowStatistics);
  schema::Schema schema = SmallSchema();
  auto batch = LogBatch::Parse(AsBytes(bytes));
  ASSERT_TRUE(batch);
  auto statistics = Statistics::Parse(batch->statistics(), 3);
  ASSERT_TRUE(statistics);
  EXPECT_EQ(statistics->size(), 3);
  auto id = statistics->Find(0, schema.columns[0].type);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->null_count, 0);
  EXPECT_EQ(id->min, StatisticsValue(int64_t{1}));
  EXPECT_EQ(id->max, StatisticsValue(int64_t{3}));
  auto name = statistics->Find(1, schema.columns[1].type);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->null_count, 1);
  EXPECT_EQ(name->min, StatisticsValue(std::string_view("alice")));
  EXPECT_EQ(name->max, StatisticsValue(std::string_view("carol-is-long")));
  auto v = statistics->Find(2, schema.columns[2].type);
  ASSERT_TRUE(v);
  EXPECT_EQ(v->null_count, 1);
  EXPECT_EQ(v->min, StatisticsValue(int64_t{10}));
  EXPECT_EQ(v->max, StatisticsValue(int64_t{300}));
  EXPECT_FALSE(statistics->Find(3, schema.columns[2].type));
}

TEST(Statistics, ReadsEveryType) {
  const Decimal wide = -Decimal{123456789012345678} * 100 - 90;  // DECIMAL(20, 2)
  struct Case {
    const char* what;
    DataType type;
    std::string row;
    StatisticsValue value;
  };
  const int64_t ms = 1700000000123;
  std::string ms_bytes(8, '\0');
  StoreLittle(AsMutableBytes(ms_bytes).data(), ms);
  const std::string wide_bytes = FromHex("ff54ab567314e0f52e") + std::string(7, '\0');
  const Case cases[] = {
      {"true", DataType::Of(TypeRoot::kBoolean), RowBuilder(1).Fixed(0, uint8_t{1}).Build(), true},
      {"false", DataType::Of(TypeRoot::kBoolean), RowBuilder(1).Build(), false},
      // What is behind a small value in its slot is left from another.
      {"tiny", DataType::Of(TypeRoot::kTinyInt),
       RowBuilder(1).Fixed(0, int64_t{0x01020304050607fe}).Build(), int64_t{-2}},
      {"small", DataType::Of(TypeRoot::kSmallInt),
       RowBuilder(1).Fixed(0, int64_t{0x010203040506fffe}).Build(), int64_t{-2}},
      {"int", DataType::Of(TypeRoot::kInteger),
       RowBuilder(1).Fixed(0, int64_t{0x01020304fffffffe}).Build(), int64_t{-2}},
      {"big", DataType::Of(TypeRoot::kBigInt), RowBuilder(1).Fixed(0, int64_t{-2}).Build(),
       int64_t{-2}},
      {"date", DataType::Of(TypeRoot::kDate), RowBuilder(1).Fixed(0, 19000).Build(),
       int64_t{19000}},
      {"time", DataType::Time(9), RowBuilder(1).Fixed(0, 3661007).Build(), int64_t{3661007}},
      {"float", DataType::Of(TypeRoot::kFloat), RowBuilder(1).Fixed(0, 1.5f).Build(), 1.5},
      {"double", DataType::Of(TypeRoot::kDouble), RowBuilder(1).Fixed(0, -2.25).Build(), -2.25},
      {"no text", DataType::Of(TypeRoot::kString), RowBuilder(1).Inline(0, "").Build(),
       std::string_view("")},
      {"short text", DataType::Char(9), RowBuilder(1).Inline(0, "sevenis").Build(),
       std::string_view("sevenis")},
      {"long text", DataType::Of(TypeRoot::kString),
       RowBuilder(1).Variable(0, 9, "nine long").Build(), std::string_view("nine long")},
      {"compact decimal", DataType::Decimal(18, 2), RowBuilder(1).Fixed(0, int64_t{-12345}).Build(),
       Decimal{-12345}},
      {"decimal", DataType::Decimal(20, 2), RowBuilder(1).Variable(0, 9, wide_bytes).Build(), wide},
      {"decimal of 16 bytes", DataType::Decimal(38, 0),
       RowBuilder(1).Variable(0, 16, FromHex("ffffffffffffffffffffffffffffff80")).Build(),
       Decimal{-128}},
      {"decimal of 1 byte", DataType::Decimal(38, 0),
       RowBuilder(1).Variable(0, 1, FromHex("7f")).Build(), Decimal{127}},
      {"timestamp(3)", DataType::Timestamp(3), RowBuilder(1).Fixed(0, ms).Build(),
       Timestamp{ms, 0}},
      {"timestamp(6)", DataType::Timestamp(6), RowBuilder(1).Variable(0, 456000, ms_bytes).Build(),
       Timestamp{ms, 456000}},
      {"timestamp_ltz(9)", DataType::TimestampLtz(9),
       RowBuilder(1).Variable(0, 456789, ms_bytes).Build(), Timestamp{ms, 456789}},
      {"null", DataType::Of(TypeRoot::kString), RowBuilder(1).Null(0).Build(), std::monostate()},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    std::string block = Block({4}, {7}, c.row, c.row);
    auto statistics = Statistics::Parse(AsBytes(block), 5);
    ASSERT_TRUE(statistics);
    auto column = statistics->Find(4, c.type);
    ASSERT_TRUE(column);
    EXPECT_EQ(column->null_count, 7);
    EXPECT_EQ(column->min, c.value);
    EXPECT_EQ(column->max, c.value);
  }
}

TEST(Statistics, RowsOfManyFieldsHaveALargerNullArea) {
  // 56 null bits follow the first byte of the first 8; the 57th is in the next 8.
  std::vector<int> columns(57), counts(57, 0);
  for (int i = 0; i < 57; ++i) columns[i] = i;
  std::string row(16 + 57 * 8, '\0');
  row[8] = 1;
  StoreLittle(AsMutableBytes(row).data() + size_t{16} + size_t{55} * 8, 42);
  std::string block = Block(columns, counts, row, row);
  auto statistics = Statistics::Parse(AsBytes(block), 57);
  ASSERT_TRUE(statistics);
  DataType type = DataType::Of(TypeRoot::kInteger);
  EXPECT_EQ(statistics->Find(55, type)->min, StatisticsValue(int64_t{42}));
  EXPECT_EQ(statistics->Find(56, type)->min, StatisticsValue());
}

TEST(Statistics, IgnoresBlocksItCanNotRead) {
  const std::string row = RowBuilder(1).Fixed(0, 5).Build();
  std::string version = Block({0}, {0}, row, row);
  version[0] = 2;
  struct Case {
    const char* what;
    std::string block;
  };
  const std::string good = Block({0}, {0}, row, row);
  ASSERT_TRUE(Statistics::Parse(AsBytes(good), 1));
  const Case cases[] = {
      {"nothing", ""},
      {"version", version},
      {"no columns", Block({}, {}, std::string(8, '\0'), std::string(8, '\0'))},
      {"negative size", "\x01\xff\xff" + good.substr(3)},
      {"column outside", Block({1}, {0}, row, row)},
      {"negative column", Block({-1}, {0}, row, row)},
      {"row without a slot", Block({0}, {0}, row.substr(0, 8), row)},
      {"empty rows", Block({0}, {0}, "", "")},
      {"cut", good.substr(0, good.size() - 1)},
      {"cut in a size", good.substr(0, 12)},
      {"negative row size", good.substr(0, 9) + Int32(-1) + good.substr(13)},
  };
  for (const Case& c : cases) {
    EXPECT_FALSE(Statistics::Parse(AsBytes(c.block), 1)) << c.what;
  }
}

TEST(Statistics, IgnoresValuesItCanNotRead) {
  struct Case {
    const char* what;
    DataType type;
    std::string row;
  };
  const DataType text = DataType::Of(TypeRoot::kString);
  const Case cases[] = {
      {"beyond the row", text, RowBuilder(1).Fixed(0, uint64_t{16} << 32 | 9).Build()},
      {"offset beyond the row", text, RowBuilder(1).Fixed(0, uint64_t{17} << 32 | 1).Build()},
      {"size of 2 GiB", text, RowBuilder(1).Fixed(0, uint64_t{0x7fffffff}).Build()},
      {"inline size", text, RowBuilder(1).Fixed(0, uint64_t{0x88} << 56).Build()},
      {"decimal of 17 bytes", DataType::Decimal(38, 0),
       RowBuilder(1).Variable(0, 17, std::string(17, '\1')).Build()},
      {"decimal of no bytes", DataType::Decimal(38, 0), RowBuilder(1).Variable(0, 0, "").Build()},
      {"timestamp beyond", DataType::Timestamp(6),
       RowBuilder(1).Fixed(0, uint64_t{9} << 32).Build()},
      {"bytes", DataType::Of(TypeRoot::kBytes), RowBuilder(1).Inline(0, "a").Build()},
      {"row", DataType::Row({}), RowBuilder(1).Build()},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    std::string block = Block({0}, {0}, c.row, c.row);
    auto statistics = Statistics::Parse(AsBytes(block), 1);
    ASSERT_TRUE(statistics);
    EXPECT_FALSE(statistics->Find(0, c.type));
  }
}

TEST(MayMatch, LeavesOfTheGoldenBatch) {
  // id 1..3; name alice..carol-is-long and a null; v 10..300 and a null.
  using F = LeafFunction;
  struct Case {
    Predicate predicate;
    bool expected;
  };
  const Case cases[] = {
      {Leaf(0, F::kEqual, {Int(0)}), false},
      {Leaf(0, F::kEqual, {Int(1)}), true},
      {Leaf(0, F::kEqual, {Int(3)}), true},
      {Leaf(0, F::kEqual, {Int(4)}), false},
      {Leaf(0, F::kNotEqual, {Int(1)}), true},
      {Leaf(0, F::kLessThan, {Int(1)}), false},
      {Leaf(0, F::kLessThan, {Int(2)}), true},
      {Leaf(0, F::kLessOrEqual, {Int(0)}), false},
      {Leaf(0, F::kLessOrEqual, {Int(1)}), true},
      {Leaf(0, F::kGreaterThan, {Int(3)}), false},
      {Leaf(0, F::kGreaterThan, {Int(2)}), true},
      {Leaf(0, F::kGreaterOrEqual, {Int(4)}), false},
      {Leaf(0, F::kGreaterOrEqual, {Int(3)}), true},
      {Leaf(0, F::kIsNull), false},
      {Leaf(0, F::kIsNotNull), true},
      {Leaf(1, F::kIsNull), true},
      {Leaf(1, F::kIsNotNull), true},
      {Leaf(0, F::kIn, {Int(0), Int(4)}), false},
      {Leaf(0, F::kIn, {Int(0), Int(2)}), true},
      {Leaf(0, F::kIn, {Null(TypeRoot::kInteger), Int(4)}), false},
      {Leaf(0, F::kIn), false},
      {Leaf(0, F::kNotIn, {Int(1), Int(2), Int(3)}), true},
      {Leaf(0, F::kNotIn, {Int(9), Null(TypeRoot::kInteger)}), false},
      {Leaf(0, F::kNotIn), true},
      {Leaf(0, F::kEqual, {Null(TypeRoot::kInteger)}), false},
      {Leaf(0, F::kNotEqual, {Null(TypeRoot::kInteger)}), false},
      {Leaf(1, F::kEqual, {Text("alicd")}), false},
      {Leaf(1, F::kEqual, {Text("bob")}), true},
      {Leaf(1, F::kEqual, {Text("carol-is-longer")}), false},
      {Leaf(1, F::kEqual, {Text("\xc3\xa9")}), false},  // bytes are unsigned
      {Leaf(1, F::kLessThan, {Text("\xc3\xa9")}), true},
      {Leaf(1, F::kStartsWith, {Text("ali")}), true},
      {Leaf(1, F::kStartsWith, {Text("b")}), true},
      {Leaf(1, F::kStartsWith, {Text("carol")}), true},
      {Leaf(1, F::kStartsWith, {Text("")}), true},
      {Leaf(1, F::kStartsWith, {Text("al")}), true},
      {Leaf(1, F::kStartsWith, {Text("ak")}), false},
      {Leaf(1, F::kStartsWith, {Text("carom")}), false},
      {Leaf(1, F::kContains, {Text("zzz")}), true},
      {Leaf(1, F::kEndsWith, {Text("zzz")}), true},
      {Leaf(1, F::kEqual, {{TypeRoot::kChar, std::string("zzz")}}), false},
      {Leaf(2, F::kGreaterThan, {Big(300)}), false},
      {Leaf(2, F::kGreaterOrEqual, {Big(300)}), true},
      // In doubt: literals of other types, too few or too many, unknown columns and functions.
      {Leaf(0, F::kEqual, {Big(9)}), true},
      {Leaf(1, F::kEqual, {Int(9)}), true},
      {Leaf(1, F::kEqual, {{TypeRoot::kString, int64_t{9}}}), true},
      {Leaf(0, F::kIn, {Int(9), Text("a")}), true},
      {Leaf(0, F::kEqual), true},
      {Leaf(0, F::kEqual, {Int(8), Int(9)}), true},
      {Leaf(3, F::kEqual, {Int(9)}), true},
      {Leaf(-1, F::kIsNull), true},
      {Leaf(0, static_cast<F>(13), {Int(9)}), true},
      // Trees.
      {And({Leaf(0, F::kEqual, {Int(2)}), Leaf(2, F::kEqual, {Big(20)})}), true},
      {And({Leaf(0, F::kEqual, {Int(2)}), Leaf(2, F::kEqual, {Big(1)})}), false},
      {And({Leaf(7, F::kEqual, {Int(2)}), Leaf(2, F::kEqual, {Big(1)})}), false},
      {Or({Leaf(0, F::kEqual, {Int(9)}), Leaf(2, F::kEqual, {Big(20)})}), true},
      {Or({Leaf(0, F::kEqual, {Int(9)}), Leaf(2, F::kEqual, {Big(1)})}), false},
      {Or({Leaf(0, F::kEqual, {Int(9)}), Leaf(7, F::kEqual, {Big(1)})}), true},
      {Or({And({Leaf(0, F::kEqual, {Int(2)}), Leaf(0, F::kEqual, {Int(9)})})}), false},
      {And({}), true},
      {Or({}), true},
  };
  std::string bytes = FromHex(kArrowStatistics);
  for (size_t i = 0; i < std::size(cases); ++i) {
    EXPECT_EQ(MayMatch(cases[i].predicate, SmallSchema(), bytes), cases[i].expected)
        << "case " << i;
  }
}

TEST(MayMatch, WithoutStatistics) {
  Predicate never = Leaf(0, LeafFunction::kEqual, {Int(9)});
  EXPECT_FALSE(MayMatch(never, SmallSchema(), FromHex(kArrowStatistics)));
  EXPECT_TRUE(MayMatch(never, SmallSchema(), FromHex(kArrowPlain)));
  EXPECT_TRUE(MayMatch(never, SmallSchema(), FromHex(kArrowProjected)));
  // Only the header is there.
  EXPECT_TRUE(MayMatch(never, SmallSchema(), FromHex(kArrowStatistics).substr(0, 160)));
  EXPECT_FALSE(MayMatch(never, SmallSchema(), FromHex(kArrowStatistics).substr(0, 161)));
}

TEST(MayMatch, FollowsFieldIdsIntoTheBatchSchema) {
  schema::Schema schema = SmallSchema();
  for (schema::Column& column : schema.columns) column.id += 10;
  std::string bytes = FromHex(kArrowStatistics);
  EXPECT_TRUE(MayMatch(Leaf(0, LeafFunction::kEqual, {Int(9)}), schema, bytes));
  EXPECT_FALSE(MayMatch(Leaf(10, LeafFunction::kEqual, {Int(9)}), schema, bytes));
  EXPECT_FALSE(MayMatch(Leaf(12, LeafFunction::kEqual, {Big(9)}), schema, bytes));
}

TEST(MayMatch, CountsOfNulls) {
  using F = LeafFunction;
  struct Case {
    const char* what;
    int null_count;  // of 3 rows
    bool bounds;
    bool is_null, is_not_null, equal_5, equal_6, not_in_5;
  };
  const Case cases[] = {
      {"no nulls", 0, true, false, true, true, false, false},
      {"some nulls", 1, true, true, true, true, false, false},
      {"only nulls", 3, false, true, false, false, false, false},
      {"bounds not kept", 1, false, true, true, true, true, true},
      {"unknown", -1, true, true, true, true, true, true},
      {"more than rows", 4, true, true, true, true, true, true},
  };
  schema::Schema schema = SchemaOf({{"id", DataType::Of(TypeRoot::kInteger)}});
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    std::string row = c.bounds ? RowBuilder(1).Fixed(0, 5).Build() : RowBuilder(1).Null(0).Build();
    std::string bytes = BatchOf(3, Block({0}, {c.null_count}, row, row));
    EXPECT_EQ(MayMatch(Leaf(0, F::kIsNull), schema, bytes), c.is_null);
    EXPECT_EQ(MayMatch(Leaf(0, F::kIsNotNull), schema, bytes), c.is_not_null);
    EXPECT_EQ(MayMatch(Leaf(0, F::kEqual, {Int(5)}), schema, bytes), c.equal_5);
    EXPECT_EQ(MayMatch(Leaf(0, F::kEqual, {Int(6)}), schema, bytes), c.equal_6);
    EXPECT_EQ(MayMatch(Leaf(0, F::kNotIn, {Int(5)}), schema, bytes), c.not_in_5);
    EXPECT_EQ(MayMatch(Leaf(0, F::kNotEqual, {Int(5)}), schema, bytes), c.not_in_5);
  }
}

TEST(MayMatch, OrderOfFloatingPoint) {
  using F = LeafFunction;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  struct Case {
    double min, max;
    F function;
    double literal;
    bool expected;
  };
  const Case cases[] = {
      {1, 2, F::kEqual, 1.5, true},
      {1, 2, F::kEqual, 2.5, false},
      {1, 2, F::kEqual, nan, false},
      {1, 2, F::kLessThan, nan, true},
      {1, 2, F::kGreaterThan, inf, false},
      // NaN is the largest: there are values of any size below it.
      {1, nan, F::kEqual, 0.5, false},
      {1, nan, F::kEqual, inf, true},
      {1, nan, F::kEqual, nan, true},
      {1, nan, F::kGreaterThan, inf, true},
      // A writer for whom it is the smallest.
      {nan, 2, F::kEqual, -5, true},
      {nan, nan, F::kNotEqual, nan, true},
      // Zeros, whatever their order is.
      {-0.0, -0.0, F::kEqual, 0.0, true},
      {0.0, 0.0, F::kEqual, -0.0, true},
      {0.0, 1.0, F::kLessThan, -0.0, true},
      {0.0, 0.0, F::kNotEqual, -0.0, true},
      {0.0, 0.0, F::kNotEqual, 0.0, false},
      {-1.0, -0.0, F::kGreaterThan, 0.0, true},
  };
  schema::Schema schema =
      SchemaOf({{"d", DataType::Of(TypeRoot::kDouble)}, {"f", DataType::Of(TypeRoot::kFloat)}});
  for (size_t i = 0; i < std::size(cases); ++i) {
    const Case& c = cases[i];
    auto row = [](double value) {
      return RowBuilder(2).Fixed(0, value).Fixed(1, static_cast<float>(value)).Build();
    };
    std::string bytes = BatchOf(3, Block({0, 1}, {0, 0}, row(c.min), row(c.max)));
    EXPECT_EQ(MayMatch(Leaf(0, c.function, {{TypeRoot::kDouble, c.literal}}), schema, bytes),
              c.expected)
        << i;
    EXPECT_EQ(MayMatch(Leaf(1, c.function, {{TypeRoot::kFloat, c.literal}}), schema, bytes),
              c.expected)
        << i;
  }
}

TEST(MayMatch, DecimalsTimestampsBooleans) {
  using F = LeafFunction;
  schema::Schema schema = SchemaOf({{"decimal", DataType::Decimal(38, 0)},
                                    {"ts", DataType::Timestamp(9)},
                                    {"flag", DataType::Of(TypeRoot::kBoolean)}});
  auto row = [](std::string_view decimal, int nanos) {
    std::string ms(8, '\0');
    ms[0] = 100;
    return RowBuilder(3)
        .Variable(0, static_cast<uint32_t>(decimal.size()), decimal)
        .Variable(1, nanos, ms)
        .Build();
  };
  // -2^64 to 2^64; 100 ms and 5 ns to 100 ms and 7 ns; false.
  std::string bytes = BatchOf(3, Block({0, 1, 2}, {0, 0, 0}, row(FromHex("ff0000000000000000"), 5),
                                       row(FromHex("010000000000000000"), 7)));
  const Decimal edge = Decimal{1} << 64;
  auto decimal = [&](F function, Decimal value) {
    return MayMatch(Leaf(0, function, {{TypeRoot::kDecimal, value}}), schema, bytes);
  };
  EXPECT_TRUE(decimal(F::kEqual, edge));
  EXPECT_FALSE(decimal(F::kEqual, edge + 1));
  EXPECT_TRUE(decimal(F::kEqual, -edge));
  EXPECT_FALSE(decimal(F::kEqual, -edge - 1));
  EXPECT_FALSE(decimal(F::kLessThan, -edge));

  auto timestamp = [&](F function, Timestamp value) {
    return MayMatch(Leaf(1, function, {{TypeRoot::kTimestamp, value}}), schema, bytes);
  };
  EXPECT_FALSE(timestamp(F::kEqual, {100, 4}));
  EXPECT_TRUE(timestamp(F::kEqual, {100, 5}));
  EXPECT_TRUE(timestamp(F::kEqual, {100, 7}));
  EXPECT_FALSE(timestamp(F::kEqual, {100, 8}));
  EXPECT_FALSE(timestamp(F::kGreaterThan, {101, 0}));
  EXPECT_TRUE(timestamp(F::kGreaterThan, {99, 999999}));
  // TIMESTAMP_LTZ is another type.
  EXPECT_TRUE(
      MayMatch(Leaf(1, F::kEqual, {{TypeRoot::kTimestampLtz, Timestamp{0, 0}}}), schema, bytes));

  EXPECT_TRUE(MayMatch(Leaf(2, F::kEqual, {{TypeRoot::kBoolean, false}}), schema, bytes));
  EXPECT_FALSE(MayMatch(Leaf(2, F::kEqual, {{TypeRoot::kBoolean, true}}), schema, bytes));
}

TEST(MayMatch, DepthIsBounded) {
  std::string bytes = FromHex(kArrowStatistics);
  Predicate predicate = Leaf(0, LeafFunction::kEqual, {Int(9)});
  for (int depth = 1; depth <= 3 * kPredicateDepthMax; ++depth) {
    EXPECT_EQ(MayMatch(predicate, SmallSchema(), bytes), depth > kPredicateDepthMax) << depth;
    std::vector<Predicate> children;
    children.push_back(std::move(predicate));
    predicate = And(std::move(children));
  }
}

}  // namespace
}  // namespace millrace::record
