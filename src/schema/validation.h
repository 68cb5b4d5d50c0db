// What may be created: names, and whole tables as CREATE_TABLE takes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/table_config.h"
#include "schema/table_descriptor.h"

namespace millrace::schema {

inline constexpr size_t kMaxNameLength = 200;

// 1 to 200 of A-Z a-z 0-9 _ -, not starting with "__". kInvalidDatabase, kInvalidTable.
Result<void> ValidateDatabaseName(std::string_view name);
Result<void> ValidateTableName(std::string_view name);
// The same alphabet. Values of existing partitions may start with "__", new ones may not.
// kPartitionSpecInvalid.
Result<void> ValidatePartitionValue(std::string_view value, bool creating);

// What the cluster gives to new tables and allows them.
struct ClusterLimits {
  int32_t default_buckets = 1;
  int32_t max_buckets = 4096;  // of a table, or of each of its partitions
  int32_t default_replication_factor = 1;
  int32_t live_servers = 1;  // that may hold replicas
  bool allow_log_tables = true;
  bool allow_kv_tables = true;
  // The cluster's lake, and whether tables may be copied to it.
  std::optional<DataLakeFormat> datalake_format = std::nullopt;
  bool datalake_enabled = false;
};

// Adds what the cluster decides (bucket count, replication factor, versions, ...) and checks every
// rule a new table must meet. What comes out is what is stored and answered.
//
//   kInvalidTable              columns, keys, partitions, kinds of tables that are not allowed
//   kInvalidConfig             a property: unknown, malformed, or at odds with the rest of the
//   table kBucketMaxNum              more buckets than max_buckets kInvalidReplicationFactor  more
//   replicas than live_servers, unless partitioned: then creating a
//                              partition says so
Result<TableDescriptor> CompleteAndValidate(TableDescriptor descriptor,
                                            const ClusterLimits& limits);

// The checks alone, for a table that has been changed. Same codes.
Result<void> ValidateTable(const TableDescriptor& descriptor, const ClusterLimits& limits);

// The checks of columns alone: reserved names, and aggregation functions where they make sense.
// kInvalidTable, kInvalidConfig.
Result<void> ValidateColumns(const Schema& schema, const TableConfig& config);

}  // namespace millrace::schema
