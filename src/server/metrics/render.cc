#include "server/metrics/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/metadata_view.h"
#include "server/api/table.h"
#include "server/metrics/rates.h"

namespace millrace::server {
namespace {

using coordinator::ClusterHealth;
using prometheus::ClientMetric;
using protocol::ApiKey;
using ApiTotals = RequestProbe::ApiTotals;
using TableTotals = replica::TableProbe::Totals;

constexpr std::string_view kLogTablet = "log";
constexpr std::string_view kKvTablet = "kv";

struct ApiCounter {
  const MetricRow& row;
  int64_t ApiTotals::* total;
};
constexpr ApiCounter kApiCounters[] = {
    {kRequestsTotal, &ApiTotals::requests},
    {kRequestErrorsTotal, &ApiTotals::errors},
    {kRequestBytesTotal, &ApiTotals::bytes_in},
    {kResponseBytesTotal, &ApiTotals::bytes_out},
};

// What Fluss's metrics call a request, of those it has metrics of.
constexpr std::pair<ApiKey, std::string_view> kFlussRequests[] = {
    {ApiKey::kProduceLog, "produceLog"}, {ApiKey::kFetchLog, "fetchLogClient"},
    {ApiKey::kGetMetadata, "metadata"},  {ApiKey::kPutKv, "putKv"},
    {ApiKey::kLookup, "lookup"},         {ApiKey::kPrefixLookup, "prefixLookup"},
};

struct TableCounter {
  const MetricRow& row;
  int64_t TableTotals::* total;
};
constexpr TableCounter kTableCounters[] = {
    {kTableMessagesInTotal, &TableTotals::messages_in},
    {kTableBytesInTotal, &TableTotals::bytes_in},
    {kTableBytesOutTotal, &TableTotals::bytes_out},
    {kTableProduceTotal, &TableTotals::produce},
    {kTableProduceErrorsTotal, &TableTotals::produce_failed},
    {kTableFetchTotal, &TableTotals::fetch},
    {kTableFetchErrorsTotal, &TableTotals::fetch_failed},
};
constexpr TableCounter kTableRates[] = {
    {kFlussTableMessagesIn, &TableTotals::messages_in},
    {kFlussTableBytesIn, &TableTotals::bytes_in},
    {kFlussTableBytesOut, &TableTotals::bytes_out},
};
// Those that Fluss counts by the kind of tablet.
constexpr TableCounter kTabletTypeRates[] = {
    {kFlussTableProduce, &TableTotals::produce},
    {kFlussTableProduceFailed, &TableTotals::produce_failed},
    {kFlussTableFetch, &TableTotals::fetch},
    {kFlussTableFetchFailed, &TableTotals::fetch_failed},
};

// Of primary-key tables, by replica::RowRequest.
struct RowCounter {
  std::string_view request;
  const MetricRow& rate;
  const MetricRow& failed_rate;
};
constexpr RowCounter kRowCounters[replica::kRowRequests] = {
    {"putKv", kFlussTablePut, kFlussTablePutFailed},
    {"lookup", kFlussTableLookup, kFlussTableLookupFailed},
    {"prefixLookup", kFlussTablePrefixLookup, kFlussTablePrefixLookupFailed},
    {"limitScan", kFlussTableLimitScan, kFlussTableLimitScanFailed},
};

// Over all tables.
constexpr TableCounter kServerRates[] = {
    {kFlussMessagesIn, &TableTotals::messages_in},
    {kFlussBytesIn, &TableTotals::bytes_in},
    {kFlussBytesOut, &TableTotals::bytes_out},
};

ClientMetric::Histogram HistogramOf(const ApiTotals& api) {
  ClientMetric::Histogram histogram;
  for (size_t i = 0; i < api.latency_counts.size(); i++) {
    histogram.sample_count += api.latency_counts[i];
    bool last = i == RequestProbe::kBoundsUs.size();
    double bound = last ? std::numeric_limits<double>::infinity()
                        : static_cast<double>(RequestProbe::kBoundsUs[i]) / 1e6;
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
  histogram.sample_sum = static_cast<double>(api.latency_sum_us) / 1e6;
  return histogram;
}

ClientMetric::Summary SummaryOf(const ApiTotals& now, const ApiTotals& before) {
  ClientMetric::Summary summary;
  for (int64_t count : now.latency_counts) summary.sample_count += count;
  summary.sample_sum = static_cast<double>(now.latency_sum_us) / 1e3;
  auto recent = Since(now, before).latency_counts;
  for (double quantile : {0.5, 0.75, 0.95, 0.98, 0.99, 0.999}) {
    summary.quantile.push_back({quantile, QuantileUs(recent, quantile) / 1e3});
  }
  return summary;
}

ApiTotals TotalsOf(const Totals& totals, ApiKey key) {
  auto found = totals.apis.find(key);
  return found == totals.apis.end() ? ApiTotals{} : found->second;
}

void AddRequests(Exposition& out, const Snapshot& now, const Totals& before) {
  for (const auto& counter : kApiCounters) {
    out.Begin(counter.row);
    for (const Api& api : ServedApis()) {
      out.Add({protocol::InfoOf(api.key).name},
              static_cast<double>(TotalsOf(now.totals, api.key).*counter.total));
    }
  }
  out.Single(kRequestsRefusedTotal, static_cast<double>(now.requests_refused));
  out.Begin(kRequestSeconds);
  for (const auto& [key, api] : now.totals.apis) {
    if (api.requests > 0) out.Add({protocol::InfoOf(key).name}, HistogramOf(api));
  }
  out.Begin(kConnections);
  for (const auto& [listener, count] : now.connections) out.Add({listener}, count);

  auto elapsed = now.totals.when - before.when;
  auto add_rates = [&](const MetricRow& row, int64_t ApiTotals::* total) {
    out.Begin(row);
    for (const auto& [key, name] : kFlussRequests) {
      out.Add({name},
              PerSecond(Since(TotalsOf(now.totals, key), TotalsOf(before, key)).*total, elapsed));
    }
  };
  add_rates(kFlussRequestsPerSecond, &ApiTotals::requests);
  add_rates(kFlussErrorsPerSecond, &ApiTotals::errors);
  out.Begin(kFlussTotalTimeMs);
  for (const auto& [key, name] : kFlussRequests) {
    out.Add({name}, SummaryOf(TotalsOf(now.totals, key), TotalsOf(before, key)));
  }
}

void AddTables(Exposition& out, const Snapshot& now, const Totals& before) {
  const auto& tables = now.totals.tables;
  for (const auto& counter : kTableCounters) {
    out.Begin(counter.row);
    for (const auto& [id, table] : tables) {
      out.Add({table.path.database, table.path.table},
              static_cast<double>(table.totals.*counter.total));
    }
  }
  std::map<TableId, double> log_bytes;
  for (const auto& [id, table] : tables) log_bytes[id] = 0;
  for (const auto& bucket : now.tablet_server->buckets) {
    log_bytes[bucket.table] += static_cast<double>(bucket.log_bytes);
  }
  out.Begin(kLogSizeBytes);
  for (const auto& [id, bytes] : log_bytes) {
    const TablePath& path = tables.at(id).path;
    out.Add({path.database, path.table}, bytes);
  }

  auto recent = TablesSince(now.totals, before);
  auto elapsed = now.totals.when - before.when;
  for (const auto& rate : kTableRates) {
    out.Begin(rate.row);
    for (const auto& [id, table] : recent) {
      out.Add({table.path.database, table.path.table},
              PerSecond(table.totals.*rate.total, elapsed));
    }
  }
  for (const auto& rate : kTabletTypeRates) {
    out.Begin(rate.row);
    for (const auto& [id, table] : recent) {
      out.Add({table.path.database, table.path.table, kLogTablet},
              PerSecond(table.totals.*rate.total, elapsed));
    }
  }
  for (const auto& rate : kServerRates) {
    int64_t sum = 0;
    for (const auto& [id, table] : recent) sum += table.totals.*rate.total;
    out.Single(rate.row, PerSecond(sum, elapsed));
  }
}

using RowTotals = std::array<int64_t, replica::kRowRequests> TableTotals::*;

void AddRowRequests(Exposition& out, const Snapshot& now, const Totals& before) {
  auto add_counts = [&](const MetricRow& row, RowTotals totals) {
    out.Begin(row);
    for (const auto& [id, table] : now.totals.tables) {
      for (size_t i = 0; table.has_rows && i < replica::kRowRequests; i++) {
        out.Add({table.path.database, table.path.table, kRowCounters[i].request},
                static_cast<double>((table.totals.*totals)[i]));
      }
    }
  };
  add_counts(kTableRowRequestsTotal, &TableTotals::row_requests);
  add_counts(kTableRowRequestErrorsTotal, &TableTotals::row_requests_failed);

  auto recent = TablesSince(now.totals, before);
  auto elapsed = now.totals.when - before.when;
  auto add_rate = [&](const MetricRow& row, RowTotals totals, size_t request) {
    out.Begin(row);
    for (const auto& [id, table] : recent) {
      if (!table.has_rows) continue;
      out.Add({table.path.database, table.path.table, kKvTablet},
              PerSecond((table.totals.*totals)[request], elapsed));
    }
  };
  for (size_t i = 0; i < replica::kRowRequests; i++) {
    add_rate(kRowCounters[i].rate, &TableTotals::row_requests, i);
    add_rate(kRowCounters[i].failed_rate, &TableTotals::row_requests_failed, i);
  }
}

void AddBuckets(Exposition& out, const Snapshot& now) {
  auto add = [&](const MetricRow& row, auto value_of) {
    out.Begin(row);
    for (const auto& bucket : now.tablet_server->buckets) {
      const TablePath& path = now.totals.tables.at(bucket.table).path;
      out.Add({path.database, path.table, bucket.partition, std::to_string(bucket.bucket.value)},
              static_cast<double>(value_of(bucket)));
    }
  };
  auto log_bytes = [](const BucketNumbers& bucket) { return bucket.log_bytes; };
  add(kFlussLogNumSegments, [](const BucketNumbers& bucket) { return bucket.segments; });
  add(kFlussLogStartOffset, [](const BucketNumbers& bucket) { return bucket.start.value; });
  add(kFlussLogEndOffset, [](const BucketNumbers& bucket) { return bucket.end.value; });
  add(kFlussBucketLogicalLogSize, log_bytes);
  add(kFlussBucketLocalLogSize, log_bytes);
}

void AddTabletServer(Exposition& out, const TabletServerNumbers& numbers) {
  auto online = static_cast<double>(numbers.buckets.size());
  auto offline = static_cast<double>(numbers.buckets_offline);
  double log_bytes = 0;
  for (const auto& bucket : numbers.buckets) log_bytes += static_cast<double>(bucket.log_bytes);

  out.Begin(kBuckets);
  out.Add({"online"}, online);
  out.Add({"offline"}, offline);
  out.Single(kFlussLeaderCount, online);
  out.Single(kFlussReplicaCount, online + offline);
  out.Single(kFlussWriterIdCount, static_cast<double>(numbers.writers));
  out.Single(kFlussLogicalLogSize, log_bytes);
  out.Single(kFlussLocalSize, log_bytes);
  out.Single(kFlussDiskUsageRatio, numbers.disk_usage_ratio);
  out.Single(kFlussDiskWriteLocked, numbers.disk_write_locked ? 1 : 0);
}

void AddCoordinator(Exposition& out, const coordinator::MetadataView& view, bool tablet_server) {
  auto health = view.Health();
  out.Single(kClusterHealth, static_cast<double>(health.status));
  out.Single(kFlussActiveCoordinatorCount, 1);
  out.Single(kFlussAliveCoordinatorCount, 1);
  out.Single(kFlussActiveTabletServerCount, tablet_server ? 1 : 0);
  out.Single(kFlussTableCount, static_cast<double>(view.table_count()));
  out.Single(kFlussPartitionCount, static_cast<double>(view.partition_count()));
  out.Single(kFlussBucketCount, health.num_leader_replicas);
  out.Single(kFlussOfflineBucketCount, health.num_leader_replicas - health.active_leader_replicas);
  out.Begin(kFlussTableBucketCount);
  view.ForEachTable([&](const auto& entry) {
    size_t buckets = entry->buckets.size();
    for (const auto& [name, partition] : entry->partitions) buckets += partition->buckets.size();
    const TablePath& path = entry->info().path;
    out.Add({path.database, path.table}, static_cast<double>(buckets));
  });
  out.Begin(kFlussTablePartitionCount);
  view.ForEachTable([&](const auto& entry) {
    const TablePath& path = entry->info().path;
    out.Add({path.database, path.table}, static_cast<double>(entry->partitions.size()));
  });
}

void AddProcess(Exposition& out, const Snapshot& now) {
  out.Single(kBuildInfo, 1, {now.version});
  out.Begin(kShardCpuSeconds);
  for (size_t i = 0; i < now.shard_cpu_seconds.size(); i++) {
    out.Add({std::to_string(i)}, now.shard_cpu_seconds[i]);
  }
  out.Single(kProcessCpuSeconds, now.process.cpu_seconds);
  out.Single(kProcessResidentBytes, static_cast<double>(now.process.resident_bytes));
  out.Single(kProcessStartTime, now.process.start_time_seconds);
  out.Single(kProcessOpenFds, static_cast<double>(now.process.open_fds));
  out.Single(kProcessMaxFds, static_cast<double>(now.process.max_fds));
}

std::string_view NameOf(ClusterHealth::Status status) {
  switch (status) {
    case ClusterHealth::Status::kGreen:
      return "green";
    case ClusterHealth::Status::kYellow:
      return "yellow";
    case ClusterHealth::Status::kRed:
      return "red";
    case ClusterHealth::Status::kUnknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace

std::string RenderMetrics(const Snapshot& now, const Totals& before, const ProcessLabels& labels) {
  Exposition out(labels);
  AddRequests(out, now, before);
  if (now.tablet_server) {
    AddTables(out, now, before);
    AddRowRequests(out, now, before);
    AddBuckets(out, now);
    AddTabletServer(out, *now.tablet_server);
  }
  if (now.view) AddCoordinator(out, *now.view, now.tablet_server.has_value());
  AddProcess(out, now);
  return out.Finish();
}

Health RenderHealth(const Snapshot& now) {
  auto health = now.view ? now.view->Health() : ClusterHealth{};
  bool locked = now.tablet_server && now.tablet_server->disk_write_locked;
  if (locked && health.status == ClusterHealth::Status::kGreen) {
    health.status = ClusterHealth::Status::kYellow;
  }
  std::string json = fmt::format("{{\"status\":\"{}\"", NameOf(health.status));
  if (now.view) {
    json += fmt::format(
        ",\"replicas\":{},\"in_sync_replicas\":{},\"buckets\":{},\"offline_buckets\":{}",
        health.num_replicas, health.in_sync_replicas, health.num_leader_replicas,
        health.num_leader_replicas - health.active_leader_replicas);
  }
  if (now.tablet_server) {
    json += fmt::format(",\"disk_write_locked\":{},\"disk_usage_ratio\":{:.3f}", locked,
                        now.tablet_server->disk_usage_ratio);
  }
  json += "}\n";
  return {health.status == ClusterHealth::Status::kRed, std::move(json)};
}

}  // namespace millrace::server
