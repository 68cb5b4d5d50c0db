// The `table.*` properties of a table as typed values. Each key is declared once, as a row of
// TableOptions(): what reads it, its default, and whether ALTER_TABLE may change it.
//
// Values: owned by whoever holds them, safe to read from any shard.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/table_descriptor.h"

namespace millrace::schema {

enum class LogFormat : uint8_t { kArrow, kIndexed, kCompacted };
enum class ArrowCompression : uint8_t { kNone, kLz4Frame, kZstd };
enum class KvFormat : uint8_t { kCompacted, kIndexed };
enum class MergeEngine : uint8_t { kFirstRow, kVersioned, kAggregation };
enum class DeleteBehavior : uint8_t { kAllow, kIgnore, kDisable };
enum class ChangelogImage : uint8_t { kFull, kWal };
enum class DataLakeFormat : uint8_t { kPaimon, kLance, kIceberg, kHudi };
enum class AutoPartitionUnit : uint8_t { kYear, kQuarter, kMonth, kDay, kHour };

// The value's name in properties, e.g. "ARROW", "LZ4_FRAME", "paimon".
std::string_view Name(LogFormat value);
std::string_view Name(ArrowCompression value);
std::string_view Name(KvFormat value);
std::string_view Name(MergeEngine value);
std::string_view Name(DeleteBehavior value);
std::string_view Name(ChangelogImage value);
std::string_view Name(DataLakeFormat value);
std::string_view Name(AutoPartitionUnit value);

// Which columns writers keep minimum, maximum and null count of, per batch. Neither `all` nor any
// `columns`: none.
struct StatisticsColumns {
  bool all = false;
  std::vector<std::string> columns = {};

  bool IsEnabled() const { return all || !columns.empty(); }
  bool operator==(const StatisticsColumns&) const = default;
};

// When partitions are made ahead and dropped, see partition.h.
struct AutoPartitionConfig {
  bool enabled = false;
  std::optional<std::string> key = std::nullopt;  // none: the first partition key
  AutoPartitionUnit unit = AutoPartitionUnit::kDay;
  std::optional<std::string> time_format = std::nullopt;  // none: the unit's own, e.g. yyyyMMdd
  std::optional<std::string> time_zone = std::nullopt;    // none: the server's
  int32_t num_precreate = 0;  // periods to have ready, the current one included
  int32_t num_retention = 0;  // periods to keep before the current one; negative: all

  bool operator==(const AutoPartitionConfig&) const = default;
};

// Made by ParseTableConfig, which sets the defaults that the rows declare.
struct TableConfig {
  std::optional<int32_t> replication_factor;

  LogFormat log_format;
  ArrowCompression arrow_compression;
  int32_t zstd_level;
  std::chrono::milliseconds log_ttl;                       // 0: keep for ever
  std::optional<std::chrono::milliseconds> log_local_ttl;  // none: log_ttl
  int32_t tiered_log_local_segments;
  // As `table.statistics.columns` has it; Statistics() reads it.
  std::optional<std::string> statistics_columns;

  KvFormat kv_format;
  std::optional<int32_t> kv_format_version;  // none: 1
  std::optional<int32_t> kv_value_layout_version;
  std::optional<bool> kv_standby_replica;  // none: off
  std::optional<std::chrono::milliseconds> kv_ttl;
  std::optional<std::string> kv_ttl_time_column;
  std::optional<MergeEngine> merge_engine;
  std::optional<std::string> merge_engine_version_column;
  std::optional<DeleteBehavior> delete_behavior;  // none: kAllow
  ChangelogImage changelog_image;
  int64_t auto_increment_cache_size;

  AutoPartitionConfig auto_partition;

  bool datalake_enabled;
  std::optional<DataLakeFormat> datalake_format;
  std::optional<std::string> datalake_database_name;
  std::optional<std::string> datalake_table_name;
  std::chrono::milliseconds datalake_freshness;
  bool datalake_auto_compaction;
  bool datalake_auto_expire_snapshot;
  bool datalake_historical_partition;

  bool operator==(const TableConfig&) const = default;

  StatisticsColumns Statistics() const;
  std::chrono::milliseconds LocalTtl() const { return log_local_ttl.value_or(log_ttl); }
};

struct TableOption {
  std::string_view key;
  std::string_view default_value;  // as a property would write it; empty: unset
  bool alterable = false;          // by ALTER_TABLE
  std::string_view text;           // what it does, one line of Markdown
  // Reads a value into its member. The error's message says only what was expected.
  Result<void> (*read)(std::string_view text, TableConfig& config) = nullptr;
};

// All known keys, in the order of docs.
std::span<const TableOption> TableOptions();
// Null for a key that is none.
const TableOption* FindTableOption(std::string_view key);

// A Markdown table of all rows, as in docs/formats/descriptors.md.
std::string TableOptionsAsMarkdown();

// Whether the key belongs to Millrace ("table." in front) rather than to the table's users.
bool IsTableProperty(std::string_view key);

enum class UnknownKeys { kRefuse, kIgnore };

// kInvalidConfig for a key that is unknown (unless ignored, as for tables that another server made)
// and for a value that can not be read, naming key, value and what was expected. Rules between keys
// are checked by CompleteAndValidate.
Result<TableConfig> ParseTableConfig(const Properties& properties,
                                     UnknownKeys unknown = UnknownKeys::kRefuse);

}  // namespace millrace::schema
