// What happened between two readings of totals. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "server/metrics/snapshot.h"

namespace millrace::server {

// now - before. A total that got smaller has begun anew: all of it counts.
RequestProbe::ApiTotals Since(const RequestProbe::ApiTotals& now,
                              const RequestProbe::ApiTotals& before);
// The same of each table in `now`; one that `before` lacks is new, and all of it counts.
std::map<TableId, Totals::Table> TablesSince(const Totals& now, const Totals& before);

// `count` per second of `elapsed`, or of one sampling interval if that is longer, so that the first
// second after a start shows no peak.
double PerSecond(int64_t count, runtime::Duration elapsed);

// The quantile (0 to 1) of a latency histogram, in microseconds, as if the requests of a bucket
// were spread over it evenly; the highest bound for what is beyond. 0 without requests.
double QuantileUs(const std::array<int64_t, RequestProbe::kBoundsUs.size() + 1>& counts,
                  double quantile);

}  // namespace millrace::server
