// From a snapshot to the text of /metrics and of /health. Pure functions: any thread.
#pragma once

#include <string>

#include "server/metrics/exposition.h"
#include "server/metrics/snapshot.h"

namespace millrace::server {

// `before` is what rates are measured against: not later than `now`.
std::string RenderMetrics(const Snapshot& now, const Totals& before, const ProcessLabels& labels);

struct Health {
  bool red = false;
  std::string json;
};
Health RenderHealth(const Snapshot& now);

}  // namespace millrace::server
