#include "schema/table_config.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <utility>

#include "base/option_text.h"
#include "schema/text.h"

namespace millrace::schema {
namespace {

template <class E>
struct Names;  // `values`, in the order of the enum

template <>
struct Names<LogFormat> {
  static constexpr std::string_view values[] = {"ARROW", "INDEXED", "COMPACTED"};
};
template <>
struct Names<ArrowCompression> {
  static constexpr std::string_view values[] = {"NONE", "LZ4_FRAME", "ZSTD"};
};
template <>
struct Names<KvFormat> {
  static constexpr std::string_view values[] = {"COMPACTED", "INDEXED"};
};
template <>
struct Names<MergeEngine> {
  static constexpr std::string_view values[] = {"FIRST_ROW", "VERSIONED", "AGGREGATION"};
};
template <>
struct Names<DeleteBehavior> {
  static constexpr std::string_view values[] = {"ALLOW", "IGNORE", "DISABLE"};
};
template <>
struct Names<ChangelogImage> {
  static constexpr std::string_view values[] = {"FULL", "WAL"};
};
template <>
struct Names<DataLakeFormat> {
  static constexpr std::string_view values[] = {"paimon", "lance", "iceberg", "hudi"};
};
template <>
struct Names<AutoPartitionUnit> {
  static constexpr std::string_view values[] = {"YEAR", "QUARTER", "MONTH", "DAY", "HOUR"};
};

template <class E>
std::string_view NameOf(E value) {
  return Names<E>::values[static_cast<size_t>(value)];
}

Error Expected(std::string what) {
  return {ErrorCode::kInvalidConfig, "expected " + what};
}

// ---- One overload per type of value ----
// Stricter than base's parsers where clients are: they read the same text, and trim nothing.

Result<void> ReadValue(std::string_view text, std::string& value) {
  value = text;
  return {};
}

Result<void> ReadValue(std::string_view text, bool& value) {
  std::string upper = UpperCase(text);
  if (upper != "TRUE" && upper != "FALSE") return Expected("true or false");
  value = upper == "TRUE";
  return {};
}

template <class Int>
  requires std::same_as<Int, int32_t> || std::same_as<Int, int64_t>
Result<void> ReadValue(std::string_view text, Int& value) {
  Result<int64_t> number = ParseInt(text);
  bool fits = number && Trimmed(text).size() == text.size() &&
              *number >= std::numeric_limits<Int>::min() &&
              *number <= std::numeric_limits<Int>::max();
  if (!fits) return Expected("a whole number of " + std::to_string(sizeof(Int) * 8) + " bits");
  value = static_cast<Int>(*number);
  return {};
}

Result<void> ReadValue(std::string_view text, std::chrono::milliseconds& value) {
  Result<std::chrono::milliseconds> duration = ParseDuration(text);
  if (!duration) return Error{ErrorCode::kInvalidConfig, std::move(duration).error().message};
  value = *duration;
  return {};
}

template <class E>
  requires std::is_enum_v<E>
Result<void> ReadValue(std::string_view text, E& value) {
  std::string choices;
  for (size_t i = 0; i < std::size(Names<E>::values); ++i) {
    std::string_view name = Names<E>::values[i];
    if (UpperCase(text) == UpperCase(name)) {
      value = static_cast<E>(i);
      return {};
    }
    choices += (i == 0 ? "" : ", ") + std::string(name);
  }
  return Expected("one of " + choices);
}

template <class T>
Result<void> ReadValue(std::string_view text, std::optional<T>& value) {
  return ReadValue(text, value.emplace());
}

// Reads into the member that `Member` picks.
template <auto Member>
Result<void> Into(std::string_view text, TableConfig& config) {
  return ReadValue(text, Member(config));
}

constexpr bool kFixed = false;
constexpr bool kAlterable = true;

constexpr TableOption kOptions[] = {
    {"table.replication.factor", "", kFixed,
     "Replicas of each bucket. Set by the server at creation when not given.",
     Into<[](TableConfig& c) -> auto& { return c.replication_factor; }>},
    {"table.log.format", "ARROW", kFixed,
     "Layout of the log's batches: `ARROW`, `INDEXED` or `COMPACTED`.",
     Into<[](TableConfig& c) -> auto& { return c.log_format; }>},
    {"table.log.arrow.compression.type", "ZSTD", kFixed,
     "How writers compress Arrow batches: `NONE`, `LZ4_FRAME` or `ZSTD`.",
     Into<[](TableConfig& c) -> auto& { return c.arrow_compression; }>},
    {"table.log.arrow.compression.zstd.level", "3", kFixed, "Level of `ZSTD`, 1 to 22.",
     Into<[](TableConfig& c) -> auto& { return c.zstd_level; }>},
    {"table.log.ttl", "7 d", kAlterable, "How long records are kept; `0 ms`: for ever.",
     Into<[](TableConfig& c) -> auto& { return c.log_ttl; }>},
    {"table.log.local-ttl", "", kAlterable,
     "How long records are kept on local disks, at most `table.log.ttl`, which is the default.",
     Into<[](TableConfig& c) -> auto& { return c.log_local_ttl; }>},
    {"table.log.tiered.local-segments", "2", kAlterable,
     "Segments kept on local disks when the log is also in remote storage.",
     Into<[](TableConfig& c) -> auto& { return c.tiered_log_local_segments; }>},
    {"table.statistics.columns", "", kAlterable,
     "Columns that writers keep minimum, maximum and null count of, per batch: names separated "
     "by commas, or `*` for all that can have them. Log tables only.",
     Into<[](TableConfig& c) -> auto& { return c.statistics_columns; }>},
    {"table.kv.format", "COMPACTED", kFixed,
     "Layout of the rows of a primary-key table: `COMPACTED` or `INDEXED`.",
     Into<[](TableConfig& c) -> auto& { return c.kv_format; }>},
    {"table.kv.format-version", "", kFixed,
     "Version of the key encoding. Set by the server at creation of a primary-key table.",
     Into<[](TableConfig& c) -> auto& { return c.kv_format_version; }>},
    {"table.kv.value-layout-version", "", kFixed,
     "Version of the stored values' layout. Set by the server at creation of a table with "
     "`table.kv.ttl`.",
     Into<[](TableConfig& c) -> auto& { return c.kv_value_layout_version; }>},
    {"table.kv.standby-replica.enabled", "", kAlterable,
     "Whether a primary-key table has standby replicas. On for new ones.",
     Into<[](TableConfig& c) -> auto& { return c.kv_standby_replica; }>},
    {"table.kv.ttl", "", kFixed, "How long rows of a primary-key table are kept at least.",
     Into<[](TableConfig& c) -> auto& { return c.kv_ttl; }>},
    {"table.kv.ttl.time-column", "", kFixed,
     "Column that `table.kv.ttl` counts from, instead of the time of writing: `BIGINT` "
     "milliseconds, `TIMESTAMP` or `TIMESTAMP_LTZ`.",
     Into<[](TableConfig& c) -> auto& { return c.kv_ttl_time_column; }>},
    {"table.merge-engine", "", kFixed,
     "How rows of one key are merged: `first_row`, `versioned` or `aggregation`.",
     Into<[](TableConfig& c) -> auto& { return c.merge_engine; }>},
    {"table.merge-engine.versioned.ver-column", "", kFixed,
     "Column whose largest value wins in the `versioned` merge engine.",
     Into<[](TableConfig& c) -> auto& { return c.merge_engine_version_column; }>},
    {"table.delete.behavior", "", kFixed,
     "What a delete does in a primary-key table: `ALLOW` (the default), `IGNORE` (the default with "
     "a merge engine) or `DISABLE`.",
     Into<[](TableConfig& c) -> auto& { return c.delete_behavior; }>},
    {"table.changelog.image", "FULL", kFixed,
     "Whether updates log the row before too (`FULL`) or only the row after (`WAL`).",
     Into<[](TableConfig& c) -> auto& { return c.changelog_image; }>},
    {"table.auto-increment.cache-size", "100000", kFixed,
     "Numbers that a bucket takes at once for the auto-increment column.",
     Into<[](TableConfig& c) -> auto& { return c.auto_increment_cache_size; }>},
    {"table.auto-partition.enabled", "false", kAlterable,
     "Whether partitions are created ahead and dropped by age.",
     Into<[](TableConfig& c) -> auto& { return c.auto_partition.enabled; }>},
    {"table.auto-partition.key", "", kFixed,
     "The partition key that holds the time; needed with several partition keys.",
     Into<[](TableConfig& c) -> auto& { return c.auto_partition.key; }>},
    {"table.auto-partition.time-unit", "DAY", kFixed,
     "Length of a partition: `YEAR`, `QUARTER`, `MONTH`, `DAY` or `HOUR`.",
     Into<[](TableConfig& c) -> auto& { return c.auto_partition.unit; }>},
    {"table.auto-partition.time-format", "", kFixed,
     "Pattern of the partition value, fixed-width fields from the year down to the unit, e.g. "
     "`yyyy-MM-dd`. By default `yyyy`, `yyyyQ`, `yyyyMM`, `yyyyMMdd` or `yyyyMMddHH`.",
     Into<[](TableConfig& c) -> auto& { return c.auto_partition.time_format; }>},
    {"table.auto-partition.time-zone", "", kFixed,
     "Time zone of the partition values, e.g. `Europe/Berlin`; the server's by default.",
     Into<[](TableConfig& c) -> auto& { return c.auto_partition.time_zone; }>},
    {"table.auto-partition.num-precreate", "2", kAlterable,
     "Partitions to have ready, the current one included. 0 with several partition keys.",
     Into<[](TableConfig& c) -> auto& { return c.auto_partition.num_precreate; }>},
    {"table.auto-partition.num-retention", "7", kAlterable,
     "Partitions to keep before the current one; negative: all.",
     Into<[](TableConfig& c) -> auto& { return c.auto_partition.num_retention; }>},
    {"table.datalake.enabled", "false", kAlterable, "Whether the table is copied to the lake.",
     Into<[](TableConfig& c) -> auto& { return c.datalake_enabled; }>},
    {"table.datalake.format", "", kFixed,
     "Format of the lake: `paimon`, `lance`, `iceberg` or `hudi`; the cluster's by default.",
     Into<[](TableConfig& c) -> auto& { return c.datalake_format; }>},
    {"table.datalake.database-name", "", kAlterable,
     "Name of the database in the lake; the table's database by default. Paimon only.",
     Into<[](TableConfig& c) -> auto& { return c.datalake_database_name; }>},
    {"table.datalake.table-name", "", kAlterable,
     "Name of the table in the lake; the table's name by default. Paimon only.",
     Into<[](TableConfig& c) -> auto& { return c.datalake_table_name; }>},
    {"table.datalake.freshness", "3 min", kAlterable, "How far the lake may lag behind.",
     Into<[](TableConfig& c) -> auto& { return c.datalake_freshness; }>},
    {"table.datalake.auto-compaction", "false", kAlterable,
     "Whether copying to the lake also compacts there.",
     Into<[](TableConfig& c) -> auto& { return c.datalake_auto_compaction; }>},
    {"table.datalake.auto-expire-snapshot", "false", kFixed,
     "Whether copying to the lake also drops old snapshots there.",
     Into<[](TableConfig& c) -> auto& { return c.datalake_auto_expire_snapshot; }>},
    {"table.datalake.historical-partition.enabled", "false", kAlterable,
     "Whether rows of dropped partitions are reached through the lake.",
     Into<[](TableConfig& c) -> auto& { return c.datalake_historical_partition; }>},
};

TableConfig Defaults() {
  TableConfig config{};
  for (const TableOption& option : kOptions) {
    // A default that does not parse is caught by the tests.
    if (!option.default_value.empty()) (void)option.read(option.default_value, config);
  }
  return config;
}

Error UnknownKey(const std::string& key) {
  if (!IsTableProperty(key)) {
    return {ErrorCode::kInvalidConfig,
            "'" + key +
                "' is no table property (they start with \"table.\"); give it as a custom "
                "property"};
  }
  std::vector<std::string_view> known;
  for (const TableOption& option : kOptions) known.push_back(option.key);
  std::string_view nearest = NearestOf(key, known);
  std::string message = "unknown table property '" + key + "'";
  if (!nearest.empty()) message += "; did you mean '" + std::string(nearest) + "'?";
  return {ErrorCode::kInvalidConfig, std::move(message)};
}

}  // namespace

std::string_view Name(LogFormat value) {
  return NameOf(value);
}
std::string_view Name(ArrowCompression value) {
  return NameOf(value);
}
std::string_view Name(KvFormat value) {
  return NameOf(value);
}
std::string_view Name(MergeEngine value) {
  return NameOf(value);
}
std::string_view Name(DeleteBehavior value) {
  return NameOf(value);
}
std::string_view Name(ChangelogImage value) {
  return NameOf(value);
}
std::string_view Name(DataLakeFormat value) {
  return NameOf(value);
}
std::string_view Name(AutoPartitionUnit value) {
  return NameOf(value);
}

StatisticsColumns TableConfig::Statistics() const {
  StatisticsColumns result;
  if (!statistics_columns) return result;
  if (Trimmed(*statistics_columns) == "*") {
    result.all = true;
    return result;
  }
  std::string_view rest = *statistics_columns;
  while (!rest.empty()) {
    size_t comma = std::min(rest.find(','), rest.size());
    std::string_view name = Trimmed(rest.substr(0, comma));
    if (!name.empty()) result.columns.emplace_back(name);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return result;
}

std::span<const TableOption> TableOptions() {
  return kOptions;
}

const TableOption* FindTableOption(std::string_view key) {
  auto it = std::ranges::find(kOptions, key, &TableOption::key);
  return it == std::end(kOptions) ? nullptr : &*it;
}

std::string TableOptionsAsMarkdown() {
  std::string text = "| key | default | ALTER | what it does |\n|---|---|---|---|\n";
  for (const TableOption& option : kOptions) {
    text += "| `" + std::string(option.key) + "` | ";
    if (!option.default_value.empty()) text += "`" + std::string(option.default_value) + "` ";
    text += option.alterable ? "| yes | " : "| | ";
    text += std::string(option.text) + " |\n";
  }
  return text;
}

bool IsTableProperty(std::string_view key) {
  return key.starts_with("table.");
}

Result<TableConfig> ParseTableConfig(const Properties& properties, UnknownKeys unknown) {
  static const TableConfig defaults = Defaults();
  TableConfig config = defaults;
  for (const auto& [key, value] : properties) {
    const TableOption* option = FindTableOption(key);
    if (option == nullptr) {
      if (unknown == UnknownKeys::kIgnore) continue;
      return UnknownKey(key);
    }
    if (Result<void> read = option->read(value, config); !read) {
      return Error{ErrorCode::kInvalidConfig,
                   "table property '" + key + "' is '" + value + "': " + read.error().message};
    }
  }
  return config;
}

}  // namespace millrace::schema
