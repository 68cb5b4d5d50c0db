#include "server/metrics/metric_rows.h"

#include <fmt/format.h>

namespace millrace::server {
namespace {

constexpr const MetricRow* kRequestRows[] = {
    &kRequestsTotal,        &kRequestErrorsTotal, &kRequestsRefusedTotal, &kRequestBytesTotal,
    &kResponseBytesTotal,   &kRequestSeconds,     &kConnections,          &kFlussRequestsPerSecond,
    &kFlussErrorsPerSecond, &kFlussTotalTimeMs};

constexpr const MetricRow* kTableRows[] = {&kTableMessagesInTotal,         &kTableBytesInTotal,
                                           &kTableBytesOutTotal,           &kTableProduceTotal,
                                           &kTableProduceErrorsTotal,      &kTableFetchTotal,
                                           &kTableFetchErrorsTotal,        &kTableRowRequestsTotal,
                                           &kTableRowRequestErrorsTotal,   &kLogSizeBytes,
                                           &kFlussTableMessagesIn,         &kFlussTableBytesIn,
                                           &kFlussTableBytesOut,           &kFlussTableProduce,
                                           &kFlussTableProduceFailed,      &kFlussTableFetch,
                                           &kFlussTableFetchFailed,        &kFlussTablePut,
                                           &kFlussTablePutFailed,          &kFlussTableLookup,
                                           &kFlussTableLookupFailed,       &kFlussTablePrefixLookup,
                                           &kFlussTablePrefixLookupFailed, &kFlussTableLimitScan,
                                           &kFlussTableLimitScanFailed};

constexpr const MetricRow* kBucketRows[] = {&kFlussLogNumSegments, &kFlussLogStartOffset,
                                            &kFlussLogEndOffset, &kFlussBucketLogicalLogSize,
                                            &kFlussBucketLocalLogSize};

constexpr const MetricRow* kTabletServerRows[] = {
    &kBuckets,          &kFlussMessagesIn,     &kFlussBytesIn,        &kFlussBytesOut,
    &kFlussLeaderCount, &kFlussReplicaCount,   &kFlussWriterIdCount,  &kFlussLogicalLogSize,
    &kFlussLocalSize,   &kFlussDiskUsageRatio, &kFlussDiskWriteLocked};

constexpr const MetricRow* kCoordinatorRows[] = {&kClusterHealth,
                                                 &kFlussActiveCoordinatorCount,
                                                 &kFlussAliveCoordinatorCount,
                                                 &kFlussActiveTabletServerCount,
                                                 &kFlussTableCount,
                                                 &kFlussPartitionCount,
                                                 &kFlussBucketCount,
                                                 &kFlussOfflineBucketCount,
                                                 &kFlussTableBucketCount,
                                                 &kFlussTablePartitionCount};

constexpr const MetricRow* kProcessRows[] = {
    &kBuildInfo,        &kShardCpuSeconds, &kProcessCpuSeconds, &kProcessResidentBytes,
    &kProcessStartTime, &kProcessOpenFds,  &kProcessMaxFds};

constexpr MetricSection kSections[] = {
    {"Requests",
     "`api` is the request's name, such as `PRODUCE_LOG`; `request` is Fluss's word for the same, "
     "and there are only `produceLog`, `fetchLogClient`, `metadata`, `putKv`, `lookup` and "
     "`prefixLookup`.",
     kRequestRows},
    {"Tables", "Over all buckets of the table on this server.", kTableRows},
    {"Buckets", "Of buckets that are online. `partition` is empty for a table without partitions.",
     kBucketRows},
    {"Tablet server", "", kTabletServerRows},
    {"Coordinator", "", kCoordinatorRows},
    {"Process", "", kProcessRows},
};

constexpr std::string_view kCoordinatorLabels[] = {"cluster_id", "host", "server_id"};
constexpr std::string_view kTabletServerLabels[] = {"cluster_id", "rack", "host", "server_id"};

std::string_view NameOf(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
    case MetricType::kSummary:
      return "summary";
  }
  return "";
}

std::string LabelsText(const MetricRow& row) {
  std::string text;
  for (size_t i = 0; i < row.label_count(); i++) {
    text += fmt::format("{}`{}`", i == 0 ? "" : ", ", row.labels[i]);
  }
  return text;
}

constexpr std::string_view kHead = R"(# Metrics and health

A server answers two requests over HTTP, at the address of `metrics.http.listen`
([configuration](../configuration.md)):

- `GET /metrics`: the metrics below, in Prometheus' text format.
- `GET /health`: a JSON object. Its `status` is `green`, `yellow` (some replica is not in sync, or the disk is
  too full to be written to) or `red` (some bucket is not served). The HTTP status is 503 when red, else 200, so
  that a load balancer need not read the object.

The names come from three places. Those with the prefix `fluss_` are Fluss's, with its labels, so that dashboards
made for Fluss show Millrace too: a name that ends in `PerSecond` is a gauge that holds the rate over the last
minute. Those with the prefix `millrace_` are made for Prometheus: totals to take a `rate()` of, histograms, base
units. Those with the prefix `process_` are the ones that all programs give to Prometheus.

All metrics with the prefix `fluss_tabletserver_` also have the labels `cluster_id`, `rack`, `host` and `server_id`,
those with the prefix `fluss_coordinator_` the same but `rack`.

This page is written by `millrace server --print-metrics-docs`.
)";

}  // namespace

std::span<const MetricSection> MetricSections() {
  return kSections;
}

std::span<const std::string_view> CommonLabelNames(CommonLabels common) {
  if (common == CommonLabels::kCoordinator) return kCoordinatorLabels;
  if (common == CommonLabels::kTabletServer) return kTabletServerLabels;
  return {};
}

std::string RenderMetricsDocs() {
  std::string page(kHead);
  for (const MetricSection& section : kSections) {
    page += fmt::format("\n## {}\n\n", section.title);
    if (!section.text.empty()) page += fmt::format("{}\n\n", section.text);
    page += "| Metric | Type | Labels | What it says |\n| --- | --- | --- | --- |\n";
    for (const MetricRow* row : section.rows) {
      page += fmt::format("| `{}` | {} | {} | {} |\n", row->name, NameOf(row->type),
                          LabelsText(*row), row->help);
    }
  }
  return page;
}

}  // namespace millrace::server
