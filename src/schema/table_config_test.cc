#include "schema/table_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace millrace::schema {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TableConfigTest, Defaults) {
  Result<TableConfig> config = ParseTableConfig({});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->replication_factor, std::nullopt);
  EXPECT_EQ(config->log_format, LogFormat::kArrow);
  EXPECT_EQ(config->arrow_compression, ArrowCompression::kZstd);
  EXPECT_EQ(config->zstd_level, 3);
  EXPECT_EQ(config->log_ttl, std::chrono::hours(7 * 24));
  EXPECT_EQ(config->LocalTtl(), std::chrono::hours(7 * 24));
  EXPECT_EQ(config->tiered_log_local_segments, 2);
  EXPECT_FALSE(config->Statistics().IsEnabled());
  EXPECT_EQ(config->kv_format, KvFormat::kCompacted);
  EXPECT_EQ(config->changelog_image, ChangelogImage::kFull);
  EXPECT_EQ(config->auto_increment_cache_size, 100000);
  EXPECT_EQ(config->auto_partition,
            (AutoPartitionConfig{
                .unit = AutoPartitionUnit::kDay, .num_precreate = 2, .num_retention = 7}));
  EXPECT_EQ(config->datalake_freshness, std::chrono::minutes(3));
  EXPECT_FALSE(config->datalake_enabled);
  EXPECT_FALSE(config->merge_engine);
  EXPECT_FALSE(config->delete_behavior);
  EXPECT_FALSE(config->kv_ttl);
}

TEST(TableConfigTest, RowsAreWellFormed) {
  std::set<std::string_view> keys;
  for (const TableOption& option : TableOptions()) {
    EXPECT_TRUE(keys.insert(option.key).second) << option.key;
    EXPECT_TRUE(IsTableProperty(option.key));
    EXPECT_FALSE(option.text.empty()) << option.key;
    EXPECT_EQ(FindTableOption(option.key), &option);
    if (option.default_value.empty()) continue;
    TableConfig config{};
    EXPECT_TRUE(option.read(option.default_value, config)) << option.key;
    EXPECT_EQ(*ParseTableConfig({{std::string(option.key), std::string(option.default_value)}}),
              *ParseTableConfig({}))
        << option.key;
  }
  EXPECT_EQ(FindTableOption("table.log"), nullptr);
}

TEST(TableConfigTest, DocsHaveTheRows) {
  const std::filesystem::path page =
      std::filesystem::path(__FILE__).parent_path() / "../../docs/formats/descriptors.md";
  std::ifstream file(page);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr(TableOptionsAsMarkdown())) << page;
}

TEST(TableConfigTest, AlterableKeysOfRelease1) {
  std::vector<std::string_view> alterable;
  for (const TableOption& option : TableOptions()) {
    if (option.alterable) alterable.push_back(option.key);
  }
  EXPECT_THAT(alterable,
              ElementsAre("table.log.ttl", "table.log.local-ttl", "table.log.tiered.local-segments",
                          "table.statistics.columns", "table.kv.standby-replica.enabled",
                          "table.auto-partition.enabled", "table.auto-partition.num-precreate",
                          "table.auto-partition.num-retention", "table.datalake.enabled",
                          "table.datalake.database-name", "table.datalake.table-name",
                          "table.datalake.freshness", "table.datalake.auto-compaction",
                          "table.datalake.historical-partition.enabled"));
}

TEST(TableConfigTest, EveryKeyReachesItsMember) {
  Result<TableConfig> config = ParseTableConfig({
      {"table.replication.factor", "3"},
      {"table.log.format", "compacted"},
      {"table.log.arrow.compression.type", "lz4_frame"},
      {"table.log.arrow.compression.zstd.level", "22"},
      {"table.log.ttl", "30 s"},
      {"table.log.local-ttl", "0ms"},
      {"table.log.tiered.local-segments", "-1"},
      {"table.statistics.columns", " a , b,,c "},
      {"table.kv.format", "Indexed"},
      {"table.kv.format-version", "1"},
      {"table.kv.value-layout-version", "2"},
      {"table.kv.standby-replica.enabled", "TRUE"},
      {"table.kv.ttl", "2 hours"},
      {"table.kv.ttl.time-column", "t"},
      {"table.merge-engine", "first_row"},
      {"table.merge-engine.versioned.ver-column", "v"},
      {"table.delete.behavior", "disable"},
      {"table.changelog.image", "wal"},
      {"table.auto-increment.cache-size", "9223372036854775807"},
      {"table.auto-partition.enabled", "true"},
      {"table.auto-partition.key", "dt"},
      {"table.auto-partition.time-unit", "hour"},
      {"table.auto-partition.time-format", "yyyy-MM-dd-HH"},
      {"table.auto-partition.time-zone", "Asia/Shanghai"},
      {"table.auto-partition.num-precreate", "0"},
      {"table.auto-partition.num-retention", "-2147483648"},
      {"table.datalake.enabled", "true"},
      {"table.datalake.format", "PAIMON"},
      {"table.datalake.database-name", "d"},
      {"table.datalake.table-name", "t"},
      {"table.datalake.freshness", "5min"},
      {"table.datalake.auto-compaction", "true"},
      {"table.datalake.auto-expire-snapshot", "true"},
      {"table.datalake.historical-partition.enabled", "true"},
  });
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(*config, (TableConfig{
                         .replication_factor = 3,
                         .log_format = LogFormat::kCompacted,
                         .arrow_compression = ArrowCompression::kLz4Frame,
                         .zstd_level = 22,
                         .log_ttl = milliseconds(30000),
                         .log_local_ttl = milliseconds(0),
                         .tiered_log_local_segments = -1,
                         .statistics_columns = " a , b,,c ",
                         .kv_format = KvFormat::kIndexed,
                         .kv_format_version = 1,
                         .kv_value_layout_version = 2,
                         .kv_standby_replica = true,
                         .kv_ttl = milliseconds(7200000),
                         .kv_ttl_time_column = "t",
                         .merge_engine = MergeEngine::kFirstRow,
                         .merge_engine_version_column = "v",
                         .delete_behavior = DeleteBehavior::kDisable,
                         .changelog_image = ChangelogImage::kWal,
                         .auto_increment_cache_size = 9223372036854775807,
                         .auto_partition = {.enabled = true,
                                            .key = "dt",
                                            .unit = AutoPartitionUnit::kHour,
                                            .time_format = "yyyy-MM-dd-HH",
                                            .time_zone = "Asia/Shanghai",
                                            .num_precreate = 0,
                                            .num_retention = -2147483648},
                         .datalake_enabled = true,
                         .datalake_format = DataLakeFormat::kPaimon,
                         .datalake_database_name = "d",
                         .datalake_table_name = "t",
                         .datalake_freshness = milliseconds(300000),
                         .datalake_auto_compaction = true,
                         .datalake_auto_expire_snapshot = true,
                         .datalake_historical_partition = true,
                     }));
  EXPECT_EQ(config->Statistics(), (StatisticsColumns{.columns = {"a", "b", "c"}}));
  EXPECT_EQ(config->LocalTtl(), milliseconds(0));
}

TEST(TableConfigTest, StatisticsColumns) {
  const std::pair<const char*, StatisticsColumns> cases[] = {
      {"*", {.all = true}}, {" * ", {.all = true}},    {"", {}},
      {" , ", {}},          {"a", {.columns = {"a"}}}, {"a,*", {.columns = {"a", "*"}}},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(ParseTableConfig({{"table.statistics.columns", text}})->Statistics(), expected)
        << text;
  }
}

TEST(TableConfigTest, Names) {
  EXPECT_EQ(Name(LogFormat::kIndexed), "INDEXED");
  EXPECT_EQ(Name(ArrowCompression::kLz4Frame), "LZ4_FRAME");
  EXPECT_EQ(Name(KvFormat::kCompacted), "COMPACTED");
  EXPECT_EQ(Name(MergeEngine::kFirstRow), "FIRST_ROW");
  EXPECT_EQ(Name(DeleteBehavior::kIgnore), "IGNORE");
  EXPECT_EQ(Name(ChangelogImage::kWal), "WAL");
  EXPECT_EQ(Name(DataLakeFormat::kIceberg), "iceberg");
  EXPECT_EQ(Name(AutoPartitionUnit::kQuarter), "QUARTER");
}

TEST(TableConfigTest, BadValuesNameKeyValueAndForm) {
  const std::pair<std::pair<const char*, const char*>, const char*> cases[] = {
      {{"table.log.format", "parquet"}, "expected one of ARROW, INDEXED, COMPACTED"},
      {{"table.log.format", " ARROW"}, "expected one of ARROW, INDEXED, COMPACTED"},
      {{"table.merge-engine", "first-row"}, "expected one of FIRST_ROW, VERSIONED, AGGREGATION"},
      {{"table.datalake.enabled", "yes"}, "expected true or false"},
      {{"table.datalake.enabled", "true "}, "expected true or false"},
      {{"table.replication.factor", "3.0"}, "expected a whole number of 32 bits"},
      {{"table.replication.factor", "2147483648"}, "expected a whole number of 32 bits"},
      {{"table.replication.factor", " 3"}, "expected a whole number of 32 bits"},
      {{"table.replication.factor", ""}, "expected a whole number of 32 bits"},
      {{"table.auto-increment.cache-size", "9223372036854775808"},
       "expected a whole number of 64 bits"},
  };
  for (const auto& [property, expected] : cases) {
    const auto& [key, value] = property;
    Result<TableConfig> config = ParseTableConfig({{key, value}});
    ASSERT_FALSE(config) << key << value;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidConfig);
    EXPECT_EQ(config.error().message,
              std::string("table property '") + key + "' is '" + value + "': " + expected);
  }
}

TEST(TableConfigTest, Durations) {
  const std::pair<const char*, int64_t> good[] = {
      {"7 d", 604800000}, {"1day", 86400000}, {"3min", 180000},
      {"2 m", 120000},    {"30 s", 30000},    {"5 SECONDS", 5000},
      {"10ms", 10},       {"1500 micros", 1}, {"  4 hours  ", 14400000},
  };
  for (const auto& [text, expected] : good) {
    Result<TableConfig> config = ParseTableConfig({{"table.log.ttl", text}});
    ASSERT_TRUE(config) << text;
    EXPECT_EQ(config->log_ttl.count(), expected) << text;
  }
  for (const char* text : {"", "7", "d", "-1 d", "7 w", "1.5 d", "PT1H", "9223372036854775807 d",
                           "99999999999999999999 ms"}) {
    Result<TableConfig> config = ParseTableConfig({{"table.log.ttl", text}});
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidConfig);
  }
}

TEST(TableConfigTest, UnknownKeys) {
  Result<TableConfig> typo = ParseTableConfig({{"table.log.tll", "1 d"}});
  ASSERT_FALSE(typo);
  EXPECT_EQ(typo.error().code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(typo.error().message,
            "unknown table property 'table.log.tll'; did you mean 'table.log.ttl'?");

  Result<TableConfig> foreign = ParseTableConfig({{"bucket.num", "1"}});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().message,
            "'bucket.num' is no table property (they start with \"table.\"); give it as a custom "
            "property");

  EXPECT_TRUE(ParseTableConfig({{"table.from.tomorrow", "1"}}, UnknownKeys::kIgnore));
  EXPECT_FALSE(ParseTableConfig({{"table.log.ttl", "soon"}}, UnknownKeys::kIgnore));
}

}  // namespace
}  // namespace millrace::schema
