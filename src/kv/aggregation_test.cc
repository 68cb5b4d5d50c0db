// Every aggregation function on every type that it takes.
#include <gtest/gtest.h>

#include "kv/row_merger.h"
#include "kv/rows_for_test.h"

namespace millrace::kv {
namespace {

using schema::AggFunction;
using schema::AggFunctionType;
using schema::DataType;
using schema::Schema;
using schema::TypeRoot;

constexpr auto kSum = AggFunctionType::kSum;
constexpr auto kProduct = AggFunctionType::kProduct;
constexpr auto kMax = AggFunctionType::kMax;
constexpr auto kMin = AggFunctionType::kMin;

Schema SchemaOf(const DataType& type, AggFunction function) {
  return *schema::MakeSchema({{.name = "k", .type = DataType::Of(TypeRoot::kInteger)},
                              {.name = "v", .type = type, .agg = std::move(function)}},
                             {"k"});
}

Result<std::unique_ptr<RowMerger>> Make(const Schema& schema) {
  return MakeRowMerger(schema, *schema::ParseTableConfig({{"table.merge-engine", "aggregation"}}),
                       MergeMode::kDefault, {});
}

// The merged value, or the error.
std::string Merged(const DataType& type, const AggFunction& function, const std::string& stored,
                   const std::string& sent) {
  Schema schema = SchemaOf(type, function);
  auto merger = Make(schema);
  if (!merger) return merger.error().message;
  TestRow old(schema, {"1", stored});
  TestRow row(schema, {"1", sent});
  std::vector<schema::Cell> merged(2);
  auto upserted = (*merger)->Update(old.cells(), row.cells(), merged);
  if (!upserted) return upserted.error().message;
  EXPECT_EQ(*upserted, RowMerger::Upserted::kMerged);
  return Texts(schema, merged)[1];
}

struct Case {
  AggFunctionType function;
  DataType type;
  const char* stored;
  const char* sent;
  const char* merged;
};

template <size_t size>
void Check(const Case (&cases)[size]) {
  for (const Case& test : cases) {
    EXPECT_EQ(Merged(test.type, AggFunction{test.function}, test.stored, test.sent), test.merged)
        << schema::AggFunctionName(test.function) << " of " << test.type.ToString() << ": "
        << test.stored << ", " << test.sent;
  }
}

DataType Of(TypeRoot root) {
  return DataType::Of(root);
}

TEST(AggregationTest, Integers) {
  Check({
      {kSum, Of(TypeRoot::kTinyInt), "100", "27", "127"},
      {kSum, Of(TypeRoot::kTinyInt), "100", "28", "-128"},
      {kSum, Of(TypeRoot::kTinyInt), "-128", "-1", "127"},
      {kSum, Of(TypeRoot::kSmallInt), "32767", "1", "-32768"},
      {kSum, Of(TypeRoot::kSmallInt), "-7", "3", "-4"},
      {kSum, Of(TypeRoot::kInteger), "2147483647", "1", "-2147483648"},
      {kSum, Of(TypeRoot::kInteger), "5", "10", "15"},
      {kSum, Of(TypeRoot::kBigInt), "9223372036854775807", "1", "-9223372036854775808"},
      {kSum, Of(TypeRoot::kBigInt), "3000000000", "-1", "2999999999"},
      {kProduct, Of(TypeRoot::kTinyInt), "16", "8", "-128"},
      {kProduct, Of(TypeRoot::kTinyInt), "-11", "11", "-121"},
      {kProduct, Of(TypeRoot::kSmallInt), "256", "256", "0"},
      {kProduct, Of(TypeRoot::kInteger), "65536", "32768", "-2147483648"},
      {kProduct, Of(TypeRoot::kInteger), "-3", "4", "-12"},
      {kProduct, Of(TypeRoot::kBigInt), "4294967296", "4294967297", "4294967296"},
      {kProduct, Of(TypeRoot::kBigInt), "-9223372036854775808", "-1", "-9223372036854775808"},
      {kMax, Of(TypeRoot::kTinyInt), "-1", "1", "1"},
      {kMax, Of(TypeRoot::kSmallInt), "300", "-300", "300"},
      {kMax, Of(TypeRoot::kInteger), "7", "7", "7"},
      {kMax, Of(TypeRoot::kBigInt), "-3000000000", "3000000000", "3000000000"},
      {kMin, Of(TypeRoot::kTinyInt), "-1", "1", "-1"},
      {kMin, Of(TypeRoot::kSmallInt), "300", "-300", "-300"},
      {kMin, Of(TypeRoot::kInteger), "-2147483648", "0", "-2147483648"},
      {kMin, Of(TypeRoot::kBigInt), "-3000000000", "3000000000", "-3000000000"},
  });
}

TEST(AggregationTest, Floats) {
  Check({
      {kSum, Of(TypeRoot::kFloat), "1.5", "2.25", "3.75"},
      {kSum, Of(TypeRoot::kFloat), "16777216", "1", "16777216"},  // in FLOAT's precision
      {kSum, Of(TypeRoot::kFloat), "3e38", "3e38", "inf"},
      {kSum, Of(TypeRoot::kDouble), "16777216", "1", "16777217"},
      {kSum, Of(TypeRoot::kDouble), "inf", "-5", "inf"},
      {kProduct, Of(TypeRoot::kFloat), "1.5", "-2", "-3"},
      {kProduct, Of(TypeRoot::kFloat), "1e-30", "1e-30", "0"},
      {kProduct, Of(TypeRoot::kDouble), "1e-30", "1e-30", "1.0000000000000001e-60"},
      {kMax, Of(TypeRoot::kFloat), "1.5", "2.5", "2.5"},
      {kMax, Of(TypeRoot::kFloat), "nan", "inf", "nan"},
      {kMax, Of(TypeRoot::kFloat), "inf", "nan", "nan"},
      {kMax, Of(TypeRoot::kFloat), "-0", "0", "0"},
      {kMax, Of(TypeRoot::kFloat), "0", "-0", "0"},
      {kMin, Of(TypeRoot::kFloat), "nan", "inf", "inf"},
      {kMin, Of(TypeRoot::kFloat), "-inf", "nan", "-inf"},
      {kMin, Of(TypeRoot::kFloat), "-0", "0", "-0"},
      {kMin, Of(TypeRoot::kFloat), "0", "-0", "-0"},
      {kMax, Of(TypeRoot::kDouble), "-1.5", "-2.5", "-1.5"},
      {kMax, Of(TypeRoot::kDouble), "1", "nan", "nan"},
      {kMax, Of(TypeRoot::kDouble), "-0", "0", "0"},
      {kMin, Of(TypeRoot::kDouble), "nan", "nan", "nan"},
      {kMin, Of(TypeRoot::kDouble), "nan", "-inf", "-inf"},
      {kMin, Of(TypeRoot::kDouble), "0", "-0", "-0"},
  });
}

// Unscaled values: (5, 2) has 123.45 as 12345.
TEST(AggregationTest, SmallDecimals) {
  Check({
      {kSum, DataType::Decimal(5, 2), "12345", "-45", "12300"},
      {kSum, DataType::Decimal(5, 2), "99998", "1", "99999"},
      {kSum, DataType::Decimal(5, 2), "99999", "1", "null"},
      {kSum, DataType::Decimal(5, 2), "-99999", "-1", "null"},
      {kSum, DataType::Decimal(18, 0), "999999999999999998", "1", "999999999999999999"},
      {kSum, DataType::Decimal(18, 0), "999999999999999999", "1", "null"},
      {kProduct, DataType::Decimal(5, 2), "150", "250", "375"},
      {kProduct, DataType::Decimal(5, 2), "1", "49", "0"},  // 0.0049
      {kProduct, DataType::Decimal(5, 2), "1", "50", "1"},  // 0.0050
      {kProduct, DataType::Decimal(5, 2), "-1", "50", "-1"},
      {kProduct, DataType::Decimal(5, 2), "-1", "49", "0"},
      {kProduct, DataType::Decimal(5, 2), "99999", "100", "99999"},
      {kProduct, DataType::Decimal(5, 2), "99999", "101", "null"},
      {kProduct, DataType::Decimal(3, 0), "-30", "33", "-990"},
      {kProduct, DataType::Decimal(3, 0), "-30", "34", "null"},
      {kProduct, DataType::Decimal(18, 18), "500000000000000000", "500000000000000001",
       "250000000000000001"},
      {kProduct, DataType::Decimal(18, 0), "999999999999999999", "999999999999999999", "null"},
      {kMax, DataType::Decimal(5, 2), "-1", "1", "1"},
      {kMin, DataType::Decimal(5, 2), "-1", "1", "-1"},
      {kMax, DataType::Decimal(18, 3), "999999999999999999", "3", "999999999999999999"},
  });
}

TEST(AggregationTest, LargeDecimals) {
  // 10^38 - 1, and its negative.
  constexpr const char* kMost = "x4b3b4ca85a86c47a098a223fffffffff";
  constexpr const char* kLeast = "xb4c4b357a5793b85f675ddc000000001";
  Check({
      {kSum, DataType::Decimal(19, 0), "x01", "xff", "x00"},
      {kSum, DataType::Decimal(19, 0), "x7f", "x01", "x0080"},
      {kSum, DataType::Decimal(19, 0), "xff80", "xff", "xff7f"},
      // 10^19 - 1, and one more.
      {kSum, DataType::Decimal(19, 0), "x008ac7230489e7fffe", "x01", "x008ac7230489e7ffff"},
      {kSum, DataType::Decimal(19, 0), "x008ac7230489e7ffff", "x01", "null"},
      {kSum, DataType::Decimal(38, 10), kMost, "x00", kMost},
      {kSum, DataType::Decimal(38, 10), kMost, "x01", "null"},
      {kSum, DataType::Decimal(38, 10), kMost, kMost, "null"},
      {kSum, DataType::Decimal(38, 10), kLeast, kLeast, "null"},
      {kSum, DataType::Decimal(38, 10), kLeast, kMost, "x00"},
      {kProduct, DataType::Decimal(19, 2), "x64", "x03e7", "x03e7"},
      {kProduct, DataType::Decimal(19, 2), "x01", "x31", "x00"},
      {kProduct, DataType::Decimal(19, 2), "x01", "x32", "x01"},
      {kProduct, DataType::Decimal(19, 2), "xff", "x32", "xff"},
      {kProduct, DataType::Decimal(38, 0), kMost, "x01", kMost},
      {kProduct, DataType::Decimal(38, 0), kMost, "xff", kLeast},
      {kProduct, DataType::Decimal(38, 0), kMost, "x02", "null"},
      {kProduct, DataType::Decimal(38, 0), kMost, kMost, "null"},
      // Just below 1 squared: 253 bits before they are rounded.
      {kProduct, DataType::Decimal(38, 38), kMost, kMost, "x4b3b4ca85a86c47a098a223ffffffffe"},
      {kProduct, DataType::Decimal(38, 38), kMost, kLeast, "xb4c4b357a5793b85f675ddc000000002"},
      {kProduct, DataType::Decimal(38, 20), kMost, kMost, "null"},
      {kMax, DataType::Decimal(38, 10), "xff7f", "x01", "x01"},
      {kMax, DataType::Decimal(38, 10), kMost, kLeast, kMost},
      {kMin, DataType::Decimal(38, 10), "xff7f", "xff", "xff7f"},
      {kMin, DataType::Decimal(38, 10), kMost, kLeast, kLeast},
      // More digits than the type has: NULL.
      {kSum, DataType::Decimal(19, 0), "x008ac7230489e80000", "x05", "x05"},
      {kMax, DataType::Decimal(19, 0), "x05", "x008ac7230489e80000", "x05"},
      {kMin, DataType::Decimal(19, 0), kMost, kMost, "null"},
  });
}

TEST(AggregationTest, OrderOfOtherTypes) {
  DataType string = Of(TypeRoot::kString);
  Check({
      {kMax, string, "'abc'", "'abd'", "'abd'"},
      {kMax, string, "'ab'", "'abc'", "'abc'"},
      {kMax, string, "''", "'a'", "'a'"},
      {kMax, string, "'\xc3\xa4'", "'z'", "'\xc3\xa4'"},  // bytes count, without a sign
      {kMin, string, "'\xc3\xa4'", "'z'", "'z'"},
      {kMin, string, "'abc'", "'ab'", "'ab'"},
      {kMax, DataType::Char(3), "'b'", "'abc'", "'b'"},
      {kMin, DataType::Char(3), "'b'", "'abc'", "'abc'"},
      {kMax, Of(TypeRoot::kDate), "-1", "19000", "19000"},
      {kMin, Of(TypeRoot::kDate), "-1", "19000", "-1"},
      {kMax, DataType::Time(3), "0", "86399999", "86399999"},
      {kMin, DataType::Time(3), "0", "86399999", "0"},
      {kMax, DataType::Timestamp(3), "-5", "-6", "-5+0"},
      {kMin, DataType::Timestamp(3), "-5", "-6", "-6+0"},
      {kMax, DataType::Timestamp(9), "5+1", "5+2", "5+2"},
      {kMin, DataType::Timestamp(9), "5+999999", "6+0", "5+999999"},
      {kMax, DataType::TimestampLtz(6), "5+1", "4+999999", "5+1"},
      {kMin, DataType::TimestampLtz(6), "5+1", "4+999999", "4+999999"},
  });
}

TEST(AggregationTest, Booleans) {
  DataType boolean = Of(TypeRoot::kBoolean);
  for (int stored : {0, 1}) {
    for (int sent : {0, 1}) {
      std::string a = std::to_string(stored);
      std::string b = std::to_string(sent);
      EXPECT_EQ(Merged(boolean, {AggFunctionType::kBoolAnd}, a, b), std::to_string(stored & sent));
      EXPECT_EQ(Merged(boolean, {AggFunctionType::kBoolOr}, a, b), std::to_string(stored | sent));
    }
  }
}

TEST(AggregationTest, Lists) {
  DataType string = Of(TypeRoot::kString);
  auto merged = [&](AggFunctionType type, std::map<std::string, std::string> parameters,
                    const char* stored, const char* sent) {
    return Merged(string, {type, std::move(parameters)}, stored, sent);
  };
  constexpr auto kListAgg = AggFunctionType::kListAgg;
  constexpr auto kStringAgg = AggFunctionType::kStringAgg;
  EXPECT_EQ(merged(kListAgg, {}, "'a'", "'b'"), "'a,b'");
  EXPECT_EQ(merged(kStringAgg, {}, "'a,b'", "'a'"), "'a,b,a'");
  EXPECT_EQ(merged(kListAgg, {{"delimiter", " - "}}, "'a'", "'b'"), "'a - b'");
  EXPECT_EQ(merged(kStringAgg, {{"delimiter", "|"}}, "'a'", "''"), "'a|'");
  EXPECT_EQ(merged(kListAgg, {}, "''", "''"), "','");
  EXPECT_EQ(merged(kListAgg, {}, "null", "'b'"), "'b'");
  EXPECT_EQ(Merged(DataType::Char(3), {kListAgg}, "'a'", "'b'"),
            "aggregation function listagg of column 'v' does not take the type CHAR(3)");
}

// The memory of the list is the merger's: one call's result is what the next one adds to.
TEST(AggregationTest, ListsGrow) {
  Schema schema = SchemaOf(Of(TypeRoot::kString), {AggFunctionType::kListAgg});
  auto merger = Make(schema);
  ASSERT_TRUE(merger);
  std::string stored = "0";
  for (int i = 1; i < 100; ++i) {
    TestRow old(schema, {"1", "'" + stored + "'"});
    TestRow sent(schema, {"1", "'" + std::to_string(i) + "'"});
    std::vector<schema::Cell> merged(2);
    ASSERT_TRUE((*merger)->Update(old.cells(), sent.cells(), merged));
    std::string before = stored;
    stored = AsText(merged[1].bytes());
    ASSERT_EQ(stored, before + "," + std::to_string(i));
  }
}

TEST(AggregationTest, BothNullOrOne) {
  struct Typed {
    AggFunctionType function;
    DataType type;
    const char* a;
    const char* b;
  };
  DataType integer = Of(TypeRoot::kInteger);
  DataType string = Of(TypeRoot::kString);
  const Typed cases[] = {
      {kSum, integer, "3", "4"},
      {kSum, DataType::Decimal(38, 2), "x03", "x04"},
      {kProduct, Of(TypeRoot::kDouble), "3", "4"},
      {kProduct, DataType::Decimal(5, 2), "3", "4"},
      {kMax, string, "'a'", "'b'"},
      {kMin, DataType::Timestamp(6), "3+1", "4+1"},
      {AggFunctionType::kListAgg, string, "'a'", "'b'"},
      {AggFunctionType::kStringAgg, string, "'a'", "'b'"},
      {AggFunctionType::kBoolAnd, Of(TypeRoot::kBoolean), "0", "1"},
      {AggFunctionType::kBoolOr, Of(TypeRoot::kBoolean), "0", "1"},
      // Not looked at while there is nothing to unite it with.
      {AggFunctionType::kRbm32, Of(TypeRoot::kBytes), "x00", "x01"},
      {AggFunctionType::kRbm64, Of(TypeRoot::kBytes), "x02", "x03"},
      {AggFunctionType::kLastValueIgnoreNulls, integer, "3", "4"},
      {AggFunctionType::kFirstValue, integer, "3", "4"},
      {AggFunctionType::kFirstValueIgnoreNulls, integer, "3", "4"},
  };
  for (const Typed& test : cases) {
    SCOPED_TRACE(schema::AggFunctionName(test.function));
    AggFunction function{test.function};
    EXPECT_EQ(Merged(test.type, function, test.a, "null"), test.a);
    EXPECT_EQ(Merged(test.type, function, "null", test.b), test.b);
    EXPECT_EQ(Merged(test.type, function, "null", "null"), "null");
  }
}

TEST(AggregationTest, FirstAndLastValuesOfAnyType) {
  struct Values {
    DataType type;
    const char* a;
    const char* b;
  };
  const Values values[] = {
      {Of(TypeRoot::kBoolean), "0", "1"},     {Of(TypeRoot::kBigInt), "3", "4"},
      {Of(TypeRoot::kDouble), "3.5", "4.5"},  {DataType::Char(2), "'a'", "'b'"},
      {Of(TypeRoot::kString), "'a'", "'b'"},  {DataType::Binary(2), "x0102", "x0304"},
      {Of(TypeRoot::kBytes), "x01", "x"},     {DataType::Decimal(38, 2), "x01", "x02"},
      {DataType::Timestamp(6), "1+2", "3+4"},
      // Nested ones are bytes too: their text would need well-formed ones.
  };
  for (const Values& value : values) {
    SCOPED_TRACE(value.type.ToString());
    auto merged = [&](AggFunctionType function, const char* stored, const char* sent) {
      return Merged(value.type, {function}, stored, sent);
    };
    EXPECT_EQ(merged(AggFunctionType::kLastValue, value.a, value.b), value.b);
    EXPECT_EQ(merged(AggFunctionType::kLastValue, value.a, "null"), "null");
    EXPECT_EQ(merged(AggFunctionType::kLastValue, "null", value.b), value.b);
    EXPECT_EQ(merged(AggFunctionType::kLastValueIgnoreNulls, value.a, value.b), value.b);
    EXPECT_EQ(merged(AggFunctionType::kFirstValue, value.a, value.b), value.a);
    EXPECT_EQ(merged(AggFunctionType::kFirstValueIgnoreNulls, value.a, value.b), value.a);
  }
}

TEST(AggregationTest, BitmapErrors) {
  EXPECT_EQ(Merged(Of(TypeRoot::kBytes), {AggFunctionType::kRbm32}, "x", "x3a30000000000000"),
            "column 'v': the stored value is no 32-bit roaring bitmap: it ends within the header");
  EXPECT_EQ(Merged(Of(TypeRoot::kBytes), {AggFunctionType::kRbm64}, "x00", "x07"),
            "column 'v': the sent value is no 64-bit roaring bitmap: it does not begin like one");
}

TEST(AggregationTest, TypesNotTaken) {
  struct Typed {
    AggFunctionType function;
    DataType type;
  };
  DataType string = Of(TypeRoot::kString);
  const Typed cases[] = {
      {kSum, Of(TypeRoot::kDate)},
      {kSum, Of(TypeRoot::kBoolean)},
      {kProduct, string},
      {kMax, Of(TypeRoot::kBoolean)},
      {kMax, Of(TypeRoot::kBytes)},
      {kMin, DataType::Array(string)},
      {AggFunctionType::kListAgg, Of(TypeRoot::kBytes)},
      {AggFunctionType::kBoolAnd, Of(TypeRoot::kTinyInt)},
      {AggFunctionType::kBoolOr, string},
      {AggFunctionType::kRbm32, DataType::Binary(8)},
      {AggFunctionType::kRbm64, string},
  };
  for (const Typed& test : cases) {
    auto merger = Make(SchemaOf(test.type, {test.function}));
    ASSERT_FALSE(merger) << schema::AggFunctionName(test.function) << test.type.ToString();
    EXPECT_EQ(merger.error().code, ErrorCode::kInvalidConfig);
  }
}

}  // namespace
}  // namespace millrace::kv
