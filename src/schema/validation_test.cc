#include "schema/validation.h"

#include <gtest/gtest.h>

#include <functional>

namespace millrace::schema {
namespace {

DataType Int() {
  return DataType::Of(TypeRoot::kInteger);
}
DataType String() {
  return DataType::Of(TypeRoot::kString);
}

// A table with a column of most kinds; tests change it.
TableDescriptor LogTable() {
  return {.schema = *MakeSchema({
              {.name = "id", .type = Int()},
              {.name = "day", .type = String()},
              {.name = "date", .type = DataType::Of(TypeRoot::kDate)},
              {.name = "amount", .type = DataType::Decimal(10, 2)},
              {.name = "raw", .type = DataType::Of(TypeRoot::kBytes)},
              {.name = "tags", .type = DataType::Array(String())},
              {.name = "seen", .type = DataType::Timestamp(3)},
          })};
}

TableDescriptor KvTable() {
  TableDescriptor table = LogTable();
  table.schema.primary_key = {"id", "day"};
  return table;
}

Properties Set(std::initializer_list<std::pair<const std::string, std::string>> properties) {
  return properties;
}

TEST(NamesTest, DatabasesTablesAndPartitionValues) {
  const std::string longest(200, 'x');
  for (const std::string& name : {std::string("a"), std::string("_A-9_"), longest}) {
    EXPECT_TRUE(ValidateDatabaseName(name)) << name;
    EXPECT_TRUE(ValidateTableName(name)) << name;
    EXPECT_TRUE(ValidatePartitionValue(name, true)) << name;
  }
  const std::pair<std::string, std::string> bad[] = {
      {"", "it is empty"},
      {longest + "x", "it has 201 characters, more than 200"},
      {".", "only ASCII letters, digits, '_' and '-' are allowed"},
      {"..", "only ASCII letters, digits, '_' and '-' are allowed"},
      {"a b", "only ASCII letters, digits, '_' and '-' are allowed"},
      {"a/b", "only ASCII letters, digits, '_' and '-' are allowed"},
      {std::string("a\0b", 3), "only ASCII letters, digits, '_' and '-' are allowed"},
      {"ä", "only ASCII letters, digits, '_' and '-' are allowed"},
      {"__a", "names that start with \"__\" are reserved"},
  };
  for (const auto& [name, problem] : bad) {
    std::string tail = " '" + name.substr(0, 200) + "': " + problem;
    Result<void> database = ValidateDatabaseName(name);
    ASSERT_FALSE(database) << name;
    EXPECT_EQ(database.error().code, ErrorCode::kInvalidDatabase);
    EXPECT_EQ(database.error().message, "invalid database name" + tail);
    Result<void> table = ValidateTableName(name);
    ASSERT_FALSE(table) << name;
    EXPECT_EQ(table.error().code, ErrorCode::kInvalidTable);
    EXPECT_EQ(table.error().message, "invalid table name" + tail);
    Result<void> value = ValidatePartitionValue(name, true);
    ASSERT_FALSE(value) << name;
    EXPECT_EQ(value.error().code, ErrorCode::kPartitionSpecInvalid);
    EXPECT_EQ(value.error().message, "invalid partition value" + tail);
  }
  EXPECT_TRUE(ValidatePartitionValue("__historical__", false));
}

TEST(CompleteTest, LogTable) {
  Result<TableDescriptor> table =
      CompleteAndValidate(LogTable(), {.default_buckets = 3, .default_replication_factor = 1});
  ASSERT_TRUE(table) << table.error().message;
  TableDescriptor expected = LogTable();
  expected.bucket_count = 3;
  expected.properties = {{"table.replication.factor", "1"}};
  EXPECT_EQ(*table, expected);
  // What is complete stays as it is.
  EXPECT_EQ(*CompleteAndValidate(*table, {}), *table);
}

TEST(CompleteTest, PrimaryKeyTable) {
  Result<TableDescriptor> table = CompleteAndValidate(KvTable(), {});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->bucket_keys, (std::vector<std::string>{"id", "day"}));
  EXPECT_EQ(table->properties, Set({{"table.replication.factor", "1"},
                                    {"table.kv.format-version", "2"},
                                    {"table.kv.standby-replica.enabled", "true"}}));
  EXPECT_FALSE(table->schema.columns[0].type.nullable);
}

TEST(CompleteTest, DefaultsThatDependOnOtherProperties) {
  TableDescriptor merging = KvTable();
  merging.properties = {{"table.merge-engine", "first_row"}, {"table.kv.ttl", "1 d"}};
  EXPECT_EQ(CompleteAndValidate(merging, {})->properties,
            Set({{"table.merge-engine", "first_row"},
                 {"table.kv.ttl", "1 d"},
                 {"table.replication.factor", "1"},
                 {"table.delete.behavior", "IGNORE"},
                 {"table.kv.format-version", "2"},
                 {"table.kv.value-layout-version", "2"},
                 {"table.kv.standby-replica.enabled", "true"}}));

  TableDescriptor chosen = KvTable();
  chosen.properties = {{"table.merge-engine", "aggregation"},
                       {"table.delete.behavior", "allow"},
                       {"table.replication.factor", "2"},
                       {"table.kv.format-version", "1"},
                       {"table.kv.standby-replica.enabled", "false"}};
  EXPECT_EQ(CompleteAndValidate(chosen, {.live_servers = 2})->properties, chosen.properties);

  TableDescriptor partitioned = LogTable();
  partitioned.partition_keys = {"id", "day"};
  partitioned.properties = {{"table.auto-partition.enabled", "true"},
                            {"table.auto-partition.key", "day"}};
  EXPECT_EQ(
      CompleteAndValidate(partitioned, {})->properties.at("table.auto-partition.num-precreate"),
      "0");

  Result<TableDescriptor> lake =
      CompleteAndValidate(LogTable(), {.datalake_format = DataLakeFormat::kIceberg});
  EXPECT_EQ(lake->properties.at("table.datalake.format"), "iceberg");
}

// What makes a table valid that is not so at first sight.
TEST(ValidationTest, Accepts) {
  const std::function<void(TableDescriptor&)> changes[] = {
      [](TableDescriptor& t) { t.bucket_count = 4096; },
      [](TableDescriptor& t) { t.properties = {{"table.statistics.columns", "*"}}; },
      [](TableDescriptor& t) { t.properties = {{"table.statistics.columns", "id, amount,seen"}}; },
      [](TableDescriptor& t) { t.properties = {{"table.log.format", "INDEXED"}}; },
      [](TableDescriptor& t) {
        t.properties = {{"table.log.ttl", "0 d"}, {"table.log.local-ttl", "9 d"}};
      },
      [](TableDescriptor& t) {
        t.partition_keys = {"day"};
        t.properties = {{"table.auto-partition.enabled", "true"},
                        {"table.auto-partition.time-zone", "Asia/Shanghai"},
                        {"table.auto-partition.time-unit", "HOUR"}};
      },
      [](TableDescriptor& t) {
        t.partition_keys = {"date"};
        t.properties = {{"table.auto-partition.enabled", "true"},
                        {"table.auto-partition.time-format", "yyyy-MM-dd"}};
      },
      // More replicas than servers: told when a partition is created.
      [](TableDescriptor& t) {
        t.partition_keys = {"day"};
        t.properties = {{"table.replication.factor", "3"}};
      },
      // Time formats of tables that are not partitioned are not looked at.
      [](TableDescriptor& t) { t.properties = {{"table.auto-partition.time-format", "nonsense"}}; },
      [](TableDescriptor& t) {
        t.schema.primary_key = {"id"};
        t.properties = {{"table.merge-engine", "versioned"},
                        {"table.merge-engine.versioned.ver-column", "seen"},
                        {"table.delete.behavior", "disable"}};
      },
      [](TableDescriptor& t) {
        t.schema.primary_key = {"id"};
        t.schema.columns[3].agg = AggFunction{.type = AggFunctionType::kSum};
        t.schema.columns[1].agg =
            AggFunction{.type = AggFunctionType::kListAgg, .parameters = {{"delimiter", ";"}}};
        t.properties = {{"table.merge-engine", "aggregation"}};
      },
      [](TableDescriptor& t) {
        t.schema.primary_key = {"id"};
        t.properties = {{"table.kv.ttl", "1 ms"}, {"table.kv.ttl.time-column", "seen"}};
      },
      [](TableDescriptor& t) {
        t.schema.primary_key = {"id"};
        t.properties = {{"table.log.format", "INDEXED"}, {"table.kv.format", "INDEXED"}};
      },
  };
  for (size_t i = 0; i < std::size(changes); ++i) {
    TableDescriptor table = LogTable();
    changes[i](table);
    Result<TableDescriptor> completed = CompleteAndValidate(table, {});
    EXPECT_TRUE(completed) << i << ": " << completed.error().message;
  }
}

struct BadTable {
  std::function<void(TableDescriptor&)> change;
  ErrorCode code;
  const char* message;
};

void ExpectRefused(const std::vector<BadTable>& cases, const TableDescriptor& base,
                   const ClusterLimits& limits = {}) {
  for (const BadTable& c : cases) {
    TableDescriptor table = base;
    c.change(table);
    Result<TableDescriptor> completed = CompleteAndValidate(table, limits);
    ASSERT_FALSE(completed) << c.message;
    EXPECT_EQ(completed.error().code, c.code) << c.message;
    EXPECT_EQ(completed.error().message, c.message);
  }
}

constexpr ErrorCode kTable = ErrorCode::kInvalidTable;
constexpr ErrorCode kConfig = ErrorCode::kInvalidConfig;

TEST(ValidationTest, RefusesTables) {
  ExpectRefused(
      {
          {[](auto& t) { t.schema = *MakeSchema({}); }, kTable, "the table has no column"},
          {[](auto& t) { t.schema.columns[1].name = "id"; }, kTable,
           "column 'id' is declared twice"},
          {[](auto& t) { t.schema.columns[1].name = "__offset"; }, kTable,
           "column name '__offset' is reserved"},
          {[](auto& t) { t.schema.columns[1].name = "_commit_timestamp"; }, kTable,
           "column name '_commit_timestamp' is reserved"},
          {[](auto& t) { t.bucket_count = 4097; }, ErrorCode::kBucketMaxNum,
           "4097 buckets are more than a table or partition may have: 4096"},
          {[](auto& t) { t.bucket_count = 0; }, kTable,
           "the bucket count must be at least 1, not 0"},
          {[](auto& t) { t.bucket_keys = {"tags"}; }, kTable,
           "bucket key 'tags' can not be of type ARRAY<STRING>: ARRAY, MAP and ROW are no keys"},
          {[](auto& t) { t.schema.primary_key = {"tags"}; }, kTable,
           "bucket key 'tags' can not be of type ARRAY<STRING> NOT NULL: ARRAY, MAP and ROW are no "
           "keys"},
          {[](auto& t) {
             t.schema.primary_key = {"id", "tags"};
             t.bucket_keys = {"id"};
           },
           kTable,
           "primary key column 'tags' can not be of type ARRAY<STRING> NOT NULL: ARRAY, MAP and "
           "ROW "
           "are no keys"},
          {[](auto& t) { t.partition_keys = {"amount"}; }, kTable,
           "partition key 'amount' can not be of type DECIMAL(10, 2)"},
          {[](auto& t) { t.partition_keys = {"tags"}; }, kTable,
           "partition key 'tags' can not be of type ARRAY<STRING>"},
          {[](auto& t) { t.properties = {{"table.replication.factor", "2"}}; },
           ErrorCode::kInvalidReplicationFactor,
           "'table.replication.factor' is 2, more than the live tablet servers: 1"},
          {[](auto& t) { t.properties = {{"table.datalake.enabled", "true"}}; }, kTable,
           "'table.datalake.enabled' is true, but this cluster has no lake enabled"},
      },
      LogTable());
  ExpectRefused({{[](auto&) {}, kTable, "this cluster allows no tables without a primary key"}},
                LogTable(), {.allow_log_tables = false});
  ExpectRefused({{[](auto&) {}, kTable, "this cluster allows no tables with a primary key"}},
                KvTable(), {.allow_kv_tables = false});
  ExpectRefused({{[](auto&) {}, ErrorCode::kInvalidReplicationFactor,
                  "'table.replication.factor' is 3, more than the live tablet servers: 1"}},
                LogTable(), {.default_replication_factor = 3});
}

TEST(ValidationTest, RefusesPropertiesOfLogTables) {
  ExpectRefused(
      {
          {[](auto& t) { t.properties = {{"bucket.num", "3"}}; }, kConfig,
           "'bucket.num' is no table property (they start with \"table.\"); give it as a custom "
           "property"},
          {[](auto& t) { t.properties = {{"table.log.format", "x"}}; }, kConfig,
           "table property 'table.log.format' is 'x': expected one of ARROW, INDEXED, COMPACTED"},
          {[](auto& t) { t.properties = {{"table.replication.factor", "0"}}; }, kConfig,
           "'table.replication.factor' must be at least 1, not 0"},
          {[](auto& t) { t.properties = {{"table.log.arrow.compression.zstd.level", "23"}}; },
           kConfig, "'table.log.arrow.compression.zstd.level' must be from 1 to 22, not 23"},
          {[](auto& t) { t.properties = {{"table.log.tiered.local-segments", "0"}}; }, kConfig,
           "'table.log.tiered.local-segments' must be at least 1, not 0"},
          {[](auto& t) { t.properties = {{"table.log.local-ttl", "8 d"}}; }, kConfig,
           "'table.log.local-ttl' must not be longer than 'table.log.ttl'"},
          {[](auto& t) { t.properties = {{"table.statistics.columns", " , "}}; }, kConfig,
           "'table.statistics.columns' names no column; use '*' for all, or leave it out for none"},
          {[](auto& t) { t.properties = {{"table.statistics.columns", "id,z"}}; }, kConfig,
           "'table.statistics.columns' names no column: 'z'"},
          {[](auto& t) { t.properties = {{"table.statistics.columns", "raw"}}; }, kConfig,
           "'table.statistics.columns': column 'raw' of type BYTES can not have statistics"},
          {[](auto& t) { t.properties = {{"table.statistics.columns", "tags"}}; }, kConfig,
           "'table.statistics.columns': column 'tags' of type ARRAY<STRING> can not have "
           "statistics"},
          {[](auto& t) { t.properties = {{"table.merge-engine", "first_row"}}; }, kConfig,
           "'table.merge-engine' needs a table with a primary key"},
          {[](auto& t) { t.properties = {{"table.delete.behavior", "ignore"}}; }, kConfig,
           "'table.delete.behavior' needs a table with a primary key"},
          {[](auto& t) { t.properties = {{"table.kv.ttl", "1 d"}}; }, kConfig,
           "'table.kv.ttl' needs a table with a primary key"},
          {[](auto& t) { t.schema.columns[0].agg = AggFunction{AggFunctionType::kSum}; }, kConfig,
           "column 'id' has the aggregation function sum, which needs 'table.merge-engine' = "
           "aggregation"},
          {[](auto& t) { t.properties = {{"table.auto-partition.enabled", "true"}}; }, kConfig,
           "'table.auto-partition.enabled' needs a partitioned table"},
          {[](auto& t) { t.properties = {{"table.auto-partition.time-zone", "Mars/North"}}; },
           kConfig,
           "'table.auto-partition.time-zone' is 'Mars/North', which is no known time zone; "
           "expected "
           "one such as Europe/Berlin or GMT+8"},
      },
      LogTable());
}

TEST(ValidationTest, RefusesPropertiesOfPrimaryKeyTables) {
  ExpectRefused(
      {
          {[](auto& t) { t.properties = {{"table.log.format", "INDEXED"}}; }, kConfig,
           "'table.log.format' of a primary-key table must be ARROW or COMPACTED when "
           "'table.kv.format' is COMPACTED"},
          {[](auto& t) { t.properties = {{"table.statistics.columns", "*"}}; }, kConfig,
           "'table.statistics.columns' can not be set on a table with a primary key"},
          {[](auto& t) { t.properties = {{"table.merge-engine", "versioned"}}; }, kConfig,
           "'table.merge-engine.versioned.ver-column' must be set for the versioned merge engine"},
          {[](auto& t) {
             t.properties = {{"table.merge-engine", "versioned"},
                             {"table.merge-engine.versioned.ver-column", "z"}};
           },
           kConfig, "'table.merge-engine.versioned.ver-column' names no column: 'z'"},
          {[](auto& t) {
             t.properties = {{"table.merge-engine", "versioned"},
                             {"table.merge-engine.versioned.ver-column", "raw"}};
           },
           kConfig,
           "'table.merge-engine.versioned.ver-column': column 'raw' must be INT, BIGINT, TIMESTAMP "
           "or TIMESTAMP_LTZ, not BYTES"},
          {[](auto& t) {
             t.properties = {{"table.merge-engine", "aggregation"},
                             {"table.changelog.image", "WAL"}};
           },
           kConfig,
           "'table.changelog.image' must be FULL with the aggregation merge engine, which needs "
           "the "
           "rows before a change to undo it"},
          {[](auto& t) {
             t.properties = {{"table.merge-engine", "first_row"},
                             {"table.delete.behavior", "ALLOW"}};
           },
           kConfig,
           "'table.delete.behavior' must be IGNORE or DISABLE with merge engine FIRST_ROW"},
          {[](auto& t) { t.properties = {{"table.kv.format-version", "3"}}; }, kConfig,
           "'table.kv.format-version' must be 1 or 2, not 3"},
          {[](auto& t) { t.properties = {{"table.kv.value-layout-version", "0"}}; }, kConfig,
           "'table.kv.value-layout-version' must be 1 or 2, not 0"},
          {[](auto& t) { t.properties = {{"table.kv.ttl", "0 s"}}; }, kConfig,
           "'table.kv.ttl' must be at least 1 ms"},
          {[](auto& t) { t.properties = {{"table.kv.ttl.time-column", "seen"}}; }, kConfig,
           "'table.kv.ttl.time-column' needs 'table.kv.ttl' to be set"},
          {[](auto& t) {
             t.properties = {{"table.kv.ttl", "1 d"}, {"table.kv.ttl.time-column", "z"}};
           },
           kConfig, "'table.kv.ttl.time-column' names no column: 'z'"},
          {[](auto& t) {
             t.properties = {{"table.kv.ttl", "1 d"}, {"table.kv.ttl.time-column", "date"}};
           },
           kConfig,
           "'table.kv.ttl.time-column': column 'date' must be BIGINT, TIMESTAMP or TIMESTAMP_LTZ, "
           "not DATE"},
          {[](auto& t) {
             t.schema.columns[4].agg = AggFunction{AggFunctionType::kMax};
             t.properties = {{"table.merge-engine", "aggregation"}};
           },
           kConfig, "aggregation function max of column 'raw' does not take the type BYTES"},
          {[](auto& t) {
             t.schema.columns[3].agg = AggFunction{AggFunctionType::kMax, {{"delimiter", ","}}};
             t.properties = {{"table.merge-engine", "aggregation"}};
           },
           kConfig, "aggregation function max of column 'amount' has no parameter 'delimiter'"},
          {[](auto& t) {
             t.schema.columns[3].agg = AggFunction{AggFunctionType::kListAgg, {{"delimiter", ""}}};
             t.properties = {{"table.merge-engine", "aggregation"}};
           },
           kConfig, "aggregation function listagg of column 'amount': the delimiter is empty"},
      },
      KvTable());
}

TEST(ValidationTest, RefusesAutoPartitioning) {
  const std::string format = "table.auto-partition.time-format";
  const std::string enabled = "table.auto-partition.enabled";
  const std::string key = "table.auto-partition.key";
  TableDescriptor by_day = LogTable();
  by_day.partition_keys = {"day"};
  ExpectRefused(
      {
          {[&](auto& t) { t.properties = {{format, "yyyyMM"}}; }, kTable,
           "time format 'yyyyMM': for time unit DAY it must have just the fields of yyyyMMdd, in "
           "this order"},
          {[&](auto& t) { t.properties = {{enabled, "true"}, {key, "id"}}; }, kTable,
           "'table.auto-partition.key' is 'id', which is not among the partition keys [day]"},
          {[&](auto& t) {
             t.partition_keys = {"date"};
             t.properties = {{enabled, "true"}};
           },
           kTable,
           "'table.auto-partition.time-format' must be yyyy-MM-dd since 'date' is of type DATE"},
          {[&](auto& t) {
             t.partition_keys = {"date"};
             t.properties = {{enabled, "true"}, {"table.auto-partition.time-unit", "MONTH"}};
           },
           kTable, "'table.auto-partition.time-unit' must be DAY since 'date' is of type DATE"},
          {[&](auto& t) {
             t.partition_keys = {"day", "id"};
             t.properties = {{enabled, "true"}};
           },
           kTable, "'table.auto-partition.key' must be set for several partition keys [day, id]"},
          {[&](auto& t) {
             t.partition_keys = {"day", "id"};
             t.properties = {{enabled, "true"}, {key, "z"}};
           },
           kTable,
           "'table.auto-partition.key' is 'z', which is not among the partition keys [day, id]"},
          {[&](auto& t) {
             t.partition_keys = {"day", "id"};
             t.properties = {
                 {enabled, "true"}, {key, "day"}, {"table.auto-partition.num-precreate", "1"}};
           },
           kTable,
           "'table.auto-partition.num-precreate' must be 0 for several partition keys, not 1"},
      },
      by_day);
}

TEST(ValidationTest, Lakes) {
  const ClusterLimits paimon = {.datalake_format = DataLakeFormat::kPaimon,
                                .datalake_enabled = true};
  const ClusterLimits iceberg = {.datalake_format = DataLakeFormat::kIceberg,
                                 .datalake_enabled = true};
  TableDescriptor table = LogTable();
  table.properties = {{"table.datalake.enabled", "true"}, {"table.datalake.table-name", "t"}};
  EXPECT_TRUE(CompleteAndValidate(table, paimon));
  ExpectRefused(
      {{[](auto&) {}, kConfig,
        "'table.datalake.database-name' and 'table.datalake.table-name' need a Paimon lake"},
       {[](auto& t) {
          t.properties = {{"table.datalake.enabled", "true"}, {"table.datalake.format", "paimon"}};
        },
        kConfig, "'table.datalake.format' is paimon, but the cluster's lake is iceberg"},
       {[](auto& t) { t.properties = {{"table.datalake.historical-partition.enabled", "true"}}; },
        kConfig,
        "'table.datalake.historical-partition.enabled' needs 'table.auto-partition.enabled' = "
        "true, "
        "'table.datalake.enabled' = true, 'table.datalake.format' = paimon, exactly one partition "
        "key"}},
      table, iceberg);
}

}  // namespace
}  // namespace millrace::schema
