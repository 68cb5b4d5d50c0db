// Wall-clock time in a named time zone: for the .cc files of this folder only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "schema/table_config.h"

namespace millrace::schema::internal {

// The fields of a partition value.
struct CivilHour {
  int64_t year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
  int hour = 0;   // 0..23
};

bool IsKnownZone(std::string_view name);

// The time `offset` units after `now` in the zone, cut to the hour. An unknown zone is UTC, no zone
// the machine's. Months, quarters and years keep the day where the month has it.
CivilHour CivilAfter(TimestampMs now, int64_t offset, AutoPartitionUnit unit,
                     const std::optional<std::string>& zone);

}  // namespace millrace::schema::internal
