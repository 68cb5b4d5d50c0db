#include "server/metrics/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "coordinator/metadata_view.h"
#include "server/metrics/rates.h"

namespace millrace::server {
namespace {

using protocol::ApiKey;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

runtime::Instant At(int second) {
  return runtime::Instant() + seconds(1000 + second);
}

coordinator::BucketMetadata Bucket(int id, int leader) {
  return {{id}, {{7}}, metastore::LeaderIsr{.leader = {leader}, .isr = {{7}}}};
}

// One table of two buckets, and one with a partition.
std::shared_ptr<const coordinator::MetadataView> View(int leader) {
  auto view = std::make_shared<coordinator::MetadataView>();
  auto plain = std::make_shared<coordinator::TableEntry>();
  plain->table = std::make_shared<metastore::TableMetadata>(
      metastore::TableMetadata{.info = {.path = {"db", "t"}, .id = {1}}});
  plain->buckets = {Bucket(0, 7), Bucket(1, leader)};
  view->PutTable(plain);
  auto daily = std::make_shared<coordinator::TableEntry>();
  daily->table = std::make_shared<metastore::TableMetadata>(
      metastore::TableMetadata{.info = {.path = {"db", "daily"}, .id = {2}}});
  auto partition = std::make_shared<coordinator::PartitionMetadata>();
  partition->info.id = {5};
  partition->buckets = {Bucket(0, 7)};
  daily->partitions["2026"] = partition;
  view->PutTable(daily);
  return view;
}

Snapshot Sample() {
  Snapshot now;
  now.totals.when = At(60);
  auto& produce = now.totals.apis[ApiKey::kProduceLog];
  produce = {.requests = 120, .errors = 6, .bytes_in = 1000, .bytes_out = 100};
  produce.latency_sum_us = 30'000;
  produce.latency_counts = {0, 0, 100, 0, 20};  // to 250 us, to 1 ms
  now.totals.apis[ApiKey::kGetMetadata] = {};
  now.totals.tables[{1}] = {{"db", "t"},
                            {.produce = 600,
                             .produce_failed = 60,
                             .fetch = 30,
                             .fetch_failed = 3,
                             .messages_in = 6000,
                             .bytes_in = 1'234'567'890'123,
                             .bytes_out = 90}};
  now.totals.tables[{2}] = {{"db", "daily"}, {.messages_in = 60}};
  now.totals.tables[{3}] = {{"db", "rows"},
                            {.row_requests = {600, 60, 30, 6}, .row_requests_failed = {6, 5, 4, 3}},
                            true};
  now.requests_refused = 4;
  now.connections = {{"FLUSS", 3}};
  auto& tablets = now.tablet_server.emplace();
  tablets.buckets = {{{1}, "", {0}, 1000, 2, {10}, {6000}}, {{2}, "2026", {0}, 24, 1, {0}, {60}}};
  tablets.buckets_offline = 1;
  tablets.writers = 5;
  tablets.disk_usage_ratio = 0.25;
  now.view = View(7);
  now.shard_cpu_seconds = {1.5, 0.25};
  now.process = {.cpu_seconds = 2.5,
                 .start_time_seconds = 1795543200.25,
                 .resident_bytes = 41943040,
                 .open_fds = 12,
                 .max_fds = 1024};
  now.version = "1.2.3";
  return now;
}

Totals Before() {
  Totals before;
  before.when = At(0);
  before.apis[ApiKey::kProduceLog] = {.requests = 60, .errors = 0};
  before.tables[{1}] = {{"db", "t"}, {.messages_in = 3000}};
  before.tables[{3}] = {{"db", "rows"}, {.row_requests = {300}}, true};
  // Dropped since: its records are not taken off the others'.
  before.tables[{9}] = {{"db", "gone"}, {.messages_in = 1'000'000}};
  return before;
}

const ProcessLabels kLabels = {"c1", "h", "r", "7", "uuid"};

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> Rendered(const Snapshot& now) {
  return Lines(RenderMetrics(now, Before(), kLabels));
}

TEST(RenderMetricsTest, WritesTheseLines) {
  auto lines = Rendered(Sample());
  const std::string tablet = R"(cluster_id="c1",rack="r",host="h",server_id="7")";
  const std::string coordinator = R"({cluster_id="c1",host="h",server_id="uuid")";
  const std::string table = "{" + tablet + R"(,database="db",table="t")";
  const std::string rows = "{" + tablet + R"(,database="db",table="rows")";
  const std::string bucket = table + R"(,partition="",bucket="0"} )";
  const std::string daily_bucket =
      "{" + tablet + R"(,database="db",table="daily",partition="2026",bucket="0"} )";
  const std::string produce = "{" + tablet + R"(,request="produceLog")";
  const std::string fluss = "fluss_tabletserver_";
  for (
      const std::string& expected : std::vector<std::string>{
          "# HELP millrace_requests_total Requests answered, failed ones included.",
          "# TYPE millrace_requests_total counter",
          R"(millrace_requests_total{api="PRODUCE_LOG"} 120)",
          R"(millrace_requests_total{api="FETCH_LOG"} 0)",
          R"(millrace_request_errors_total{api="PRODUCE_LOG"} 6)",
          R"(millrace_request_bytes_total{api="PRODUCE_LOG"} 1000)",
          R"(millrace_response_bytes_total{api="PRODUCE_LOG"} 100)",
          "millrace_requests_refused_total 4",
          "# TYPE millrace_request_seconds histogram",
          R"(millrace_request_seconds_count{api="PRODUCE_LOG"} 120)",
          R"(millrace_request_seconds_sum{api="PRODUCE_LOG"} 0.03)",
          R"(millrace_request_seconds_bucket{api="PRODUCE_LOG",le="0.0001"} 0)",
          R"(millrace_request_seconds_bucket{api="PRODUCE_LOG",le="0.00025"} 100)",
          R"(millrace_request_seconds_bucket{api="PRODUCE_LOG",le="0.001"} 120)",
          R"(millrace_request_seconds_bucket{api="PRODUCE_LOG",le="10"} 120)",
          R"(millrace_request_seconds_bucket{api="PRODUCE_LOG",le="+Inf"} 120)",
          R"(millrace_connections{listener="FLUSS"} 3)",
          fluss + "request_requestsPerSecond" + produce + "} 1",
          fluss + "request_errorsPerSecond" + produce + "} 0.1",
          "# TYPE fluss_tabletserver_request_totalTimeMs summary",
          fluss + "request_totalTimeMs_count" + produce + "} 120",
          fluss + "request_totalTimeMs_sum" + produce + "} 30",
          fluss + "request_totalTimeMs" + produce + R"(,quantile="0.5"} 0.19)",
          fluss + "request_totalTimeMs" + produce + R"(,quantile="0.95"} 0.85)",
          R"(millrace_table_messages_in_total{database="db",table="t"} 6000)",
          R"(millrace_table_bytes_in_total{database="db",table="t"} 1234567890123)",
          R"(millrace_table_bytes_out_total{database="db",table="t"} 90)",
          R"(millrace_table_produce_requests_total{database="db",table="t"} 600)",
          R"(millrace_table_produce_errors_total{database="db",table="t"} 60)",
          R"(millrace_table_fetch_requests_total{database="db",table="t"} 30)",
          R"(millrace_table_fetch_errors_total{database="db",table="t"} 3)",
          "# TYPE millrace_log_size_bytes gauge",
          R"(millrace_log_size_bytes{database="db",table="t"} 1000)",
          fluss + "table_messagesInPerSecond" + table + "} 50",
          fluss + "table_bytesOutPerSecond" + table + "} 1.5",
          fluss + "table_totalProduceLogRequestsPerSecond" + table + R"(,tablet_type="log"} 10)",
          fluss + "table_failedProduceLogRequestsPerSecond" + table + R"(,tablet_type="log"} 1)",
          fluss + "table_totalFetchLogRequestsPerSecond" + table + R"(,tablet_type="log"} 0.5)",
          fluss + "table_failedFetchLogRequestsPerSecond" + table + R"(,tablet_type="log"} 0.05)",
          R"(millrace_table_row_requests_total{database="db",table="rows",request="lookup"} 60)",
          R"(millrace_table_row_request_errors_total{database="db",table="rows",request="limitScan"} 3)",
          fluss + "table_totalPutKvRequestsPerSecond" + rows + R"(,tablet_type="kv"} 5)",
          fluss + "table_failedLookupRequestsPerSecond" + rows +
              R"(,tablet_type="kv"} 0.08333333333333333)",
          fluss + "table_totalPrefixLookupRequestsPerSecond" + rows + R"(,tablet_type="kv"} 0.5)",
          fluss + "table_totalLimitScanRequestsPerSecond" + rows + R"(,tablet_type="kv"} 0.1)",
          fluss + "table_bucket_log_numSegments" + bucket + "2",
          fluss + "table_bucket_log_startOffset" + bucket + "10",
          fluss + "table_bucket_log_endOffset" + bucket + "6000",
          fluss + "table_bucket_logicalStorage_logSize" + bucket + "1000",
          fluss + "table_bucket_physicalStorage_localLogSize" + daily_bucket + "24",
          fluss + "messagesInPerSecond{" + tablet + "} 51",
          R"(millrace_buckets{state="online"} 2)",
          R"(millrace_buckets{state="offline"} 1)",
          fluss + "leaderCount{" + tablet + "} 2",
          fluss + "replicaCount{" + tablet + "} 3",
          fluss + "writerIdCount{" + tablet + "} 5",
          fluss + "logicalStorage_logSize{" + tablet + "} 1024",
          fluss + "physicalStorage_localSize{" + tablet + "} 1024",
          fluss + "diskUsageRatio{" + tablet + "} 0.25",
          fluss + "diskWriteLocked{" + tablet + "} 0",
          "millrace_cluster_health 0",
          "fluss_coordinator_activeCoordinatorCount" + coordinator + "} 1",
          "fluss_coordinator_activeTabletServerCount" + coordinator + "} 1",
          "fluss_coordinator_tableCount" + coordinator + "} 2",
          "fluss_coordinator_partitionCount" + coordinator + "} 1",
          "fluss_coordinator_bucketCount" + coordinator + "} 3",
          "fluss_coordinator_offlineBucketCount" + coordinator + "} 0",
          "fluss_coordinator_table_bucketCount" + coordinator +
              R"(,database="db",table="daily"} 1)",
          "fluss_coordinator_table_partitionCount" + coordinator + R"(,database="db",table="t"} 0)",
          R"(millrace_build_info{version="1.2.3"} 1)",
          "# TYPE millrace_shard_cpu_seconds_total counter",
          R"(millrace_shard_cpu_seconds_total{shard="1"} 0.25)",
          "process_cpu_seconds_total 2.5",
          "process_resident_memory_bytes 41943040",
          "process_start_time_seconds 1795543200.25",
          "process_open_fds 12",
          "process_max_fds 1024",
      }) {
    EXPECT_THAT(lines, Contains(expected));
  }
  EXPECT_THAT(lines, Not(Contains(HasSubstr("gone"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith(R"(millrace_request_seconds_count{api="GET_MET)"))));
}

TEST(RenderMetricsTest, WritesEveryDeclaredMetricOnce) {
  std::multiset<std::string> types;
  for (const std::string& line : Rendered(Sample())) {
    if (line.starts_with("# TYPE ")) types.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  std::multiset<std::string> declared;
  for (const auto& section : MetricSections()) {
    for (const MetricRow* row : section.rows) declared.emplace(row->name);
  }
  EXPECT_EQ(types, declared);
}

TEST(RenderMetricsTest, LeavesOutTheRolesTheProcessLacks) {
  Snapshot now;
  now.totals.when = At(60);
  auto lines = Rendered(now);
  EXPECT_THAT(lines, Not(Contains(StartsWith("fluss_coordinator_"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith("millrace_table_"))));
  EXPECT_THAT(lines, Contains("process_open_fds 0"));
}

TEST(RenderMetricsTest, EscapesLabels) {
  Snapshot now;
  now.version = "a\"b\\c\nd";
  EXPECT_THAT(Rendered(now), Contains(R"(millrace_build_info{version="a\"b\\c\nd"} 1)"));
}

TEST(RenderHealthTest, Cases) {
  Snapshot now = Sample();
  EXPECT_EQ(RenderHealth(now).json,
            "{\"status\":\"green\",\"replicas\":3,\"in_sync_replicas\":3,\"buckets\":3,"
            "\"offline_buckets\":0,\"disk_write_locked\":false,\"disk_usage_ratio\":0.250}\n");
  EXPECT_FALSE(RenderHealth(now).red);
  now.tablet_server->disk_write_locked = true;
  EXPECT_THAT(RenderHealth(now).json, HasSubstr(R"("status":"yellow")"));
  EXPECT_FALSE(RenderHealth(now).red);
  now.view = View(-1);
  EXPECT_THAT(RenderHealth(now).json, HasSubstr(R"("status":"red")"));
  EXPECT_THAT(RenderHealth(now).json, HasSubstr(R"("offline_buckets":1)"));
  EXPECT_TRUE(RenderHealth(now).red);
  EXPECT_EQ(RenderHealth(Snapshot()).json, "{\"status\":\"green\"}\n");
}

TEST(RatesTest, Quantiles) {
  std::array<int64_t, RequestProbe::kBoundsUs.size() + 1> counts = {};
  EXPECT_EQ(QuantileUs(counts, 0.5), 0);
  counts[0] = 10;
  EXPECT_EQ(QuantileUs(counts, 0.5), 25);
  counts[1] = 10;
  EXPECT_EQ(QuantileUs(counts, 0.5), 50);
  EXPECT_EQ(QuantileUs(counts, 0.75), 75);
  counts.back() = 80;
  EXPECT_EQ(QuantileUs(counts, 0.99), 10'000'000);
}

TEST(RatesTest, PerSecond) {
  EXPECT_EQ(PerSecond(60, seconds(60)), 1);
  EXPECT_EQ(PerSecond(60, seconds(30)), 2);
  // Just started: no peak.
  EXPECT_EQ(PerSecond(10, runtime::Duration(1)), 2);
  EXPECT_EQ(PerSecond(0, seconds(0)), 0);
}

TEST(RatesTest, ATotalThatShrankBeganAnew) {
  EXPECT_EQ(Since({.requests = 5}, {.requests = 3}).requests, 2);
  EXPECT_EQ(Since({.requests = 5}, {.requests = 9}).requests, 5);
}

TEST(RateWindowTest, KeepsAMinute) {
  RateWindow window;
  EXPECT_EQ(window.oldest()->when, runtime::Instant());
  for (int i = 0; i < 20; i++) window.Push({.when = At(5 * i)});
  EXPECT_EQ(window.oldest()->when, At(5 * 8));
}

TEST(ProcessNumbersTest, ArePlausible) {
  auto numbers = ReadProcessNumbers();
  double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(numbers.cpu_seconds, 0);
  EXPECT_GT(numbers.start_time_seconds, now - 3600);
  EXPECT_LE(numbers.start_time_seconds, now + 1);
  EXPECT_GT(numbers.resident_bytes, 1u << 20);
  EXPECT_GE(numbers.open_fds, 3u);
  EXPECT_GE(numbers.max_fds, numbers.open_fds);
}

TEST(MetricsDocsTest, NameEveryMetric) {
  std::string page = RenderMetricsDocs();
  std::set<std::string_view> names;
  for (const auto& section : MetricSections()) {
    for (const MetricRow* row : section.rows) {
      EXPECT_TRUE(names.insert(row->name).second) << row->name;
      EXPECT_THAT(page, HasSubstr("| `" + std::string(row->name) + "` |"));
      EXPECT_TRUE(row->help.ends_with('.')) << row->name;
      bool coordinator = row->name.starts_with("fluss_coordinator_");
      bool tablet_server = row->name.starts_with("fluss_tabletserver_");
      EXPECT_EQ(row->common == CommonLabels::kCoordinator, coordinator) << row->name;
      EXPECT_EQ(row->common == CommonLabels::kTabletServer, tablet_server) << row->name;
    }
  }
  EXPECT_THAT(page, HasSubstr("| `millrace_requests_total` | counter | `api` | Requests answered"));
}

}  // namespace
}  // namespace millrace::server
