#include "server/metrics/collector.h"

#include <set>

#include "coordinator/coordinator.h"
#include "net/server.h"
#include "replica/replica_manager.h"
#include "runtime/blocking_pool.h"

namespace millrace::server {

using runtime::Task;

namespace {

void Add(replica::TableProbe::Totals& sum, const replica::TableProbe::Totals& more) {
  // The probe counts what went well and what failed; the metrics have all and what failed.
  sum.produce += more.produce + more.produce_failed;
  sum.produce_failed += more.produce_failed;
  sum.fetch += more.fetch + more.fetch_failed;
  sum.fetch_failed += more.fetch_failed;
  sum.messages_in += more.messages_in;
  sum.bytes_in += more.bytes_in;
  sum.bytes_out += more.bytes_out;
  for (size_t i = 0; i < replica::kRowRequests; i++) {
    sum.row_requests[i] += more.row_requests[i];
    sum.row_requests_failed[i] += more.row_requests_failed[i];
  }
}

// Takes in one bucket; its table's counters once, however many buckets have them in common.
void Visit(const replica::Replica& replica, std::set<const replica::TableProbe*>& seen,
           Totals& totals, TabletServerNumbers* numbers) {
  const auto& facts = replica.table();
  auto& table = totals.tables[facts.id];
  if (facts.probe && seen.insert(facts.probe.get()).second) {
    table.path = facts.path;
    table.has_rows = facts.rows != nullptr;
    Add(table.totals, facts.probe->Read());
  }
  if (!numbers) return;
  const auto* log = replica.log();
  if (!log) {
    numbers->buckets_offline++;
    return;
  }
  numbers->writers += static_cast<int64_t>(log->writer_count());
  numbers->buckets.push_back({facts.id, replica.path().partition.value_or(""),
                              replica.bucket().bucket_id, log->size_bytes(), log->segment_count(),
                              log->start_offset(), log->end_offset()});
}

}  // namespace

MetricsCollector::MetricsCollector(MetricsSources sources) : sources_(std::move(sources)) {}

void MetricsCollector::Start() {
  runtime::Spawn(SampleLoop());
}

Task<> MetricsCollector::SampleLoop() {
  auto pass = under_way_.Enter();
  auto& clock = runtime::Shard::Current()->clock();
  while (!stopping_.is_set()) {
    auto totals = co_await ReadTotals(nullptr);
    window_.Push(std::move(totals));
    co_await stopping_.WaitUntil(clock.Now() + RateWindow::kInterval);
  }
}

Task<> MetricsCollector::Stop() {
  stopping_.Set();
  co_await under_way_.WaitEmpty();
}

// Fills in `numbers` of the buckets too, unless it is null.
Task<Totals> MetricsCollector::ReadTotals(TabletServerNumbers* numbers) {
  Totals totals;
  if (sources_.replicas) {
    std::set<const replica::TableProbe*> seen;
    co_await sources_.replicas->ForEach(
        [&](replica::Replica& replica) { Visit(replica, seen, totals, numbers); });
  }
  if (sources_.requests) {
    for (const auto& api : protocol::KnownApis()) {
      totals.apis[api.key] = sources_.requests->Read(api.key);
    }
  }
  totals.when = runtime::Shard::Current()->clock().Now();
  co_return totals;
}

Task<Snapshot> MetricsCollector::ReadAll() {
  Snapshot now;
  TabletServerNumbers numbers;
  now.totals = co_await ReadTotals(&numbers);
  if (sources_.replicas) {
    numbers.disk_usage_ratio = sources_.replicas->disk_guard().usage_ratio();
    numbers.disk_write_locked = sources_.replicas->disk_guard().locked();
    now.tablet_server = std::move(numbers);
  }
  if (sources_.requests) now.requests_refused = sources_.requests->refused();
  for (const auto& [listener, server] : sources_.servers) {
    now.connections.emplace_back(listener, server->connection_count());
  }
  if (sources_.coordinator) now.view = sources_.coordinator->view();
  for (const auto* shard : sources_.shards) {
    now.shard_cpu_seconds.push_back(static_cast<double>(shard->CpuTimeNs()) / 1e9);
  }
  now.version = sources_.version;
  co_return now;
}

Task<std::string> MetricsCollector::Metrics() {
  auto pass = under_way_.Enter();
  Snapshot now = co_await ReadAll();
  auto before = window_.oldest();
  std::string text;
  co_await sources_.pool->Run([&] {
    now.process = ReadProcessNumbers();
    text = RenderMetrics(now, *before, sources_.labels);
  });
  co_return text;
}

Task<Health> MetricsCollector::ReadHealth() {
  auto pass = under_way_.Enter();
  // Of what RenderHealth looks at, without visiting the buckets: it is asked often.
  Snapshot now;
  if (sources_.coordinator) now.view = sources_.coordinator->view();
  if (sources_.replicas) {
    const auto& disk = sources_.replicas->disk_guard();
    now.tablet_server.emplace();
    now.tablet_server->disk_usage_ratio = disk.usage_ratio();
    now.tablet_server->disk_write_locked = disk.locked();
  }
  co_return RenderHealth(now);
}

}  // namespace millrace::server
