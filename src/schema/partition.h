// Partitions: their names, and which of them auto-partitioning makes and drops.
//
// A partition's name is its values in the order of the table's partition keys, joined with '$'. The
// functions that take a time look at no clock.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "schema/table_config.h"
#include "schema/table_descriptor.h"

namespace millrace::schema {

// Value by partition key.
using PartitionSpec = std::map<std::string, std::string>;

// A partition that Fluss keeps for rows of dropped partitions; not listed, never dropped by age.
inline constexpr std::string_view kHistoricalPartition = "__historical__";

// The name of the partition a request means. kTableNotPartitioned without partition keys;
// kPartitionSpecInvalid unless the spec has exactly the keys with values that can be names, or
// (when creating) if the whole name has more than 200 characters.
Result<std::string> PartitionName(const TableDescriptor& table, const PartitionSpec& spec,
                                  bool creating);

// The values of a name, and the spec it stands for. The name must be one of a table with these
// keys; a name with too few values gives the values there are.
std::vector<std::string> PartitionValues(std::string_view name);
PartitionSpec PartitionSpecOf(const std::vector<std::string>& partition_keys,
                              std::string_view name);

// Whether the partition has the values of `partial`, which may have fewer keys than the table.
// kPartitionSpecInvalid if one of them is no partition key.
Result<bool> PartitionMatches(const std::vector<std::string>& partition_keys, std::string_view name,
                              const PartitionSpec& partial);

// ---- Auto-partitioning ----

// The value of the auto-partition key for the period that lies `offset` units after the one of
// `now`, in the table's time zone, e.g. "20261124". Years are kept within 0000 to 9999.
std::string AutoPartitionName(const AutoPartitionConfig& config, TimestampMs now, int offset);

// Refuses a new partition by hand whose value of the auto-partition key is not of the table's time
// format, or older than what is kept. kPartitionSpecInvalid. Of other tables: anything goes.
Result<void> CheckAutoPartitionValue(const AutoPartitionConfig& config,
                                     const std::vector<std::string>& partition_keys,
                                     const PartitionSpec& spec, TimestampMs now);

// Names to create so that the current period and num_precreate - 1 after it exist, oldest first, at
// most `limit`. None if auto-partitioning is off, or there are several partition keys.
std::vector<std::string> PartitionsToCreate(const AutoPartitionConfig& config,
                                            const std::vector<std::string>& partition_keys,
                                            const std::vector<std::string>& existing,
                                            TimestampMs now, size_t limit);

// Those of the existing names that are older than num_retention periods, in the order given.
std::vector<std::string> PartitionsToDrop(const AutoPartitionConfig& config,
                                          const std::vector<std::string>& partition_keys,
                                          const std::vector<std::string>& existing,
                                          TimestampMs now);

// ---- Parts of the above, for validation ----

// Whether `format` is a fixed-width pattern with just the fields of the unit, largest first, whose
// values can be partition values. The error's message says what is wrong; kInvalidTable.
Result<void> ValidateTimeFormat(std::string_view format, AutoPartitionUnit unit);

// Whether the machine's time zone database has the name, or it is an offset such as "GMT+8".
bool IsKnownTimeZone(std::string_view name);

}  // namespace millrace::schema
