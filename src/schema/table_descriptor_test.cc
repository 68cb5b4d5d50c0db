#include "schema/table_descriptor.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "schema/alter.h"
#include "schema/validation.h"

namespace millrace::schema {
namespace {

const std::string kColumns = R"("columns":[{"name":"id","data_type":{"type":"INTEGER"},"id":0},)"
                             R"({"name":"day","data_type":{"type":"STRING"},"id":1},)"
                             R"({"name":"v","data_type":{"type":"DOUBLE"},"id":2}])";

// A log table's descriptor around the given members.
std::string Table(std::string_view members, std::string_view primary_key = "") {
  return R"({"version":1,"schema":{"version":1,)" + kColumns + std::string(primary_key) +
         R"(,"highest_field_id":2},)" + std::string(members) + "}";
}
constexpr const char* kMaps = R"("properties":{},"custom_properties":{})";

TEST(TableDescriptorTest, FullDescriptorRoundTrips) {
  const std::string json = Table(
      R"("comment":"all of it","partition_key":["day"],"bucket_key":["id"],"bucket_count":16,)"
      R"("properties":{"table.log.format":"ARROW","table.log.ttl":"1 d"},)"
      R"("custom_properties":{"owner":"\"me\""})");
  Result<TableDescriptor> table = ParseTableDescriptor(json);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->comment, "all of it");
  EXPECT_EQ(table->partition_keys, std::vector<std::string>{"day"});
  EXPECT_EQ(table->bucket_keys, std::vector<std::string>{"id"});
  EXPECT_EQ(table->bucket_count, 16);
  EXPECT_EQ(table->properties.at("table.log.ttl"), "1 d");
  EXPECT_EQ(table->custom_properties.at("owner"), "\"me\"");
  EXPECT_EQ(TableDescriptorToJson(*table), json);
}

TEST(TableDescriptorTest, SmallestDescriptorRoundTrips) {
  const std::string json = Table(std::string(R"("partition_key":[],)") + kMaps);
  Result<TableDescriptor> table = ParseTableDescriptor(json);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->bucket_count, std::nullopt);
  EXPECT_EQ(TableDescriptorToJson(*table), json);
}

TEST(TableDescriptorTest, ValuesOfPropertiesMayBeNumbersAndBooleans) {
  Result<TableDescriptor> table = ParseTableDescriptor(Table(
      R"("partition_key":[],"comment":null,"properties":{"a":3,"b":true,"c":1.5},"custom_properties":{})"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->properties, (Properties{{"a", "3"}, {"b", "true"}, {"c", "1.5"}}));
  EXPECT_EQ(table->comment, std::nullopt);
}

TEST(TableDescriptorTest, BucketKeysOfPrimaryKeyTablesAreDerived) {
  struct Case {
    std::string members;
    std::string primary_key;
    std::vector<std::string> bucket_keys;
  };
  const Case cases[] = {
      {R"("partition_key":[],)", R"(,"primary_key":["id"])", {"id"}},
      {R"("partition_key":[],"bucket_key":[],"bucket_count":2,)",
       R"(,"primary_key":["id","day"])",
       {"id", "day"}},
      {R"("partition_key":["day"],)", R"(,"primary_key":["day","id"])", {"id"}},
      {R"("partition_key":[],"bucket_key":["day"],)", R"(,"primary_key":["id","day"])", {"day"}},
      {R"("partition_key":[],"bucket_key":["v"],)", "", {"v"}},
      {R"("partition_key":[],"bucket_key":[],)", "", {}},
  };
  for (const Case& c : cases) {
    Result<TableDescriptor> table = ParseTableDescriptor(Table(c.members + kMaps, c.primary_key));
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(table->bucket_keys, c.bucket_keys) << c.members;
  }
}

TEST(TableDescriptorTest, EveryBrokenRuleIsNamed) {
  const std::string maps = kMaps;
  const std::pair<std::string, const char*> cases[] = {
      {R"({"partition_key":[]})", "schema: missing"},
      {R"({"schema":{}})", "schema.columns: missing"},
      {R"({"schema":[]})", "schema: expected an object, found array"},
      {Table(maps), "partition_key: missing"},
      {Table(R"("partition_key":"day",)" + maps), "partition_key: expected an array, found string"},
      {Table(R"("partition_key":[],"bucket_count":3,)" + maps),
       "bucket_key: missing, though bucket_count is given"},
      {Table(R"("partition_key":[],"bucket_key":[],"bucket_count":"3",)" + maps),
       "bucket_count: expected an integer, found string"},
      {Table(R"("partition_key":[],"custom_properties":{})"), "properties: missing"},
      {Table(R"("partition_key":[],"properties":{})"), "custom_properties: missing"},
      {Table(R"("partition_key":[],"properties":[],"custom_properties":{})"),
       "properties: expected an object, found array"},
      {Table(R"("partition_key":[],"properties":{"a":null},"custom_properties":{})"),
       "properties.a: expected a string, found null"},
      {Table(R"("partition_key":["day"],"comment":5,)" + maps),
       "comment: expected a string, found number"},
      {Table(R"("partition_key":["z"],)" + maps), "partition key 'z' is no column of the table"},
      {Table(R"("partition_key":["day","day"],)" + maps),
       "partition key 'day' comes twice in [day, day]"},
      {Table(R"("partition_key":[],"bucket_key":["z"],)" + maps),
       "bucket key 'z' is no column of the table"},
      {Table(R"("partition_key":[],"bucket_key":["id","id"],)" + maps),
       "bucket key 'id' comes twice in [id, id]"},
      {Table(R"("partition_key":["day"],"bucket_key":["day"],)" + maps),
       "column 'day' can not be a bucket key and a partition key"},
      {Table(R"("partition_key":["day"],)" + maps, R"(,"primary_key":["id"])"),
       "partition key 'day' is not part of the primary key [id]"},
      {Table(R"("partition_key":[],"bucket_key":["v"],)" + maps, R"(,"primary_key":["id"])"),
       "bucket key 'v' is not part of the primary key [id]"},
      {Table(R"("partition_key":["day"],)" + maps, R"(,"primary_key":["day"])"),
       "the primary key [day] has no column besides the partition keys"},
  };
  for (const auto& [json, message] : cases) {
    Result<TableDescriptor> table = ParseTableDescriptor(json);
    ASSERT_FALSE(table) << json;
    EXPECT_EQ(table.error().code, ErrorCode::kInvalidTable);
    EXPECT_EQ(table.error().message, message) << json;
  }
}

TEST(TableDescriptorTest, WorkedExampleOfTheDocs) {
  const std::filesystem::path page =
      std::filesystem::path(__FILE__).parent_path() / "../../docs/formats/descriptors.md";
  std::ifstream file(page);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t start = text.find("```json\n");
  ASSERT_NE(start, std::string::npos) << page;
  Result<TableDescriptor> table =
      ParseTableDescriptor(text.substr(start + 8, text.find("```", start + 8) - start - 8));
  ASSERT_TRUE(table) << table.error().message;
  Result<TableDescriptor> completed = CompleteAndValidate(*table, {});
  ASSERT_TRUE(completed) << completed.error().message;
  table->properties["table.replication.factor"] = "1";
  EXPECT_EQ(*completed, *table);
  Result<Schema> altered =
      ApplyAddColumns(*completed, {{.name = "note", .type = DataType::Of(TypeRoot::kString)}});
  ASSERT_TRUE(altered) << altered.error().message;
  EXPECT_EQ(altered->columns.back().id, 5);
  EXPECT_EQ(altered->highest_field_id, 5);
}

TEST(DatabaseDescriptorTest, RoundTripsAndRefuses) {
  for (const char* json : {R"({"version":1,"custom_properties":{}})",
                           R"({"version":1,"comment":"c","custom_properties":{"a":"b","c":""}})"}) {
    Result<DatabaseDescriptor> database = ParseDatabaseDescriptor(json);
    ASSERT_TRUE(database) << database.error().message;
    EXPECT_EQ(DatabaseDescriptorToJson(*database), json);
  }
  const std::pair<const char*, const char*> cases[] = {
      {R"({"version":1})", "custom_properties: missing"},
      {R"({"custom_properties":{"a":{}}})", "custom_properties.a: expected a string, found object"},
      {R"({"comment":1,"custom_properties":{}})", "comment: expected a string, found number"},
      {"", "not JSON: stopped at byte 1 of 0"},
  };
  for (const auto& [json, message] : cases) {
    Result<DatabaseDescriptor> database = ParseDatabaseDescriptor(json);
    ASSERT_FALSE(database) << json;
    EXPECT_EQ(database.error().code, ErrorCode::kInvalidDatabase);
    EXPECT_EQ(database.error().message, message);
  }
}

}  // namespace
}  // namespace millrace::schema
