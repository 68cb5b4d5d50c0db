// Writes metrics in Prometheus' text format, one after the other, so that only one is in memory as
// samples.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "prometheus/metric_family.h"
#include "server/metrics/metric_rows.h"
#include "server/metrics/process_labels.h"

namespace millrace::server {

// Used by one thread; `labels` must outlive it.
class Exposition {
 public:
  explicit Exposition(const ProcessLabels& labels) : labels_(labels) {}

  // Ends the metric before and begins this one; its samples follow. One without samples is left
  // out.
  void Begin(const MetricRow& row);

  // One sample, with the values of the row's own labels, of which there must be as many as the row
  // has.
  using LabelValues = std::initializer_list<std::string_view>;
  void Add(LabelValues values, double value);
  void Add(LabelValues values, const prometheus::ClientMetric::Histogram& histogram);
  void Add(LabelValues values, const prometheus::ClientMetric::Summary& summary);

  // A metric with a single sample.
  void Single(const MetricRow& row, double value, LabelValues values = {});

  // All of it. Once, at the end.
  std::string Finish();

 private:
  prometheus::ClientMetric& NewSample(LabelValues values);
  std::string_view ValueOf(std::string_view common_label) const;
  void Write();

  const ProcessLabels& labels_;
  const MetricRow* row_ = nullptr;
  // The common labels of row_.
  std::vector<prometheus::ClientMetric::Label> common_;
  std::vector<prometheus::MetricFamily> family_;  // at most one: what the serializer takes
  std::ostringstream text_;
};

}  // namespace millrace::server
