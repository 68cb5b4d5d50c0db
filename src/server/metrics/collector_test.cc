// A whole node without its network: coordinator, tablet server, metadata on disk.
#include "server/metrics/collector.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <bit>

#include "coordinator/coordinator.h"
#include "metastore/embedded/embedded_store.h"
#include "replica/replica_manager.h"
#include "runtime/disk.h"
#include "runtime/runtime.h"
#include "server/local_tablets.h"
#include "server/scan_sessions.h"

namespace millrace::server {
namespace {

using runtime::Task;
using testing::HasSubstr;
using testing::Not;

const std::atomic<int64_t> kOne = std::bit_cast<int64_t>(1.0);
const std::atomic<int64_t> kFalse = 0;

schema::TableDescriptor TwoBuckets() {
  schema::TableDescriptor descriptor;
  descriptor.schema.columns = {
      {.name = "id", .type = schema::DataType::Of(schema::TypeRoot::kBigInt), .id = 0}};
  descriptor.schema.highest_field_id = 0;
  descriptor.bucket_count = 2;
  return descriptor;
}

class CollectorTest : public testing::Test {
 protected:
  CollectorTest()
      : directory_(fmt::format("{}/millrace-collector-{}-{}", testing::TempDir(),
                               testing::UnitTest::GetInstance()->current_test_info()->name(),
                               ::getpid())) {
    EXPECT_TRUE(runtime::SystemDisk().RemoveAll(directory_));
    runtime_.BlockOn(Start());
  }
  ~CollectorTest() override {
    runtime_.BlockOn(Stop());
    EXPECT_TRUE(runtime::SystemDisk().RemoveAll(directory_));
  }

  Task<> Start() {
    LiveOption<double> never(&kOne);
    replica::ReplicaOptions options{
        directory_, {}, {never, never, std::chrono::minutes(1)}, LiveOption<bool>(&kFalse)};
    std::vector<runtime::Shard*> shards = {&runtime_.shard(0), &runtime_.shard(1)};
    replica::Environment environment = {runtime::SystemDisk(), runtime_.blocking_pool()};
    EXPECT_TRUE(runtime::SystemDisk().CreateDirectories(directory_));
    replicas_ = std::make_unique<replica::ReplicaManager>(shards, environment, options);
    auto started = co_await replicas_->Start();
    EXPECT_TRUE(started);
    scans_ = std::make_unique<ScanSessions>(runtime_.shard(0), runtime::SystemClock(),
                                            runtime_.blocking_pool(), ScanOptions());
    tablets_ = std::make_unique<LocalTablets>(*replicas_, *scans_);
    auto store = metastore::OpenEmbeddedStore(directory_ + "/meta", runtime_.blocking_pool());
    EXPECT_TRUE(store);
    store_ = *std::move(store);
    coordinator_ = std::make_unique<coordinator::Coordinator>(
        runtime_.shard(0), runtime::SystemClock(), *store_, *tablets_,
        coordinator::CoordinatorOptions());
    started = co_await coordinator_->Start();
    EXPECT_TRUE(started);

    MetricsSources sources;
    sources.coordinator = coordinator_.get();
    sources.replicas = replicas_.get();
    sources.shards = {&runtime_.shard(0), &runtime_.shard(1)};
    sources.pool = &runtime_.blocking_pool();
    sources.labels = {"c", "h", "", "0", "u"};
    collector_ = std::make_unique<MetricsCollector>(sources);
    collector_->Start();
  }
  Task<> Stop() {
    co_await collector_->Stop();
    co_await coordinator_->Stop();
    co_await scans_->Stop();
    auto stopped = co_await replicas_->Stop();
    EXPECT_TRUE(stopped);
  }

  Task<> CreateTable() {
    // Named, because g++ 12 destroys braced temporaries of a co_await twice.
    const TablePath path = {"fluss", "t"};
    const auto descriptor = TwoBuckets();
    auto created = co_await coordinator_->CreateTable(path, descriptor, false);
    EXPECT_TRUE(created);
    // A bucket answers once its log is open.
    for (int i : {0, 1}) {
      const TableBucket bucket = {coordinator_->view()->FindTable(path)->info().id, {}, {i}};
      const TimestampMs unused;
      auto end = co_await replicas_->ListOffset(bucket, replica::OffsetKind::kLatest, unused);
      EXPECT_TRUE(end);
    }
  }
  static Task<> Count(replica::ReplicaManager& replicas) {
    int visited = 0;
    co_await replicas.ForEach([&](replica::Replica& replica) {
      if (visited++ > 0) return;
      replica.table().probe->Appended(7, 700);
      replica.table().probe->ProduceDone(true);
      replica.table().probe->ProduceDone(false);
    });
  }
  std::string Metrics() {
    std::string text;
    auto keep = [](MetricsCollector& collector, std::string& to) -> Task<> {
      to = co_await collector.Metrics();
    };
    runtime_.BlockOn(keep(*collector_, text));
    return "\n" + text;
  }
  std::string HealthJson() {
    std::string json;
    auto keep = [](MetricsCollector& collector, std::string& to) -> Task<> {
      auto health = co_await collector.ReadHealth();
      to = health.json;
    };
    runtime_.BlockOn(keep(*collector_, json));
    return json;
  }

  const std::string directory_;
  runtime::Runtime runtime_{2, 2};
  std::unique_ptr<replica::ReplicaManager> replicas_;
  std::unique_ptr<ScanSessions> scans_;
  std::unique_ptr<LocalTablets> tablets_;
  std::unique_ptr<metastore::Store> store_;
  std::unique_ptr<coordinator::Coordinator> coordinator_;
  std::unique_ptr<MetricsCollector> collector_;
};

TEST_F(CollectorTest, CountsATableOnceWhateverItsBuckets) {
  EXPECT_THAT(Metrics(), Not(HasSubstr("table=\"t\"")));
  runtime_.BlockOn(CreateTable());
  runtime_.BlockOn(Count(*replicas_));
  std::string text = Metrics();
  const std::string labels = R"({cluster_id="c",rack="",host="h",server_id="0")";
  const std::string bucket = labels + R"(,database="fluss",table="t",partition="",bucket=")";
  for (const std::string& line : std::vector<std::string>{
           R"(millrace_table_messages_in_total{database="fluss",table="t"} 7)",
           R"(millrace_table_bytes_in_total{database="fluss",table="t"} 700)",
           R"(millrace_table_produce_requests_total{database="fluss",table="t"} 2)",
           R"(millrace_table_produce_errors_total{database="fluss",table="t"} 1)",
           R"(millrace_buckets{state="online"} 2)",
           "fluss_tabletserver_table_bucket_log_numSegments" + bucket + "0\"} 1",
           "fluss_tabletserver_table_bucket_log_endOffset" + bucket + "1\"} 0",
           R"(fluss_coordinator_bucketCount{cluster_id="c",host="h",server_id="u"} 2)",
           "millrace_cluster_health 0",
       }) {
    EXPECT_THAT(text, HasSubstr("\n" + line + "\n"));
  }
  EXPECT_THAT(text, HasSubstr("\nmillrace_shard_cpu_seconds_total{shard=\"1\"} "));
}

TEST_F(CollectorTest, TellsTheHealth) {
  EXPECT_THAT(HealthJson(), HasSubstr(R"("status":"green","replicas":0,)"));
  runtime_.BlockOn(CreateTable());
  EXPECT_THAT(HealthJson(), HasSubstr(R"("status":"green","replicas":2,"in_sync_replicas":2,)"));
}

}  // namespace
}  // namespace millrace::server
