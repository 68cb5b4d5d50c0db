// Every metric of the server, declared once: name, type, labels, help. What /metrics prints and
// docs/operating/metrics.md both come from these rows.
//
// A name is either Fluss's, for what Fluss measures too, so that its dashboards go on working; or
// ours, with the prefix millrace_, in Prometheus' own manner: counters of totals, histograms, base
// units; or one of the process_ names that all Prometheus clients share. Fluss's ...PerSecond
// gauges hold the rate over the last minute.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace millrace::server {

enum class MetricType : uint8_t { kCounter, kGauge, kHistogram, kSummary };

// Labels of the whole process, which all metrics of a Fluss prefix have in front of their own.
enum class CommonLabels : uint8_t { kNone, kCoordinator, kTabletServer };

struct MetricRow {
  std::string_view name;
  MetricType type = MetricType::kGauge;
  CommonLabels common = CommonLabels::kNone;
  // Its own labels, filled from the front.
  std::array<std::string_view, 4> labels = {};
  // One sentence or two, with the unit.
  std::string_view help;

  constexpr size_t label_count() const {
    size_t count = 0;
    while (count < labels.size() && !labels[count].empty()) count++;
    return count;
  }
};

struct MetricSection {
  std::string_view title;
  std::string_view text;
  std::span<const MetricRow* const> rows;
};

// All rows, in the order of the documentation.
std::span<const MetricSection> MetricSections();

// The names of a metric's labels, the common ones first.
std::span<const std::string_view> CommonLabelNames(CommonLabels common);

// docs/operating/metrics.md, whole.
std::string RenderMetricsDocs();

// ---- Requests ----

inline constexpr MetricRow kRequestsTotal{.name = "millrace_requests_total",
                                          .type = MetricType::kCounter,
                                          .labels = {"api"},
                                          .help = "Requests answered, failed ones included."};
inline constexpr MetricRow kRequestErrorsTotal{.name = "millrace_request_errors_total",
                                               .type = MetricType::kCounter,
                                               .labels = {"api"},
                                               .help = "Requests answered with an error."};
inline constexpr MetricRow kRequestsRefusedTotal{
    .name = "millrace_requests_refused_total",
    .type = MetricType::kCounter,
    .help = "Requests of an API that this server does not serve."};
inline constexpr MetricRow kRequestBytesTotal{.name = "millrace_request_bytes_total",
                                              .type = MetricType::kCounter,
                                              .labels = {"api"},
                                              .help = "Bytes of request bodies."};
inline constexpr MetricRow kResponseBytesTotal{
    .name = "millrace_response_bytes_total",
    .type = MetricType::kCounter,
    .labels = {"api"},
    .help = "Bytes of the bodies of successful responses."};
inline constexpr MetricRow kRequestSeconds{
    .name = "millrace_request_seconds",
    .type = MetricType::kHistogram,
    .labels = {"api"},
    .help =
        "Seconds from a request's last byte read to its response made; a fetch's wait for data "
        "counts. Only of APIs that were called."};
inline constexpr MetricRow kConnections{
    .name = "millrace_connections", .labels = {"listener"}, .help = "Client connections open now."};

inline constexpr MetricRow kFlussRequestsPerSecond{
    .name = "fluss_tabletserver_request_requestsPerSecond",
    .common = CommonLabels::kTabletServer,
    .labels = {"request"},
    .help = "Requests answered per second."};
inline constexpr MetricRow kFlussErrorsPerSecond{
    .name = "fluss_tabletserver_request_errorsPerSecond",
    .common = CommonLabels::kTabletServer,
    .labels = {"request"},
    .help = "Requests answered with an error, per second."};
inline constexpr MetricRow kFlussTotalTimeMs{
    .name = "fluss_tabletserver_request_totalTimeMs",
    .type = MetricType::kSummary,
    .common = CommonLabels::kTabletServer,
    .labels = {"request"},
    .help =
        "Milliseconds as of millrace_request_seconds: quantiles of the last minute, estimated from "
        "the histogram's buckets, with sum and count since the start."};

// ---- Tables ----

inline constexpr MetricRow kTableMessagesInTotal{.name = "millrace_table_messages_in_total",
                                                 .type = MetricType::kCounter,
                                                 .labels = {"database", "table"},
                                                 .help = "Records appended."};
inline constexpr MetricRow kTableBytesInTotal{.name = "millrace_table_bytes_in_total",
                                              .type = MetricType::kCounter,
                                              .labels = {"database", "table"},
                                              .help = "Bytes of batches appended."};
inline constexpr MetricRow kTableBytesOutTotal{.name = "millrace_table_bytes_out_total",
                                               .type = MetricType::kCounter,
                                               .labels = {"database", "table"},
                                               .help = "Bytes of batches fetched."};
inline constexpr MetricRow kTableProduceTotal{
    .name = "millrace_table_produce_requests_total",
    .type = MetricType::kCounter,
    .labels = {"database", "table"},
    .help = "Appends, counted per bucket of a request, failed ones included."};
inline constexpr MetricRow kTableProduceErrorsTotal{.name = "millrace_table_produce_errors_total",
                                                    .type = MetricType::kCounter,
                                                    .labels = {"database", "table"},
                                                    .help = "Appends that failed."};
inline constexpr MetricRow kTableFetchTotal{
    .name = "millrace_table_fetch_requests_total",
    .type = MetricType::kCounter,
    .labels = {"database", "table"},
    .help = "Fetches, counted per bucket of a request, failed ones included."};
inline constexpr MetricRow kTableFetchErrorsTotal{.name = "millrace_table_fetch_errors_total",
                                                  .type = MetricType::kCounter,
                                                  .labels = {"database", "table"},
                                                  .help = "Fetches that failed."};
inline constexpr MetricRow kTableRowRequestsTotal{
    .name = "millrace_table_row_requests_total",
    .type = MetricType::kCounter,
    .labels = {"database", "table", "request"},
    .help =
        "Requests for rows of a primary-key table, counted per bucket of a request, failed ones "
        "included: request is putKv, lookup, prefixLookup or limitScan."};
inline constexpr MetricRow kTableRowRequestErrorsTotal{
    .name = "millrace_table_row_request_errors_total",
    .type = MetricType::kCounter,
    .labels = {"database", "table", "request"},
    .help = "Such requests that failed."};
inline constexpr MetricRow kLogSizeBytes{
    .name = "millrace_log_size_bytes",
    .labels = {"database", "table"},
    .help = "Bytes of the table's log segments on this server."};

inline constexpr MetricRow kFlussTableMessagesIn{
    .name = "fluss_tabletserver_table_messagesInPerSecond",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table"},
    .help = "Records appended per second."};
inline constexpr MetricRow kFlussTableBytesIn{.name = "fluss_tabletserver_table_bytesInPerSecond",
                                              .common = CommonLabels::kTabletServer,
                                              .labels = {"database", "table"},
                                              .help = "Bytes appended per second."};
inline constexpr MetricRow kFlussTableBytesOut{.name = "fluss_tabletserver_table_bytesOutPerSecond",
                                               .common = CommonLabels::kTabletServer,
                                               .labels = {"database", "table"},
                                               .help = "Bytes fetched per second."};
inline constexpr MetricRow kFlussTableProduce{
    .name = "fluss_tabletserver_table_totalProduceLogRequestsPerSecond",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table", "tablet_type"},
    .help = "Appends per second, per bucket of a request; tablet_type is log."};
inline constexpr MetricRow kFlussTableProduceFailed{
    .name = "fluss_tabletserver_table_failedProduceLogRequestsPerSecond",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table", "tablet_type"},
    .help = "Appends that failed, per second."};
inline constexpr MetricRow kFlussTableFetch{
    .name = "fluss_tabletserver_table_totalFetchLogRequestsPerSecond",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table", "tablet_type"},
    .help = "Fetches per second, per bucket of a request; tablet_type is log."};
inline constexpr MetricRow kFlussTableFetchFailed{
    .name = "fluss_tabletserver_table_failedFetchLogRequestsPerSecond",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table", "tablet_type"},
    .help = "Fetches that failed, per second."};

constexpr MetricRow RowRequestRate(std::string_view name, std::string_view help) {
  return {.name = name,
          .common = CommonLabels::kTabletServer,
          .labels = {"database", "table", "tablet_type"},
          .help = help};
}
inline constexpr MetricRow kFlussTablePut =
    RowRequestRate("fluss_tabletserver_table_totalPutKvRequestsPerSecond",
                   "Upserts and deletes per second, per bucket of a request; tablet_type is kv.");
inline constexpr MetricRow kFlussTablePutFailed = RowRequestRate(
    "fluss_tabletserver_table_failedPutKvRequestsPerSecond", "Those that failed, per second.");
inline constexpr MetricRow kFlussTableLookup =
    RowRequestRate("fluss_tabletserver_table_totalLookupRequestsPerSecond",
                   "Lookups per second, per bucket of a request; tablet_type is kv.");
inline constexpr MetricRow kFlussTableLookupFailed = RowRequestRate(
    "fluss_tabletserver_table_failedLookupRequestsPerSecond", "Lookups that failed, per second.");
inline constexpr MetricRow kFlussTablePrefixLookup =
    RowRequestRate("fluss_tabletserver_table_totalPrefixLookupRequestsPerSecond",
                   "Prefix lookups per second, per bucket of a request; tablet_type is kv.");
inline constexpr MetricRow kFlussTablePrefixLookupFailed =
    RowRequestRate("fluss_tabletserver_table_failedPrefixLookupRequestsPerSecond",
                   "Prefix lookups that failed, per second.");
inline constexpr MetricRow kFlussTableLimitScan =
    RowRequestRate("fluss_tabletserver_table_totalLimitScanRequestsPerSecond",
                   "Limited scans per second; tablet_type is kv.");
inline constexpr MetricRow kFlussTableLimitScanFailed =
    RowRequestRate("fluss_tabletserver_table_failedLimitScanRequestsPerSecond",
                   "Limited scans that failed, per second.");

// ---- Buckets: those that are online; partition is empty for a table without partitions ----

inline constexpr MetricRow kFlussLogNumSegments{
    .name = "fluss_tabletserver_table_bucket_log_numSegments",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table", "partition", "bucket"},
    .help = "Segments of the log."};
inline constexpr MetricRow kFlussLogStartOffset{
    .name = "fluss_tabletserver_table_bucket_log_startOffset",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table", "partition", "bucket"},
    .help = "Offset of the first record still there."};
inline constexpr MetricRow kFlussLogEndOffset{
    .name = "fluss_tabletserver_table_bucket_log_endOffset",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table", "partition", "bucket"},
    .help = "Offset that the next record gets."};
inline constexpr MetricRow kFlussBucketLogicalLogSize{
    .name = "fluss_tabletserver_table_bucket_logicalStorage_logSize",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table", "partition", "bucket"},
    .help = "Bytes of the log, wherever they are stored."};
inline constexpr MetricRow kFlussBucketLocalLogSize{
    .name = "fluss_tabletserver_table_bucket_physicalStorage_localLogSize",
    .common = CommonLabels::kTabletServer,
    .labels = {"database", "table", "partition", "bucket"},
    .help = "Bytes of the log on this server's disk."};

// ---- Tablet server ----

inline constexpr MetricRow kBuckets{.name = "millrace_buckets",
                                    .labels = {"state"},
                                    .help =
                                        "Buckets this server hosts: state is online, or offline "
                                        "while the log is being opened or can "
                                        "not be used."};
inline constexpr MetricRow kFlussMessagesIn{.name = "fluss_tabletserver_messagesInPerSecond",
                                            .common = CommonLabels::kTabletServer,
                                            .help = "Records appended per second."};
inline constexpr MetricRow kFlussBytesIn{.name = "fluss_tabletserver_bytesInPerSecond",
                                         .common = CommonLabels::kTabletServer,
                                         .help = "Bytes appended per second."};
inline constexpr MetricRow kFlussBytesOut{.name = "fluss_tabletserver_bytesOutPerSecond",
                                          .common = CommonLabels::kTabletServer,
                                          .help = "Bytes fetched per second."};
inline constexpr MetricRow kFlussLeaderCount{.name = "fluss_tabletserver_leaderCount",
                                             .common = CommonLabels::kTabletServer,
                                             .help = "Buckets that this server leads and serves."};
inline constexpr MetricRow kFlussReplicaCount{.name = "fluss_tabletserver_replicaCount",
                                              .common = CommonLabels::kTabletServer,
                                              .help = "Replicas this server hosts."};
inline constexpr MetricRow kFlussWriterIdCount{
    .name = "fluss_tabletserver_writerIdCount",
    .common = CommonLabels::kTabletServer,
    .help = "Idempotent writers remembered, summed over the buckets."};
inline constexpr MetricRow kFlussLogicalLogSize{
    .name = "fluss_tabletserver_logicalStorage_logSize",
    .common = CommonLabels::kTabletServer,
    .help = "Bytes of all logs, wherever they are stored."};
inline constexpr MetricRow kFlussLocalSize{.name = "fluss_tabletserver_physicalStorage_localSize",
                                           .common = CommonLabels::kTabletServer,
                                           .help = "Bytes of all logs on this server's disk."};
inline constexpr MetricRow kFlussDiskUsageRatio{
    .name = "fluss_tabletserver_diskUsageRatio",
    .common = CommonLabels::kTabletServer,
    .help = "Share of the data disk in use, from 0 to 1, when it was last looked at."};
inline constexpr MetricRow kFlussDiskWriteLocked{
    .name = "fluss_tabletserver_diskWriteLocked",
    .common = CommonLabels::kTabletServer,
    .help = "1 while writes are refused because the disk is too full, else 0."};

// ---- Coordinator ----

inline constexpr MetricRow kClusterHealth{.name = "millrace_cluster_health",
                                          .help =
                                              "0 green: every replica is in sync; 1 yellow: some "
                                              "are not; 2 red: some bucket is not served."};
inline constexpr MetricRow kFlussActiveCoordinatorCount{
    .name = "fluss_coordinator_activeCoordinatorCount",
    .common = CommonLabels::kCoordinator,
    .help = "1 on the coordinator that leads."};
inline constexpr MetricRow kFlussAliveCoordinatorCount{
    .name = "fluss_coordinator_aliveCoordinatorCount",
    .common = CommonLabels::kCoordinator,
    .help = "Coordinators running, standbys included."};
inline constexpr MetricRow kFlussActiveTabletServerCount{
    .name = "fluss_coordinator_activeTabletServerCount",
    .common = CommonLabels::kCoordinator,
    .help = "Tablet servers running."};
inline constexpr MetricRow kFlussTableCount{.name = "fluss_coordinator_tableCount",
                                            .common = CommonLabels::kCoordinator,
                                            .help = "Tables."};
inline constexpr MetricRow kFlussPartitionCount{.name = "fluss_coordinator_partitionCount",
                                                .common = CommonLabels::kCoordinator,
                                                .help = "Partitions of all tables."};
inline constexpr MetricRow kFlussBucketCount{.name = "fluss_coordinator_bucketCount",
                                             .common = CommonLabels::kCoordinator,
                                             .help = "Buckets of all tables."};
inline constexpr MetricRow kFlussOfflineBucketCount{
    .name = "fluss_coordinator_offlineBucketCount",
    .common = CommonLabels::kCoordinator,
    .help = "Buckets without a leader that serves."};
inline constexpr MetricRow kFlussTableBucketCount{.name = "fluss_coordinator_table_bucketCount",
                                                  .common = CommonLabels::kCoordinator,
                                                  .labels = {"database", "table"},
                                                  .help = "Buckets of the table."};
inline constexpr MetricRow kFlussTablePartitionCount{
    .name = "fluss_coordinator_table_partitionCount",
    .common = CommonLabels::kCoordinator,
    .labels = {"database", "table"},
    .help = "Partitions of the table; 0 if it has no partition keys."};

// ---- Process ----

inline constexpr MetricRow kBuildInfo{.name = "millrace_build_info",
                                      .labels = {"version"},
                                      .help = "Always 1: the label tells what runs."};
inline constexpr MetricRow kShardCpuSeconds{
    .name = "millrace_shard_cpu_seconds_total",
    .type = MetricType::kCounter,
    .labels = {"shard"},
    .help = "CPU seconds of the shard's thread: its rate is the shard's load, 1 a full core."};
inline constexpr MetricRow kProcessCpuSeconds{
    .name = "process_cpu_seconds_total",
    .type = MetricType::kCounter,
    .help = "CPU seconds of the process, user and system."};
inline constexpr MetricRow kProcessResidentBytes{.name = "process_resident_memory_bytes",
                                                 .help = "Memory in use: resident set size."};
inline constexpr MetricRow kProcessStartTime{
    .name = "process_start_time_seconds",
    .help = "When the process started, seconds since 1970 UTC."};
inline constexpr MetricRow kProcessOpenFds{.name = "process_open_fds",
                                           .help = "File descriptors open now."};
inline constexpr MetricRow kProcessMaxFds{.name = "process_max_fds",
                                          .help = "File descriptors that may be open."};

}  // namespace millrace::server
