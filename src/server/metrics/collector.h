// Answers /metrics and /health: reads the counters of the whole process when asked, and now and
// then in between, for the rates of the last minute.
#pragma once

#include <string>

#include "runtime/event.h"
#include "server/metrics/metrics_sources.h"
#include "server/metrics/render.h"
#include "server/metrics/snapshot.h"

namespace millrace::server {

// Lives on one shard. What the sources name must outlive Stop().
class MetricsCollector {
 public:
  explicit MetricsCollector(MetricsSources sources);

  // Begins to sample.
  void Start();
  // Waits for what is under way. Nothing of the collector runs any more when this returns, if
  // nobody asks it anew.
  runtime::Task<> Stop();

  // Visits every bucket on its shard; renders in the blocking pool, as it may take long.
  runtime::Task<std::string> Metrics();
  runtime::Task<Health> ReadHealth();

 private:
  runtime::Task<> SampleLoop();
  runtime::Task<Totals> ReadTotals(TabletServerNumbers* numbers);
  runtime::Task<Snapshot> ReadAll();

  const MetricsSources sources_;
  RateWindow window_;
  runtime::Gate under_way_;
  runtime::Event stopping_;
};

}  // namespace millrace::server
