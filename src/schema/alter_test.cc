#include "schema/alter.h"

#include <gtest/gtest.h>

namespace millrace::schema {
namespace {

DataType Int() {
  return DataType::Of(TypeRoot::kInteger);
}

TableDescriptor LogTable() {
  TableDescriptor table{.schema = *MakeSchema({{.name = "a", .type = Int()}})};
  table.schema.highest_field_id = 4;
  return *CompleteAndValidate(table, {});
}

TableDescriptor KvTable(Properties properties = {}) {
  TableDescriptor table{
      .schema = *MakeSchema({{.name = "k", .type = Int()}, {.name = "v", .type = Int()}}, {"k"}),
      .properties = std::move(properties)};
  return *CompleteAndValidate(table, {});
}

TEST(AddColumnTest, AtTheEndWithNewIds) {
  DataType row = DataType::Row(
      {{.name = "x", .type = Int(), .field_id = 0}, {.name = "y", .type = DataType::Array(Int())}});
  Result<Schema> schema = ApplyAddColumns(
      LogTable(), {{.name = "r", .type = row, .comment = "rows"}, {.name = "z", .type = Int()}});
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(SchemaToJson(*schema),
            R"({"version":1,"columns":[{"name":"a","data_type":{"type":"INTEGER"},"id":0},)"
            R"({"name":"r","data_type":{"type":"ROW","fields":[)"
            R"({"name":"x","field_type":{"type":"INTEGER"},"field_id":6},)"
            R"({"name":"y","field_type":{"type":"ARRAY","element_type":{"type":"INTEGER"}},)"
            R"("field_id":7}]},"comment":"rows","id":5},)"
            R"({"name":"z","data_type":{"type":"INTEGER"},"id":8}],"highest_field_id":8})");
  EXPECT_EQ(*ApplyAddColumns(LogTable(), {}), LogTable().schema);
}

TEST(AddColumnTest, WithAnAggregationFunction) {
  AddColumn sum{.name = "s", .type = Int(), .agg = AggFunction{AggFunctionType::kSum}};
  TableDescriptor aggregating = KvTable({{"table.merge-engine", "aggregation"}});
  Result<Schema> schema = ApplyAddColumns(aggregating, {sum});
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->columns[2].agg, sum.agg);
  // Fluss takes it for every table with a primary key.
  EXPECT_TRUE(ApplyAddColumns(KvTable(), {sum}));
  Result<Schema> refused = ApplyAddColumns(LogTable(), {sum});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidConfig);
}

TEST(AddColumnTest, Refusals) {
  TableDescriptor full = LogTable();
  full.schema.highest_field_id = 2147483647;
  struct Case {
    TableDescriptor table;
    std::vector<AddColumn> added;
    ErrorCode code;
    const char* message;
  };
  const Case cases[] = {
      {LogTable(),
       {{.name = "a", .type = Int()}},
       ErrorCode::kInvalidAlterTable,
       "column 'a' exists already"},
      {LogTable(),
       {{.name = "b", .type = Int()}, {.name = "b", .type = Int()}},
       ErrorCode::kInvalidAlterTable,
       "column 'b' exists already"},
      {LogTable(),
       {{.name = "b", .type = Int().NotNull()}},
       ErrorCode::kUnknownServerError,
       "column 'b' must be nullable: the rows there are have no value"},
      {LogTable(),
       {{.name = "b", .type = Int(), .position = ColumnPosition::kFirst}},
       ErrorCode::kUnknownServerError,
       "column 'b' can only be added at the end"},
      {LogTable(),
       {{.name = "b", .type = Int(), .position = static_cast<ColumnPosition>(77)}},
       ErrorCode::kUnknownServerError,
       "column 'b' can only be added at the end"},
      {LogTable(),
       {{.name = "__bucket", .type = Int()}},
       ErrorCode::kInvalidTable,
       "column name '__bucket' is reserved"},
      {LogTable(),
       {{.name = " ", .type = Int()}},
       ErrorCode::kInvalidTable,
       "column with a blank name"},
      {full,
       {{.name = "b", .type = Int()}},
       ErrorCode::kInvalidTable,
       "column 'b': all field ids up to 2147483647 are used up"},
  };
  for (const Case& c : cases) {
    Result<Schema> schema = ApplyAddColumns(c.table, c.added);
    ASSERT_FALSE(schema) << c.message;
    EXPECT_EQ(schema.error().code, c.code);
    EXPECT_EQ(schema.error().message, c.message);
  }
}

TEST(PropertyChangesTest, SetsAndResets) {
  TableDescriptor table = LogTable();
  table.custom_properties = {{"owner", "me"}};
  Result<TableDescriptor> changed = ApplyPropertyChanges(table,
                                                         {{"table.log.ttl", "1 d"},
                                                          {"table.statistics.columns", "a"},
                                                          {"team", "x"},
                                                          {"team", "y"},
                                                          {"owner", std::nullopt},
                                                          {"absent", std::nullopt}},
                                                         {});
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->properties, (Properties{{"table.replication.factor", "1"},
                                             {"table.log.ttl", "1 d"},
                                             {"table.statistics.columns", "a"}}));
  EXPECT_EQ(changed->custom_properties, (Properties{{"team", "y"}}));

  Result<TableDescriptor> back = ApplyPropertyChanges(
      *changed, {{"table.log.ttl", std::nullopt}, {"table.statistics.columns", std::nullopt}}, {});
  EXPECT_EQ(back->properties, table.properties);
  // A key that is set and reset is reset, whatever the order.
  Result<TableDescriptor> both =
      ApplyPropertyChanges(table, {{"table.log.ttl", std::nullopt}, {"table.log.ttl", "1 d"}}, {});
  EXPECT_EQ(*both, table);
}

TEST(PropertyChangesTest, Refusals) {
  const ErrorCode alter = ErrorCode::kInvalidAlterTable;
  const ClusterLimits lake = {.datalake_format = DataLakeFormat::kPaimon, .datalake_enabled = true};
  TableDescriptor bucketed = LogTable();
  bucketed.bucket_keys = {"a"};
  TableDescriptor in_lake = LogTable();
  in_lake.properties["table.datalake.enabled"] = "true";
  in_lake.properties["table.datalake.format"] = "paimon";
  struct Case {
    TableDescriptor table;
    PropertyChange change;
    ClusterLimits limits;
    ErrorCode code;
    const char* message;
  };
  const Case cases[] = {
      {LogTable(),
       {"table.replication.factor", "2"},
       {},
       alter,
       "table property 'table.replication.factor' can not be altered"},
      {LogTable(),
       {"table.log.format", std::nullopt},
       {},
       alter,
       "table property 'table.log.format' can not be altered"},
      {LogTable(),
       {"table.nonsense", "1"},
       {},
       alter,
       "table property 'table.nonsense' can not be altered"},
      {LogTable(),
       {"table.kv.standby-replica.enabled", "true"},
       {},
       alter,
       "'table.kv.standby-replica.enabled' needs a table with a primary key"},
      {LogTable(),
       {"table.datalake.freshness", "1 min"},
       lake,
       alter,
       "'table.datalake.freshness' can not be altered: the table has no lake format"},
      {bucketed,
       {"table.datalake.enabled", "true"},
       lake,
       alter,
       "'table.datalake.enabled' can not be altered: the table has no lake format"},
      {LogTable(),
       {"table.datalake.enabled", "true"},
       {},
       alter,
       "'table.datalake.enabled' can not be set: this cluster has no lake enabled"},
      {in_lake,
       {"table.datalake.table-name", "t"},
       lake,
       alter,
       "'table.datalake.table-name' can not be altered while 'table.datalake.enabled' is true"},
      {LogTable(),
       {"table.log.ttl", "soon"},
       {},
       ErrorCode::kInvalidConfig,
       "table property 'table.log.ttl' is 'soon': expected a duration such as \"500 ms\", \"30 "
       "s\", "
       "\"5 min\", \"1 h\" or \"7 d\""},
      {LogTable(),
       {"table.log.local-ttl", "8 d"},
       {},
       ErrorCode::kInvalidConfig,
       "'table.log.local-ttl' must not be longer than 'table.log.ttl'"},
      {LogTable(),
       {"table.auto-partition.enabled", "true"},
       {},
       ErrorCode::kInvalidConfig,
       "'table.auto-partition.enabled' needs a partitioned table"},
  };
  for (const Case& c : cases) {
    Result<TableDescriptor> changed = ApplyPropertyChanges(c.table, {c.change}, c.limits);
    ASSERT_FALSE(changed) << c.message;
    EXPECT_EQ(changed.error().code, c.code);
    EXPECT_EQ(changed.error().message, c.message);
  }
}

TEST(PropertyChangesTest, StandbyReplicasOfPrimaryKeyTables) {
  Result<TableDescriptor> changed =
      ApplyPropertyChanges(KvTable(), {{"table.kv.standby-replica.enabled", "false"}}, {});
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->properties.at("table.kv.standby-replica.enabled"), "false");
}

TEST(PropertyChangesTest, TurningTheLakeOnBindsToItsFormat) {
  const ClusterLimits lake = {.datalake_format = DataLakeFormat::kPaimon, .datalake_enabled = true};
  Result<TableDescriptor> changed =
      ApplyPropertyChanges(LogTable(), {{"table.datalake.enabled", "true"}}, lake);
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->properties.at("table.datalake.format"), "paimon");
  // Once in it, other properties can be altered whatever has become of the lake.
  EXPECT_TRUE(ApplyPropertyChanges(*changed, {{"table.log.ttl", "1 d"}}, {}));
}

}  // namespace
}  // namespace millrace::schema
