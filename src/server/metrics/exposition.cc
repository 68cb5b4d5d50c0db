#include "server/metrics/exposition.h"

#include <prometheus/text_serializer.h>

#include "base/check.h"

namespace millrace::server {
namespace {

prometheus::MetricType PrometheusType(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricType::kHistogram:
      return prometheus::MetricType::Histogram;
    case MetricType::kSummary:
      return prometheus::MetricType::Summary;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

std::string_view Exposition::ValueOf(std::string_view common_label) const {
  if (common_label == "cluster_id") return labels_.cluster_id;
  if (common_label == "host") return labels_.host;
  if (common_label == "rack") return labels_.rack;
  return row_->common == CommonLabels::kCoordinator ? labels_.coordinator_id
                                                    : labels_.tablet_server_id;
}

void Exposition::Begin(const MetricRow& row) {
  Write();
  row_ = &row;
  common_.clear();
  for (auto name : CommonLabelNames(row.common)) {
    common_.push_back({std::string(name), std::string(ValueOf(name))});
  }
  family_.push_back({std::string(row.name), std::string(row.help), PrometheusType(row.type), {}});
}

prometheus::ClientMetric& Exposition::NewSample(LabelValues values) {
  MILLRACE_CHECK(row_ && values.size() == row_->label_count(),
                 row_ ? row_->name : "no metric begun");
  auto& sample = family_.front().metric.emplace_back();
  sample.label.reserve(common_.size() + values.size());
  sample.label = common_;
  size_t i = 0;
  for (auto value : values) {
    sample.label.push_back({std::string(row_->labels[i++]), std::string(value)});
  }
  return sample;
}

void Exposition::Add(LabelValues values, double value) {
  auto& sample = NewSample(values);
  (row_->type == MetricType::kCounter ? sample.counter.value : sample.gauge.value) = value;
}

void Exposition::Add(LabelValues values, const prometheus::ClientMetric::Histogram& histogram) {
  NewSample(values).histogram = histogram;
}

void Exposition::Add(LabelValues values, const prometheus::ClientMetric::Summary& summary) {
  NewSample(values).summary = summary;
}

void Exposition::Single(const MetricRow& row, double value, LabelValues values) {
  Begin(row);
  Add(values, value);
}

void Exposition::Write() {
  if (!family_.empty() && !family_.front().metric.empty()) {
    prometheus::TextSerializer().Serialize(text_, family_);
  }
  family_.clear();
}

std::string Exposition::Finish() {
  Write();
  return std::move(text_).str();
}

}  // namespace millrace::server
