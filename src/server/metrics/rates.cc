#include "server/metrics/rates.h"

#include <algorithm>
#include <numeric>

namespace millrace::server {
namespace {

int64_t Grown(int64_t now, int64_t before) {
  return now >= before ? now - before : now;
}

}  // namespace

RequestProbe::ApiTotals Since(const RequestProbe::ApiTotals& now,
                              const RequestProbe::ApiTotals& before) {
  RequestProbe::ApiTotals grown;
  grown.requests = Grown(now.requests, before.requests);
  grown.errors = Grown(now.errors, before.errors);
  grown.bytes_in = Grown(now.bytes_in, before.bytes_in);
  grown.bytes_out = Grown(now.bytes_out, before.bytes_out);
  grown.latency_sum_us = Grown(now.latency_sum_us, before.latency_sum_us);
  for (size_t i = 0; i < grown.latency_counts.size(); i++) {
    grown.latency_counts[i] = Grown(now.latency_counts[i], before.latency_counts[i]);
  }
  return grown;
}

std::map<TableId, Totals::Table> TablesSince(const Totals& now, const Totals& before) {
  using TableTotals = replica::TableProbe::Totals;
  std::map<TableId, Totals::Table> result = now.tables;
  for (auto& [id, table] : result) {
    auto found = before.tables.find(id);
    if (found == before.tables.end()) continue;
    for (auto total : {&TableTotals::produce, &TableTotals::produce_failed, &TableTotals::fetch,
                       &TableTotals::fetch_failed, &TableTotals::messages_in,
                       &TableTotals::bytes_in, &TableTotals::bytes_out}) {
      table.totals.*total = Grown(table.totals.*total, found->second.totals.*total);
    }
    for (auto totals : {&TableTotals::row_requests, &TableTotals::row_requests_failed}) {
      auto& grown = table.totals.*totals;
      const auto& old = found->second.totals.*totals;
      for (size_t i = 0; i < grown.size(); i++) grown[i] = Grown(grown[i], old[i]);
    }
  }
  return result;
}

double PerSecond(int64_t count, runtime::Duration elapsed) {
  std::chrono::duration<double> seconds =
      std::max<runtime::Duration>(elapsed, RateWindow::kInterval);
  return static_cast<double>(count) / seconds.count();
}

double QuantileUs(const std::array<int64_t, RequestProbe::kBoundsUs.size() + 1>& counts,
                  double quantile) {
  const auto& bounds = RequestProbe::kBoundsUs;
  auto total = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  if (total == 0) return 0;
  double rank = quantile * static_cast<double>(total);
  double below = 0;
  for (size_t i = 0; i < bounds.size(); i++) {
    auto count = static_cast<double>(counts[i]);
    if (count > 0 && below + count >= rank) {
      auto low = static_cast<double>(i == 0 ? 0 : bounds[i - 1]);
      return low + (static_cast<double>(bounds[i]) - low) * (rank - below) / count;
    }
    below += count;
  }
  return static_cast<double>(bounds.back());
}

}  // namespace millrace::server
