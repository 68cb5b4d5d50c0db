#include "schema/partition.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "schema/text.h"
#include "schema/time_format.h"
#include "schema/time_zone.h"
#include "schema/validation.h"

namespace millrace::schema {
namespace {

constexpr char kSeparator = '$';

Error InvalidSpec(std::string message) {
  return {ErrorCode::kPartitionSpecInvalid, std::move(message)};
}

// The position of the key that holds the time; none if the table has no such partition key.
std::optional<size_t> TimeKeyIndex(const AutoPartitionConfig& config,
                                   const std::vector<std::string>& keys) {
  if (keys.empty()) return std::nullopt;
  if (!config.key || IsBlank(*config.key)) return 0;
  auto it = std::ranges::find(keys, *config.key);
  if (it == keys.end()) return std::nullopt;
  return it - keys.begin();
}

std::string OldestKept(const AutoPartitionConfig& config, TimestampMs now) {
  const int64_t periods = config.num_retention;
  return internal::TimeFormat::Of(config).Format(
      internal::CivilAfter(now, -periods, config.unit, config.time_zone));
}

}  // namespace

Result<std::string> PartitionName(const TableDescriptor& table, const PartitionSpec& spec,
                                  bool creating) {
  const std::vector<std::string>& keys = table.partition_keys;
  if (keys.empty()) return Error{ErrorCode::kTableNotPartitioned, "the table is not partitioned"};
  if (spec.size() != keys.size()) {
    return InvalidSpec("expected a value for each partition key of " + Joined(keys) + ", got " +
                       std::to_string(spec.size()) + " values");
  }
  std::string name;
  for (const std::string& key : keys) {
    auto it = spec.find(key);
    if (it == spec.end()) return InvalidSpec("no value for partition key '" + key + "'");
    TRY(ValidatePartitionValue(it->second, creating));
    if (!name.empty()) name += kSeparator;
    name += it->second;
  }
  if (creating && name.size() > kMaxNameLength) {
    return InvalidSpec("the partition's name would have " + std::to_string(name.size()) +
                       " characters, more than " + std::to_string(kMaxNameLength));
  }
  return name;
}

std::vector<std::string> PartitionValues(std::string_view name) {
  std::vector<std::string> values;
  while (true) {
    size_t end = std::min(name.find(kSeparator), name.size());
    values.emplace_back(name.substr(0, end));
    if (end == name.size()) return values;
    name.remove_prefix(end + 1);
  }
}

PartitionSpec PartitionSpecOf(const std::vector<std::string>& keys, std::string_view name) {
  PartitionSpec spec;
  std::vector<std::string> values = PartitionValues(name);
  for (size_t i = 0; i < std::min(keys.size(), values.size()); ++i) spec[keys[i]] = values[i];
  return spec;
}

Result<bool> PartitionMatches(const std::vector<std::string>& keys, std::string_view name,
                              const PartitionSpec& partial) {
  PartitionSpec spec = PartitionSpecOf(keys, name);
  bool matches = true;
  for (const auto& [key, value] : partial) {
    if (std::ranges::find(keys, key) == keys.end()) {
      return InvalidSpec("'" + key + "' is not among the partition keys " + Joined(keys));
    }
    auto it = spec.find(key);
    matches = matches && it != spec.end() && it->second == value;
  }
  return matches;
}

std::string AutoPartitionName(const AutoPartitionConfig& config, TimestampMs now, int offset) {
  return internal::TimeFormat::Of(config).Format(
      internal::CivilAfter(now, offset, config.unit, config.time_zone));
}

Result<void> CheckAutoPartitionValue(const AutoPartitionConfig& config,
                                     const std::vector<std::string>& keys,
                                     const PartitionSpec& spec, TimestampMs now) {
  if (!config.enabled && !config.time_format) return {};
  std::optional<size_t> index = TimeKeyIndex(config, keys);
  if (!index) return {};
  const std::string& key = keys[*index];
  auto it = spec.find(key);
  if (it == spec.end()) return InvalidSpec("no value for partition key '" + key + "'");
  const std::string& value = it->second;
  internal::TimeFormat format = internal::TimeFormat::Of(config);
  if (!format.Matches(value)) {
    return InvalidSpec("the value '" + value + "' of partition key '" + key +
                       "' is no time in the form " + format.pattern());
  }
  if (!config.enabled || config.num_retention < 0) return {};
  std::string oldest = OldestKept(config, now);
  if (value < oldest) {
    return InvalidSpec("the value '" + value + "' of partition key '" + key +
                       "' is older than what is kept: from '" + oldest + "' on");
  }
  return {};
}

std::vector<std::string> PartitionsToCreate(const AutoPartitionConfig& config,
                                            const std::vector<std::string>& keys,
                                            const std::vector<std::string>& existing,
                                            TimestampMs now, size_t limit) {
  std::vector<std::string> names;
  if (!config.enabled || keys.size() != 1) return names;
  std::unordered_set<std::string_view> known(existing.begin(), existing.end());
  internal::TimeFormat format = internal::TimeFormat::Of(config);
  for (int32_t i = 0; i < config.num_precreate && names.size() < limit; ++i) {
    internal::CivilHour time = internal::CivilAfter(now, i, config.unit, config.time_zone);
    if (time.year > 9999) break;
    std::string name = format.Format(time);
    // Twice the same hour, when the clocks are put back.
    bool is_new = !known.contains(name) && (names.empty() || names.back() != name);
    if (is_new) names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> PartitionsToDrop(const AutoPartitionConfig& config,
                                          const std::vector<std::string>& keys,
                                          const std::vector<std::string>& existing,
                                          TimestampMs now) {
  std::vector<std::string> names;
  std::optional<size_t> index = TimeKeyIndex(config, keys);
  if (!config.enabled || config.num_retention < 0 || !index) return names;
  std::string oldest = OldestKept(config, now);
  for (const std::string& name : existing) {
    std::vector<std::string> values = PartitionValues(name);
    if (name == kHistoricalPartition || values.size() != keys.size()) continue;
    if (values[*index] < oldest) names.push_back(name);
  }
  return names;
}

Result<void> ValidateTimeFormat(std::string_view pattern, AutoPartitionUnit unit) {
  TRY_ASSIGN(internal::TimeFormat format, internal::TimeFormat::Parse(pattern, unit));
  std::string example = format.Format({.year = 2024, .month = 11, .day = 11, .hour = 11});
  Result<void> usable = ValidatePartitionValue(example, true);
  if (usable) return {};
  return Error{ErrorCode::kInvalidTable,
               "time format '" + std::string(pattern) + "': " + usable.error().message};
}

bool IsKnownTimeZone(std::string_view name) {
  return internal::IsKnownZone(name);
}

}  // namespace millrace::schema
