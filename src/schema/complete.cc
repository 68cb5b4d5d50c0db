// What the cluster adds to a new table, and the checks that only a new table has to pass.
#include <string>
#include <utility>

#include "schema/partition.h"
#include "schema/validation.h"

namespace millrace::schema {
namespace {

Result<void> CheckKindAllowed(const TableDescriptor& table, const ClusterLimits& limits) {
  if (table.HasPrimaryKey() ? limits.allow_kv_tables : limits.allow_log_tables) return {};
  return Error{ErrorCode::kInvalidTable,
               table.HasPrimaryKey() ? "this cluster allows no tables with a primary key"
                                     : "this cluster allows no tables without a primary key"};
}

// Only adds what is missing.
void AddDefaults(TableDescriptor& table, const TableConfig& config, const ClusterLimits& limits) {
  Properties& properties = table.properties;
  if (!table.bucket_count) table.bucket_count = limits.default_buckets;
  properties.try_emplace("table.replication.factor",
                         std::to_string(limits.default_replication_factor));
  if (table.partition_keys.size() > 1 && config.auto_partition.enabled) {
    properties.try_emplace("table.auto-partition.num-precreate", "0");
  }
  if (limits.datalake_format) {
    properties.try_emplace("table.datalake.format", Name(*limits.datalake_format));
  }
  if (!table.HasPrimaryKey()) return;
  if (config.merge_engine) {
    properties.try_emplace("table.delete.behavior", Name(DeleteBehavior::kIgnore));
  }
  properties.try_emplace("table.kv.format-version", "2");
  properties.try_emplace("table.kv.standby-replica.enabled", "true");
  if (config.kv_ttl) properties.try_emplace("table.kv.value-layout-version", "2");
}

Result<void> CheckTimeZone(const TableConfig& config) {
  const std::optional<std::string>& zone = config.auto_partition.time_zone;
  if (!zone || IsKnownTimeZone(*zone)) return {};
  return Error{ErrorCode::kInvalidConfig,
               "'table.auto-partition.time-zone' is '" + *zone +
                   "', which is no known time zone; expected one such as Europe/Berlin or GMT+8"};
}

}  // namespace

Result<TableDescriptor> CompleteAndValidate(TableDescriptor table, const ClusterLimits& limits) {
  TRY_ASSIGN(table, NormalizeTableDescriptor(std::move(table)));
  TRY(CheckKindAllowed(table, limits));
  TRY_ASSIGN(TableConfig config, ParseTableConfig(table.properties));
  AddDefaults(table, config, limits);
  if (config.datalake_enabled && !limits.datalake_enabled) {
    return Error{ErrorCode::kInvalidTable,
                 "'table.datalake.enabled' is true, but this cluster has no lake enabled"};
  }
  TRY(ValidateTable(table, limits));
  TRY(CheckTimeZone(config));
  int32_t replicas = config.replication_factor.value_or(limits.default_replication_factor);
  if (!table.IsPartitioned() && replicas > limits.live_servers) {
    return Error{ErrorCode::kInvalidReplicationFactor,
                 "'table.replication.factor' is " + std::to_string(replicas) +
                     ", more than the live tablet servers: " + std::to_string(limits.live_servers)};
  }
  return table;
}

}  // namespace millrace::schema
