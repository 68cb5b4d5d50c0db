#include "schema/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/table_descriptor.h"

namespace millrace::schema {
namespace {

using ::testing::HasSubstr;

DataType Int() {
  return DataType::Of(TypeRoot::kInteger);
}

// As the Java server stores a primary-key table.
constexpr const char* kStored =
    R"({"version":1,"columns":[{"name":"id","data_type":{"type":"BIGINT","nullable":false},"id":0},)"
    R"({"name":"name","data_type":{"type":"STRING"},"id":1}],"primary_key":["id"],)"
    R"("highest_field_id":1})";

TEST(SchemaJsonTest, StoredSchemaRoundTrips) {
  Result<Schema> schema = ParseSchema(kStored);
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->columns.size(), 2u);
  EXPECT_EQ(schema->columns[0].type, DataType::Of(TypeRoot::kBigInt).NotNull());
  EXPECT_EQ(schema->columns[1].id, 1);
  EXPECT_EQ(schema->primary_key, std::vector<std::string>{"id"});
  EXPECT_EQ(schema->ColumnIndex("name"), 1);
  EXPECT_EQ(schema->ColumnIndex("other"), std::nullopt);
  EXPECT_EQ(SchemaToJson(*schema), kStored);
}

TEST(SchemaJsonTest, EverythingAColumnCanCarryRoundTrips) {
  const std::string json =
      R"({"version":1,"columns":[{"name":"k","data_type":{"type":"CHAR","nullable":false,"length":3},)"
      R"("comment":"key \"of\"\nall ü","id":0},{"name":"n","data_type":{"type":"BIGINT"},"id":1},)"
      R"({"name":"l","data_type":{"type":"STRING"},"agg_function":{"type":"listagg",)"
      R"("parameters":{"delimiter":";"}},"id":2},{"name":"s","data_type":{"type":"DOUBLE"},)"
      R"("comment":"","agg_function":{"type":"last_value_ignore_nulls"},"id":3},)"
      R"({"name":"r","data_type":{"type":"ROW","fields":[{"name":"a","field_type":{"type":"ARRAY",)"
      R"("element_type":{"type":"ROW","fields":[{"name":"b","field_type":{"type":"DATE"},)"
      R"("field_id":7}]}},"field_id":6}]},"id":5}],"primary_key":["k"],)"
      R"("auto_increment_column":["n"],"highest_field_id":9})";
  Result<Schema> schema = ParseSchema(json);
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->columns[2].agg->parameters.at("delimiter"), ";");
  EXPECT_EQ(SchemaToJson(*schema), json);
}

TEST(SchemaJsonTest, NormalisesWhatClientsSend) {
  // No ids, key order as it comes, an unknown key, nulls, nullable key column, odd spellings.
  Result<Schema> schema = ParseSchema(
      R"({"columns":[{"data_type":{"type":"INTEGER"},"name":"a","comment":null,"x":{}},
          {"name":"b","data_type":{"type":"STRING"},"agg_function":{"type":"First-Value"}},
          {"name":"c","data_type":{"type":"STRING"},"agg_function":{"type":"no_such"}}],
          "version":7,"primary_key":["a"],"auto_increment_column":null})");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(
      SchemaToJson(*schema),
      R"({"version":1,"columns":[{"name":"a","data_type":{"type":"INTEGER","nullable":false},"id":0},)"
      R"({"name":"b","data_type":{"type":"STRING"},"agg_function":{"type":"first_value"},"id":1},)"
      R"({"name":"c","data_type":{"type":"STRING"},"id":2}],"primary_key":["a"],)"
      R"("highest_field_id":2})");
}

TEST(SchemaJsonTest, BrokenTextInACommentIsStillWritten) {
  Schema schema = *MakeSchema({{.name = "a", .type = Int()}});
  schema.columns[0].comment = "\xff\x01";
  EXPECT_THAT(SchemaToJson(schema), HasSubstr("\"comment\":\"\xef\xbf\xbd\\u0001\""));
}

TEST(SchemaTest, MakeSchemaNumbersNestedFieldsDepthFirst) {
  DataType inner = DataType::Row({{.name = "x", .type = Int()}, {.name = "y", .type = Int()}});
  DataType outer = DataType::Row({{.name = "p", .type = DataType::Array(inner)},
                                  {.name = "q", .type = DataType::Map(Int(), inner)}});
  Result<Schema> schema = MakeSchema(
      {{.name = "a", .type = Int()}, {.name = "b", .type = outer}, {.name = "c", .type = Int()}});
  ASSERT_TRUE(schema) << schema.error().message;
  const DataType& b = schema->columns[1].type;
  EXPECT_EQ(schema->columns[1].id, 1);
  EXPECT_EQ(b.children[0].field_id, 2);
  EXPECT_EQ(b.children[0].type.children[0].type.children[0].field_id, 3);
  EXPECT_EQ(b.children[0].type.children[0].type.children[1].field_id, 4);
  EXPECT_EQ(b.children[1].field_id, 5);
  EXPECT_EQ(b.children[1].type.children[1].type.children[1].field_id, 7);
  EXPECT_EQ(b.children[0].type.children[0].field_id, kNoFieldId);
  EXPECT_EQ(schema->columns[2].id, 8);
  EXPECT_EQ(schema->highest_field_id, 8);
}

TEST(SchemaTest, FieldIdsEnd) {
  DataType row = DataType::Row({{.name = "x", .type = Int()}, {.name = "y", .type = Int()}});
  int32_t highest = 2147483646;
  Result<DataType> assigned = AssignFieldIds(row, highest);
  ASSERT_FALSE(assigned);
  EXPECT_EQ(assigned.error().code, ErrorCode::kInvalidTable);
}

TEST(SchemaTest, AggFunctionNames) {
  for (int i = 0; i <= static_cast<int>(AggFunctionType::kRbm64); ++i) {
    auto type = static_cast<AggFunctionType>(i);
    EXPECT_EQ(AggFunctionFromName(AggFunctionName(type)), type);
  }
  EXPECT_EQ(AggFunctionFromName(" Last-Value_IGNORE-nulls "),
            AggFunctionType::kLastValueIgnoreNulls);
  EXPECT_EQ(AggFunctionFromName(""), std::nullopt);
}

std::string Columns(std::string_view columns, std::string_view rest = "") {
  return R"({"version":1,"columns":[)" + std::string(columns) + "]" + std::string(rest) + "}";
}
const std::string kA = R"({"name":"a","data_type":{"type":"INTEGER"},"id":0})";
const std::string kB = R"({"name":"b","data_type":{"type":"STRING"},"id":1})";
const std::string kNoId = R"({"name":"n","data_type":{"type":"STRING"}})";
const std::string kRow12 = R"({"name":"r","data_type":{"type":"ROW","fields":[)"
                           R"({"name":"x","field_type":{"type":"DATE"},"field_id":1},)"
                           R"({"name":"y","field_type":{"type":"DATE"},"field_id":2}]},"id":3})";

TEST(SchemaTest, IdRules) {
  EXPECT_EQ(ParseSchema(Columns(kA + "," + kRow12))->highest_field_id, 3);
  EXPECT_EQ(ParseSchema(Columns(kA, R"(,"highest_field_id":40)"))->highest_field_id, 40);
  EXPECT_EQ(ParseSchema(Columns(kNoId))->columns[0].id, 0);
  EXPECT_EQ(ParseSchema(Columns(""))->highest_field_id, -1);
  // A single nested field without an id stays so; two clash.
  EXPECT_TRUE(ParseSchema(Columns(
      R"({"name":"r","data_type":{"type":"ROW","fields":[{"name":"x","field_type":{"type":"DATE"}}]},"id":0})")));
}

TEST(SchemaTest, EveryBrokenRuleIsNamed) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "not JSON: stopped at byte 1 of 0"},
      {"null", "expected a JSON object, found null"},
      {R"({"columns":)", "not JSON: stopped at byte 12 of 11"},
      {"{\"columns\":[{\"name\":\"\xff\"}]}", "not JSON: stopped at byte 22 of 26"},
      {R"({"columns":1e999})", "not JSON: a number is out of range"},
      {R"({})", "columns: missing"},
      {R"({"columns":null})", "columns: missing"},
      {R"({"columns":{}})", "columns: expected an array, found object"},
      {R"({"columns":[7]})", "columns[0]: expected an object, found number"},
      {R"({"columns":[{}]})", "columns[0].name: missing"},
      {R"({"columns":[{"name":"a"}]})", "columns[0].data_type: missing"},
      {R"({"columns":[{"name":"a","data_type":{"type":"CHAR","length":-1}}]})",
       "columns[0].data_type.length: must be between 1 and 2147483647, not -1"},
      {Columns(kA, R"(,"primary_key":"a")"), "primary_key: expected an array, found string"},
      {Columns(kA, R"(,"primary_key":[1])"), "primary_key[0]: expected a string, found number"},
      {Columns(kA, R"(,"primary_key":[])"), "primary_key: must name at least one column"},
      {Columns(kA, R"(,"highest_field_id":9999999999)"),
       "highest_field_id: the number 9999999999 does not fit 32 bits"},
      {Columns(R"({"name":"a","data_type":{"type":"DATE"},"agg_function":{}})"),
       "columns[0].agg_function.type: missing"},
      {Columns(
           R"({"name":"a","data_type":{"type":"DATE"},"agg_function":{"type":"sum","parameters":{"d":[]}}})"),
       "columns[0].agg_function.parameters.d: expected a string, found array"},
      // Names.
      {Columns(R"({"name":" \t","data_type":{"type":"DATE"}})"), "column with a blank name"},
      {Columns(kA + "," + kA), "column 'a' is declared twice"},
      {Columns(
           R"({"name":"r","data_type":{"type":"ARRAY","element_type":{"type":"ROW","fields":[
               {"name":"x","field_type":{"type":"DATE"},"field_id":1},
               {"name":"x","field_type":{"type":"DATE"},"field_id":2}]}},"id":0})"),
       "column 'r': field 'x' is declared twice"},
      // Ids.
      {Columns(kA + "," + kNoId), "either all columns or none must have an id; 1 of 2 have none"},
      {Columns(kB + "," + kRow12), "the id 1 is used twice among columns and nested fields"},
      {Columns(kA + "," + kB, R"(,"highest_field_id":0)"), "highest_field_id 0 is below the id 1"},
      {Columns(kRow12, R"(,"highest_field_id":2)"), "highest_field_id 2 is below the id 3"},
      {Columns(
           R"({"name":"r","data_type":{"type":"ROW","fields":[{"name":"x","field_type":{"type":"DATE"}},{"name":"y","field_type":{"type":"DATE"}}]},"id":0})"),
       "the id -1 is used twice among columns and nested fields"},
      // Keys.
      {Columns(kA, R"(,"primary_key":["z"])"), "primary key column 'z' does not exist"},
      {Columns(kA, R"(,"primary_key":["a","a"])"), "primary key column 'a' comes twice"},
      {Columns(R"({"name":"a","data_type":{"type":"DATE"},"agg_function":{"type":"max"}})",
               R"(,"primary_key":["a"])"),
       "primary key column 'a' can not have an aggregation function"},
      {Columns(kA, R"(,"auto_increment_column":["a"])"),
       "auto-increment column 'a' needs a table with a primary key"},
      {Columns(kA + "," + kB, R"(,"primary_key":["b"],"auto_increment_column":["a","b"])"),
       "a table has at most one auto-increment column, not [a, b]"},
      {Columns(kA, R"(,"primary_key":["a"],"auto_increment_column":["z"])"),
       "auto-increment column 'z' does not exist"},
      {Columns(kA, R"(,"primary_key":["a"],"auto_increment_column":["a"])"),
       "auto-increment column 'a' can not be part of the primary key"},
      {Columns(kA + "," + kB, R"(,"primary_key":["a"],"auto_increment_column":["b"])"),
       "auto-increment column 'b' must be INT or BIGINT, not STRING"},
  };
  for (const auto& [json, message] : cases) {
    Result<Schema> schema = ParseSchema(json);
    ASSERT_FALSE(schema) << json;
    EXPECT_EQ(schema.error().code, ErrorCode::kInvalidTable);
    EXPECT_EQ(schema.error().message, message) << json;
  }
}

// A type nested in `levels` arrays.
std::string NestedArrays(int levels) {
  std::string json;
  for (int i = 0; i < levels; ++i) json += R"({"type":"ARRAY","element_type":)";
  json += R"({"type":"DATE"})";
  return json + std::string(levels, '}');
}

TEST(HostileJsonTest, NestingIsBounded) {
  Result<DataType> deep = ParseDataType(NestedArrays(kMaxTypeDepth - 1));
  ASSERT_TRUE(deep) << deep.error().message;
  EXPECT_EQ(CountArrow(*deep), (ArrowNodes{32, 64}));
  EXPECT_EQ(DataTypeToJson(*deep), NestedArrays(kMaxTypeDepth - 1));

  Result<DataType> deeper = ParseDataType(NestedArrays(kMaxTypeDepth));
  ASSERT_FALSE(deeper);
  EXPECT_THAT(deeper.error().message, HasSubstr("data types nested deeper than 32 levels"));

  for (const std::string& json :
       {NestedArrays(128), NestedArrays(200000), std::string(1000000, '['),
        R"({"columns":)" + std::string(500000, '[')}) {
    Result<DataType> parsed = ParseDataType(json);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message, "JSON nested deeper than 128 levels");
  }
  // Brackets in strings are no nesting.
  EXPECT_TRUE(ParseDataType(R"({"x":")" + std::string(1000, '[') + R"(\"[","type":"DATE"})"));
}

// What ALTER_TABLE may take as a type must be readable as part of a stored schema.
TEST(HostileJsonTest, TheDeepestTypeFitsIntoATable) {
  DataType type = DataType::Of(TypeRoot::kDate);
  for (int i = 1; i < kMaxTypeDepth; ++i) type = DataType::Row({{.name = "f", .type = type}});
  ASSERT_TRUE(ParseDataType(DataTypeToJson(type)));
  Schema schema = *MakeSchema({{.name = "a", .type = type}});
  TableDescriptor table{.schema = schema};
  Result<TableDescriptor> read = ParseTableDescriptor(TableDescriptorToJson(table));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, table);
}

TEST(HostileJsonTest, EveryCutAndEveryFlipIsAnErrorOrASchema) {
  const std::string json = kStored;
  for (size_t length = 0; length < json.size(); ++length) {
    EXPECT_FALSE(ParseSchema(json.substr(0, length))) << length;
  }
  for (size_t i = 0; i < json.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = json;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      Result<Schema> schema = ParseSchema(flipped);
      if (!schema) continue;
      Result<Schema> again = ParseSchema(SchemaToJson(*schema));
      ASSERT_TRUE(again) << flipped;
      EXPECT_EQ(*again, *schema) << flipped;
    }
  }
}

}  // namespace
}  // namespace millrace::schema
