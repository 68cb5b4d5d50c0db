#include "schema/data_type.h"

#include <gtest/gtest.h>

#include "schema/schema.h"

namespace millrace::schema {
namespace {

DataType Int() {
  return DataType::Of(TypeRoot::kInteger);
}
DataType String() {
  return DataType::Of(TypeRoot::kString);
}

DataType Point() {
  return DataType::Row({{.name = "x", .type = Int(), .field_id = 4},
                        {.name = "it's", .type = String(), .description = "a 'b'", .field_id = 5}});
}

// A type with its JSON, its SQL, and what a record batch holds for it.
struct TypeCase {
  DataType type;
  std::string json;
  std::string sql;
  ArrowNodes arrow;
};

const TypeCase kTypes[] = {
    {DataType::Of(TypeRoot::kBoolean), R"({"type":"BOOLEAN"})", "BOOLEAN", {1, 2}},
    {DataType::Of(TypeRoot::kTinyInt), R"({"type":"TINYINT"})", "TINYINT", {1, 2}},
    {DataType::Of(TypeRoot::kSmallInt), R"({"type":"SMALLINT"})", "SMALLINT", {1, 2}},
    {Int(), R"({"type":"INTEGER"})", "INT", {1, 2}},
    {DataType::Of(TypeRoot::kBigInt).NotNull(),
     R"({"type":"BIGINT","nullable":false})",
     "BIGINT NOT NULL",
     {1, 2}},
    {DataType::Of(TypeRoot::kFloat), R"({"type":"FLOAT"})", "FLOAT", {1, 2}},
    {DataType::Of(TypeRoot::kDouble), R"({"type":"DOUBLE"})", "DOUBLE", {1, 2}},
    {DataType::Char(10), R"({"type":"CHAR","length":10})", "CHAR(10)", {1, 3}},
    {String(), R"({"type":"STRING"})", "STRING", {1, 3}},
    {DataType::Binary(2147483647),
     R"({"type":"BINARY","length":2147483647})",
     "BINARY(2147483647)",
     {1, 2}},
    {DataType::Of(TypeRoot::kBytes), R"({"type":"BYTES"})", "BYTES", {1, 3}},
    {DataType::Decimal(38, 2).NotNull(),
     R"({"type":"DECIMAL","nullable":false,"precision":38,"scale":2})",
     "DECIMAL(38, 2) NOT NULL",
     {1, 2}},
    {DataType::Of(TypeRoot::kDate), R"({"type":"DATE"})", "DATE", {1, 2}},
    {DataType::Time(0), R"({"type":"TIME_WITHOUT_TIME_ZONE","precision":0})", "TIME(0)", {1, 2}},
    {DataType::Timestamp(6),
     R"({"type":"TIMESTAMP_WITHOUT_TIME_ZONE","precision":6})",
     "TIMESTAMP(6)",
     {1, 2}},
    {DataType::TimestampLtz(9).NotNull(),
     R"({"type":"TIMESTAMP_WITH_LOCAL_TIME_ZONE","nullable":false,"precision":9})",
     "TIMESTAMP_LTZ(9) NOT NULL",
     {1, 2}},
    {DataType::Array(Int()),
     R"({"type":"ARRAY","element_type":{"type":"INTEGER"}})",
     "ARRAY<INT>",
     {2, 4}},
    {DataType::Map(Int(), String()),
     R"({"type":"MAP","key_type":{"type":"INTEGER","nullable":false},)"
     R"("value_type":{"type":"STRING"}})",
     "MAP<INT NOT NULL, STRING>",
     {4, 2 + 1 + 2 + 3}},
    {Point(),
     R"({"type":"ROW","fields":[{"name":"x","field_type":{"type":"INTEGER"},"field_id":4},)"
     R"({"name":"it's","field_type":{"type":"STRING"},"description":"a 'b'","field_id":5}]})",
     "ROW<`x` INT, `it's` STRING 'a ''b'''>",
     {3, 1 + 2 + 3}},
    {DataType::Array(DataType::Map(String(), Point())).NotNull(),
     R"({"type":"ARRAY","nullable":false,"element_type":{"type":"MAP",)"
     R"("key_type":{"type":"STRING","nullable":false},"value_type":{"type":"ROW","fields":[)"
     R"({"name":"x","field_type":{"type":"INTEGER"},"field_id":4},)"
     R"({"name":"it's","field_type":{"type":"STRING"},"description":"a 'b'","field_id":5}]}}})",
     "ARRAY<MAP<STRING NOT NULL, ROW<`x` INT, `it's` STRING 'a ''b'''>>> NOT NULL",
     {7, 2 + 2 + 1 + 3 + 6}},
    {DataType::Row({}), R"({"type":"ROW","fields":[]})", "ROW<>", {1, 1}},
};

TEST(DataTypeTest, EveryTypeHasJsonSqlAndArrowCounts) {
  for (const TypeCase& c : kTypes) {
    SCOPED_TRACE(c.sql);
    EXPECT_EQ(DataTypeToJson(c.type), c.json);
    EXPECT_EQ(c.type.ToString(), c.sql);
    EXPECT_EQ(CountArrow(c.type), c.arrow);
    Result<DataType> parsed = ParseDataType(c.json);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, c.type);
  }
}

TEST(DataTypeTest, EveryRootHasAName) {
  for (int i = 0; i <= static_cast<int>(TypeRoot::kRow); ++i) {
    auto root = static_cast<TypeRoot>(i);
    EXPECT_EQ(TypeRootFromName(TypeRootName(root)), root);
  }
  EXPECT_EQ(TypeRootFromName("VARCHAR"), std::nullopt);
  EXPECT_EQ(TypeRootFromName("integer"), std::nullopt);
}

TEST(DataTypeTest, ReaderIsLenientWhereFlussIs) {
  // Unknown keys, a null, explicit true, a nullable map key, a field without an id.
  EXPECT_EQ(*ParseDataType(R"({"precision":null,"type":"INTEGER","nullable":true,"x":[1]})"),
            Int());
  EXPECT_EQ(*ParseDataType(R"({"type":"MAP","key_type":{"type":"INTEGER"},
                               "value_type":{"type":"STRING"}})"),
            DataType::Map(Int(), String()));
  EXPECT_EQ(*ParseDataType(R"({"type":"ROW","fields":[{"name":"a","field_type":
                               {"type":"INTEGER"}}]})"),
            DataType::Row({{.name = "a", .type = Int()}}));
}

TEST(DataTypeTest, MalformedTypesNameThePlace) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "type: missing"},
      {R"([])", "expected a JSON object, found array"},
      {R"({"type":5})", "type: expected a string, found number"},
      {R"({"type":"VARCHAR"})", "type: unknown data type 'VARCHAR'"},
      {R"({"type":"INTEGER","nullable":"no"})", "nullable: expected true or false"},
      {R"({"type":"CHAR"})", "length: missing"},
      {R"({"type":"CHAR","length":0})", "length: must be between 1 and 2147483647, not 0"},
      {R"({"type":"CHAR","length":"9"})", "length: expected an integer, found string"},
      {R"({"type":"CHAR","length":1.0})", "length: expected an integer, found number"},
      {R"({"type":"BINARY","length":2147483648})",
       "length: the number 2147483648 does not fit 32 bits"},
      {R"({"type":"BINARY","length":18446744073709551615})",
       "length: the number 18446744073709551615 does not fit 32 bits"},
      {R"({"type":"BINARY","length":-9223372036854775808})",
       "length: the number -9223372036854775808 does not fit 32 bits"},
      {R"({"type":"DECIMAL","precision":39,"scale":0})",
       "precision: must be between 1 and 38, not 39"},
      {R"({"type":"DECIMAL","precision":5,"scale":6})", "scale: must be between 0 and 5, not 6"},
      {R"({"type":"TIME_WITHOUT_TIME_ZONE","precision":10})",
       "precision: must be between 0 and 9, not 10"},
      {R"({"type":"TIMESTAMP_WITHOUT_TIME_ZONE","precision":-1})",
       "precision: must be between 0 and 9, not -1"},
      {R"({"type":"ARRAY"})", "element_type: missing"},
      {R"({"type":"ARRAY","element_type":3})", "element_type: expected an object, found number"},
      {R"({"type":"ARRAY","element_type":{"type":"MAP","key_type":{"type":"DATE"}}})",
       "element_type.value_type: missing"},
      {R"({"type":"ROW","fields":{}})", "fields: expected an array, found object"},
      {R"({"type":"ROW","fields":[{"name":"a"}]})", "fields[0].field_type: missing"},
      {R"({"type":"ROW","fields":[{"name":"a","field_type":{"type":"DATE"},"field_id":true}]})",
       "fields[0].field_id: expected an integer, found boolean"},
  };
  for (const auto& [json, message] : cases) {
    Result<DataType> parsed = ParseDataType(json);
    ASSERT_FALSE(parsed) << json;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidTable);
    EXPECT_EQ(parsed.error().message, message) << json;
  }
}

}  // namespace
}  // namespace millrace::schema
