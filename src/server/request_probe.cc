#include "server/request_probe.h"

#include <algorithm>

namespace millrace::server {

void RequestProbe::Answered(protocol::ApiKey key, bool ok, std::chrono::nanoseconds latency,
                            uint64_t bytes_in, uint64_t bytes_out) {
  auto& api = apis_[IndexOf(key)];
  int64_t us = latency.count() / 1000;
  Add(api.requests, 1);
  if (!ok) Add(api.errors, 1);
  Add(api.bytes_in, static_cast<int64_t>(bytes_in));
  Add(api.bytes_out, static_cast<int64_t>(bytes_out));
  Add(api.latency_sum_us, us);
  Add(api.latency_counts[std::ranges::lower_bound(kBoundsUs, us) - kBoundsUs.begin()], 1);
}

RequestProbe::ApiTotals RequestProbe::Read(protocol::ApiKey key) const {
  const auto& api = apis_[IndexOf(key)];
  ApiTotals totals = {api.requests,  api.errors,         api.bytes_in,
                      api.bytes_out, api.latency_sum_us, {}};
  std::ranges::copy(api.latency_counts, totals.latency_counts.begin());
  return totals;
}

}  // namespace millrace::server
