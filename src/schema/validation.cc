#include "schema/validation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "schema/aggregation.h"
#include "schema/partition.h"
#include "schema/text.h"

namespace millrace::schema {
namespace {

// Columns that clients and virtual tables add to rows.
constexpr std::array<std::string_view, 6> kSystemColumns = {
    "__offset", "__timestamp", "__bucket", "_change_type", "_log_offset", "_commit_timestamp"};

// What the rules look at.
struct Subject {
  const TableDescriptor& table;
  const TableConfig& config;
  const ClusterLimits& limits;
};

Error InvalidTable(std::string message) {
  return {ErrorCode::kInvalidTable, std::move(message)};
}
Error InvalidConfig(std::string message) {
  return {ErrorCode::kInvalidConfig, std::move(message)};
}

Result<void> CheckSystemColumns(const Schema& schema) {
  for (const Column& column : schema.columns) {
    if (std::ranges::find(kSystemColumns, column.name) != kSystemColumns.end()) {
      return InvalidTable("column name '" + column.name + "' is reserved");
    }
  }
  return {};
}

Result<void> CheckKeyTypes(const Schema& schema, const std::vector<std::string>& keys,
                           std::string_view what) {
  for (const std::string& key : keys) {
    const Column* column = schema.FindColumn(key);
    if (column->type.IsNested()) {
      return InvalidTable(std::string(what) + " '" + key + "' can not be of type " +
                          column->type.ToString() + ": ARRAY, MAP and ROW are no keys");
    }
  }
  return {};
}

Result<void> CheckBuckets(const Subject& subject) {
  const TableDescriptor& table = subject.table;
  if (!table.bucket_count) return InvalidTable("the table has no bucket count");
  if (*table.bucket_count < 1) {
    return InvalidTable("the bucket count must be at least 1, not " +
                        std::to_string(*table.bucket_count));
  }
  if (*table.bucket_count > subject.limits.max_buckets) {
    return Error{ErrorCode::kBucketMaxNum, std::to_string(*table.bucket_count) +
                                               " buckets are more than a table or partition may "
                                               "have: " +
                                               std::to_string(subject.limits.max_buckets)};
  }
  TRY(CheckKeyTypes(table.schema, table.bucket_keys, "bucket key"));
  return CheckKeyTypes(table.schema, table.schema.primary_key, "primary key column");
}

Result<void> CheckReplicationFactor(const Subject& subject) {
  std::optional<int32_t> factor = subject.config.replication_factor;
  if (!factor) return InvalidConfig("table property 'table.replication.factor' is missing");
  if (*factor < 1) {
    return InvalidConfig("'table.replication.factor' must be at least 1, not " +
                         std::to_string(*factor));
  }
  return {};
}

Result<void> CheckLogFormat(const Subject& subject) {
  const TableConfig& config = subject.config;
  if (subject.table.HasPrimaryKey() && config.kv_format == KvFormat::kCompacted &&
      config.log_format == LogFormat::kIndexed) {
    return InvalidConfig(
        "'table.log.format' of a primary-key table must be ARROW or COMPACTED when "
        "'table.kv.format' is COMPACTED");
  }
  if (config.zstd_level < 1 || config.zstd_level > 22) {
    return InvalidConfig("'table.log.arrow.compression.zstd.level' must be from 1 to 22, not " +
                         std::to_string(config.zstd_level));
  }
  return {};
}

Result<void> CheckVersionColumn(const Subject& subject) {
  static constexpr TypeRoot kAllowed[] = {TypeRoot::kInteger, TypeRoot::kBigInt,
                                          TypeRoot::kTimestamp, TypeRoot::kTimestampLtz};
  const std::optional<std::string>& name = subject.config.merge_engine_version_column;
  const std::string key = "'table.merge-engine.versioned.ver-column'";
  if (!name) return InvalidConfig(key + " must be set for the versioned merge engine");
  const Column* column = subject.table.schema.FindColumn(*name);
  if (column == nullptr) return InvalidConfig(key + " names no column: '" + *name + "'");
  if (std::ranges::find(kAllowed, column->type.root) == std::end(kAllowed)) {
    return InvalidConfig(key + ": column '" + *name +
                         "' must be INT, BIGINT, TIMESTAMP or TIMESTAMP_LTZ, not " +
                         column->type.ToString());
  }
  return {};
}

Result<void> CheckMergeEngine(const Subject& subject) {
  const TableConfig& config = subject.config;
  TRY(CheckAggFunctions(subject.table.schema, config));
  if (!config.merge_engine) return {};
  if (!subject.table.HasPrimaryKey()) {
    return InvalidConfig("'table.merge-engine' needs a table with a primary key");
  }
  if (config.merge_engine == MergeEngine::kVersioned) return CheckVersionColumn(subject);
  if (config.merge_engine == MergeEngine::kAggregation &&
      config.changelog_image == ChangelogImage::kWal) {
    return InvalidConfig(
        "'table.changelog.image' must be FULL with the aggregation merge engine, which needs the "
        "rows before a change to undo it");
  }
  return {};
}

Result<void> CheckDeleteBehavior(const Subject& subject) {
  const TableConfig& config = subject.config;
  if (!config.delete_behavior) return {};
  if (!subject.table.HasPrimaryKey()) {
    return InvalidConfig("'table.delete.behavior' needs a table with a primary key");
  }
  bool can_not_delete = config.merge_engine == MergeEngine::kFirstRow ||
                        config.merge_engine == MergeEngine::kVersioned;
  if (can_not_delete && config.delete_behavior == DeleteBehavior::kAllow) {
    return InvalidConfig("'table.delete.behavior' must be IGNORE or DISABLE with merge engine " +
                         std::string(Name(*config.merge_engine)));
  }
  return {};
}

Result<void> CheckKvVersions(const Subject& subject) {
  constexpr int32_t kNewestVersion = 2;  // of both
  const TableConfig& config = subject.config;
  int32_t format = config.kv_format_version.value_or(1);
  if (format < 1 || format > kNewestVersion) {
    return InvalidConfig("'table.kv.format-version' must be 1 or 2, not " + std::to_string(format));
  }
  int32_t layout = config.kv_value_layout_version.value_or(1);
  if (layout < 1 || layout > kNewestVersion) {
    return InvalidConfig("'table.kv.value-layout-version' must be 1 or 2, not " +
                         std::to_string(layout));
  }
  return {};
}

Result<void> CheckKvTtl(const Subject& subject) {
  static constexpr TypeRoot kAllowed[] = {TypeRoot::kBigInt, TypeRoot::kTimestamp,
                                          TypeRoot::kTimestampLtz};
  const TableConfig& config = subject.config;
  const std::optional<std::string>& name = config.kv_ttl_time_column;
  if (!config.kv_ttl) {
    if (name) return InvalidConfig("'table.kv.ttl.time-column' needs 'table.kv.ttl' to be set");
    return {};
  }
  if (!subject.table.HasPrimaryKey()) {
    return InvalidConfig("'table.kv.ttl' needs a table with a primary key");
  }
  if (config.kv_ttl->count() < 1) return InvalidConfig("'table.kv.ttl' must be at least 1 ms");
  if (!name) return {};
  const Column* column = subject.table.schema.FindColumn(*name);
  if (column == nullptr) {
    return InvalidConfig("'table.kv.ttl.time-column' names no column: '" + *name + "'");
  }
  if (std::ranges::find(kAllowed, column->type.root) == std::end(kAllowed)) {
    return InvalidConfig("'table.kv.ttl.time-column': column '" + *name +
                         "' must be BIGINT, TIMESTAMP or TIMESTAMP_LTZ, not " +
                         column->type.ToString());
  }
  return {};
}

Result<void> CheckRetention(const Subject& subject) {
  const TableConfig& config = subject.config;
  if (config.tiered_log_local_segments < 1) {
    return InvalidConfig("'table.log.tiered.local-segments' must be at least 1, not " +
                         std::to_string(config.tiered_log_local_segments));
  }
  if (config.log_local_ttl && config.log_ttl.count() > 0 &&
      *config.log_local_ttl > config.log_ttl) {
    return InvalidConfig("'table.log.local-ttl' must not be longer than 'table.log.ttl'");
  }
  return {};
}

Result<void> CheckStatistics(const Subject& subject) {
  if (!subject.config.statistics_columns) return {};
  const std::string key = "'table.statistics.columns'";
  if (subject.table.HasPrimaryKey()) {
    return InvalidConfig(key + " can not be set on a table with a primary key");
  }
  StatisticsColumns statistics = subject.config.Statistics();
  if (!statistics.IsEnabled()) {
    return InvalidConfig(key + " names no column; use '*' for all, or leave it out for none");
  }
  for (const std::string& name : statistics.columns) {
    const Column* column = subject.table.schema.FindColumn(name);
    if (column == nullptr) return InvalidConfig(key + " names no column: '" + name + "'");
    TypeRoot root = column->type.root;
    if (column->type.IsNested() || root == TypeRoot::kBinary || root == TypeRoot::kBytes) {
      return InvalidConfig(key + ": column '" + name + "' of type " + column->type.ToString() +
                           " can not have statistics");
    }
  }
  return {};
}

Result<void> CheckPartitionKeys(const Subject& subject) {
  for (const std::string& key : subject.table.partition_keys) {
    const DataType& type = subject.table.schema.FindColumn(key)->type;
    if (type.IsNested() || type.root == TypeRoot::kDecimal) {
      return InvalidTable("partition key '" + key + "' can not be of type " + type.ToString());
    }
  }
  if (!subject.config.auto_partition.time_format || !subject.table.IsPartitioned()) return {};
  return ValidateTimeFormat(*subject.config.auto_partition.time_format,
                            subject.config.auto_partition.unit);
}

// With several partition keys: only old partitions are dropped, since nobody knows the other
// values.
Result<void> CheckSeveralPartitionKeys(const Subject& subject) {
  const std::vector<std::string>& keys = subject.table.partition_keys;
  const AutoPartitionConfig& config = subject.config.auto_partition;
  if (!config.key || IsBlank(*config.key)) {
    return InvalidTable("'table.auto-partition.key' must be set for several partition keys " +
                        Joined(keys));
  }
  if (std::ranges::find(keys, *config.key) == keys.end()) {
    return InvalidTable("'table.auto-partition.key' is '" + *config.key +
                        "', which is not among the partition keys " + Joined(keys));
  }
  if (config.num_precreate > 0) {
    return InvalidTable(
        "'table.auto-partition.num-precreate' must be 0 for several partition keys, not " +
        std::to_string(config.num_precreate));
  }
  return {};
}

// A DATE is written as 2026-11-24 by clients, so the partition values must be.
Result<void> CheckDatePartitions(const Subject& subject, const std::string& key) {
  const AutoPartitionConfig& config = subject.config.auto_partition;
  const Column* column = subject.table.schema.FindColumn(key);
  if (column == nullptr || column->type.root != TypeRoot::kDate) return {};
  if (config.unit != AutoPartitionUnit::kDay) {
    return InvalidTable("'table.auto-partition.time-unit' must be DAY since '" + key +
                        "' is of type DATE");
  }
  if (config.time_format != "yyyy-MM-dd") {
    return InvalidTable("'table.auto-partition.time-format' must be yyyy-MM-dd since '" + key +
                        "' is of type DATE");
  }
  return {};
}

Result<void> CheckAutoPartition(const Subject& subject) {
  const AutoPartitionConfig& config = subject.config.auto_partition;
  if (!config.enabled) return {};
  const std::vector<std::string>& keys = subject.table.partition_keys;
  if (keys.empty()) {
    return InvalidConfig("'table.auto-partition.enabled' needs a partitioned table");
  }
  if (keys.size() > 1) TRY(CheckSeveralPartitionKeys(subject));
  bool has_key = config.key && !IsBlank(*config.key);
  if (has_key && std::ranges::find(keys, *config.key) == keys.end()) {
    return InvalidTable("'table.auto-partition.key' is '" + *config.key +
                        "', which is not among the partition keys " + Joined(keys));
  }
  return CheckDatePartitions(subject, has_key ? *config.key : keys.front());
}

Result<void> CheckDataLake(const Subject& subject) {
  const TableConfig& config = subject.config;
  const std::optional<DataLakeFormat>& cluster = subject.limits.datalake_format;
  if (config.datalake_enabled && cluster && config.datalake_format &&
      *config.datalake_format != *cluster) {
    return InvalidConfig("'table.datalake.format' is " +
                         std::string(Name(*config.datalake_format)) +
                         ", but the cluster's lake is " + std::string(Name(*cluster)));
  }
  bool has_name = config.datalake_database_name || config.datalake_table_name;
  if (config.datalake_enabled && has_name && config.datalake_format != DataLakeFormat::kPaimon) {
    return InvalidConfig(
        "'table.datalake.database-name' and 'table.datalake.table-name' need a Paimon lake");
  }
  return {};
}

Result<void> CheckHistoricalPartition(const Subject& subject) {
  const TableConfig& config = subject.config;
  if (!config.datalake_historical_partition) return {};
  std::string missing;
  auto require = [&missing](bool met, std::string_view what) {
    if (!met) missing += (missing.empty() ? "" : ", ") + std::string(what);
  };
  require(config.auto_partition.enabled, "'table.auto-partition.enabled' = true");
  require(config.datalake_enabled, "'table.datalake.enabled' = true");
  require(config.datalake_format == DataLakeFormat::kPaimon, "'table.datalake.format' = paimon");
  require(subject.table.partition_keys.size() == 1, "exactly one partition key");
  if (missing.empty()) return {};
  return InvalidConfig("'table.datalake.historical-partition.enabled' needs " + missing);
}

using Rule = Result<void> (*)(const Subject&);
constexpr Rule kRules[] = {
    CheckBuckets,
    CheckReplicationFactor,
    CheckLogFormat,
    CheckMergeEngine,
    CheckDeleteBehavior,
    CheckKvVersions,
    CheckKvTtl,
    CheckRetention,
    CheckStatistics,
    CheckPartitionKeys,
    CheckAutoPartition,
    CheckDataLake,
    CheckHistoricalPartition,
};

}  // namespace

Result<void> ValidateColumns(const Schema& schema, const TableConfig& config) {
  TRY(CheckSystemColumns(schema));
  return CheckAggFunctions(schema, config);
}

Result<void> ValidateTable(const TableDescriptor& table, const ClusterLimits& limits) {
  TRY_ASSIGN(TableConfig config, ParseTableConfig(table.properties));
  if (table.schema.columns.empty()) return InvalidTable("the table has no column");
  Subject subject{table, config, limits};
  for (Rule rule : kRules) TRY(rule(subject));
  return CheckSystemColumns(table.schema);
}

}  // namespace millrace::schema
