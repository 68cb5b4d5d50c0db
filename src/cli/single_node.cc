#include "cli/single_node.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <thread>

#include "cli/config_file.h"
#include "cli/listeners.h"
#include "cli/metrics_port.h"
#include "cli/server_options.h"
#include "coordinator/coordinator.h"
#include "metastore/embedded/embedded_store.h"
#include "net/server.h"
#include "replica/replica_manager.h"
#include "runtime/runtime.h"
#include "server/dispatcher.h"
#include "server/http/http_server.h"
#include "server/local_ids.h"
#include "server/local_tablets.h"
#include "server/scan_sessions.h"

namespace millrace::cli {
namespace {

using runtime::Task;
using std::chrono::seconds;

// How long a stop waits for requests in flight.
constexpr auto kStopPatience = seconds(5);

int ShardCount(const Options& options) {
  auto shards = static_cast<int>(options.Int(kServerShards));
  return shards > 0 ? shards : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Result<std::string> DataDir(const Options& options) {
  if (options.IsSet(kDataDir)) return options.Text(kDataDir);
  return DefaultDataDir();
}

replica::ReplicaOptions ReplicaOptionsOf(const Options& options, const std::string& data_dir) {
  replica::ReplicaOptions result = {
      data_dir,
      {},
      {options.LiveDouble(kDiskWriteLimitRatio), options.LiveDouble(kDiskWriteRecoverRatio),
       options.Duration(kDiskCheckInterval)},
      options.LiveBool(kLogRetentionRollActiveSegment)};
  result.log.segment_bytes = options.Bytes(kLogSegmentFileSize);
  result.log.index_bytes = options.Bytes(kLogIndexFileSize);
  result.log.index_interval_bytes = options.Bytes(kLogIndexIntervalSize);
  result.log.writer_expiration = options.Duration(kWriterIdExpirationTime);
  result.log.flush_policy =
      options.Text(kLogFlushPolicy) == "os" ? log::FlushPolicy::kOs : log::FlushPolicy::kSync;
  result.high_watermark_checkpoint_interval = options.Duration(kHighWatermarkCheckpointInterval);
  result.recovery_point_checkpoint_interval = options.Duration(kLogFlushOffsetCheckpointInterval);
  result.retention_check_interval = options.Duration(kLogRetentionCheckInterval);
  result.writer_expiration_check_interval = options.Duration(kWriterIdExpirationCheckInterval);
  return result;
}

kv::StoreOptions StoreOptionsOf(const Options& options) {
  kv::StoreOptions result;
  result.block_cache_bytes = options.Bytes(kKvSharedBlockCacheSize);
  result.write_buffers_bytes = options.Bytes(kKvSharedWriteBufferSize);
  result.rate_limit_bytes_per_s = options.Bytes(kKvRateLimit);
  result.background_threads = static_cast<int>(options.Int(kKvThreadNum));
  result.write_buffer_bytes = options.Bytes(kKvWriteBufferSize);
  result.write_buffer_count = static_cast<int>(options.Int(kKvWriteBufferCount));
  result.block_bytes = options.Bytes(kKvBlockSize);
  result.bloom_bits_per_key = options.Double(kKvBloomBitsPerKey);
  result.target_file_bytes = options.Bytes(kKvTargetFileSize);
  result.max_level_base_bytes = options.Bytes(kKvMaxLevelBaseSize);
  return result;
}

server::ScanOptions ScanOptionsOf(const Options& options) {
  server::ScanOptions result;
  result.ttl = options.Duration(kKvScannerTtl);
  result.expiration_interval = options.Duration(kKvScannerExpirationInterval);
  result.most_per_bucket = options.Int(kKvScannerMaxPerBucket);
  result.most_per_server = options.Int(kKvScannerMaxPerServer);
  result.most_batch_bytes = options.Bytes(kKvScannerMaxBatchSize);
  return result;
}

// Takes over what was set while running; what no longer is goes back to the file's value.
void ApplyDynamicConfigs(Options& options, const metastore::ServerConfigs& configs) {
  for (const auto& entry : options.Entries()) {
    if (entry.source == OptionSource::kDynamic && !configs.contains(entry.key)) {
      options.ResetDynamic(entry.key);
    }
  }
  for (const auto& [key, value] : configs) {
    if (!value) continue;
    // Another version may have stored what this one does not take.
    if (auto set = options.SetDynamic(key, *value); !set) spdlog::warn("{}", set.error().message);
  }
}

coordinator::CoordinatorOptions CoordinatorOptionsOf(Options& options) {
  coordinator::CoordinatorOptions result;
  auto& tables = result.limits.tables;
  tables.default_buckets = static_cast<int32_t>(options.Int(kDefaultBucketNumber));
  tables.default_replication_factor = static_cast<int32_t>(options.Int(kDefaultReplicationFactor));
  tables.max_buckets = static_cast<int32_t>(options.Int(kMaxBucketNum));
  tables.allow_log_tables = options.Bool(kAllowCreateLogTables);
  tables.allow_kv_tables = options.Bool(kAllowCreateKvTables);
  result.limits.max_partition_num = static_cast<int32_t>(options.Int(kMaxPartitionNum));
  result.tablet_server = {static_cast<int32_t>(options.Int(kTabletServerId))};
  result.auto_partition_check_interval = options.Duration(kAutoPartitionCheckInterval);
  for (const auto& entry : options.Entries()) {
    if (entry.source == OptionSource::kFile) result.config_rules.initial[entry.key] = entry.value;
  }
  result.config_rules.validate = [&options](const std::string& key, const std::string& value) {
    return options.CheckDynamic(key, value);
  };
  result.on_configs_changed = [&options](const metastore::ServerConfigs& configs) {
    ApplyDynamicConfigs(options, configs);
  };
  if (options.IsSet(kRemoteDataDir)) result.remote_data_dir = options.Text(kRemoteDataDir);
  return result;
}

// The parts of the node, in the order in which they are made; they go in the opposite one.
class SingleNode {
 public:
  SingleNode(Options& options, std::string data_dir)
      : options_(options),
        data_dir_(std::move(data_dir)),
        runtime_(ShardCount(options), static_cast<int>(options.Int(kServerIoPoolSize))),
        row_stores_(StoreOptionsOf(options)),
        replicas_(Shards(), {runtime::SystemDisk(), runtime_.blocking_pool(), &row_stores_, &ids_},
                  ReplicaOptionsOf(options, data_dir_)),
        scans_(runtime_.shard(0), runtime::SystemClock(), runtime_.blocking_pool(),
               ScanOptionsOf(options)),
        tablets_(replicas_, scans_) {}

  Result<void> Run() {
    TRY(runtime::SystemDisk().CreateDirectories(data_dir_));
    TRY_ASSIGN(store_, metastore::OpenEmbeddedStore(data_dir_ + "/.millrace/metadata",
                                                    runtime_.blocking_pool()));
    coordinator_ = std::make_unique<coordinator::Coordinator>(
        runtime_.shard(0), runtime::SystemClock(), *store_, tablets_,
        CoordinatorOptionsOf(options_));
    ids_.Attach(*coordinator_);
    Result<void> result;
    runtime_.BlockOn(Serve(result));
    return result;
  }

 private:
  std::vector<runtime::Shard*> Shards() {
    std::vector<runtime::Shard*> shards;
    for (int i = 0; i < runtime_.shard_count(); i++) shards.push_back(&runtime_.shard(i));
    return shards;
  }

  Task<> Serve(Result<void>& result) {
    result = co_await Start();
    if (result) {
      spdlog::info("serving on {}, data in {}, {} shards", ListenersText(), data_dir_,
                   runtime_.shard_count());
      int signal = co_await runtime::WaitForTermination();
      spdlog::info("stopping on signal {}", signal);
    }
    auto stopped = co_await Stop();
    if (result) result = stopped;
  }

  Task<Result<void>> Start() {
    CO_TRY(co_await replicas_.Start());
    started_replicas_ = true;
    CO_TRY(co_await coordinator_->Start());
    started_coordinator_ = true;
    CO_TRY_ASSIGN(auto binds, ParseListeners(kBindListeners.key, options_.Text(kBindListeners)));
    CO_TRY_ASSIGN(auto advertised,
                  ParseListeners(kAdvertisedListeners.key, options_.Text(kAdvertisedListeners)));
    std::vector<std::pair<std::string, std::unique_ptr<net::Listener>>> listeners;
    for (auto& bind : binds) {
      CO_TRY_ASSIGN(auto listener, net::ListenTcp(bind.advertised, runtime_.blocking_pool()));
      bind.advertised = listener->address();
      bind.advertised = AdvertisedAddress(bind, advertised);
      listeners.emplace_back(bind.listener, std::move(listener));
    }
    services_ = std::make_unique<server::Services>(
        server::Services{*coordinator_, replicas_, scans_, runtime_.blocking_pool(),
                         ServerId{static_cast<int32_t>(options_.Int(kTabletServerId))},
                         options_.Text(kTabletServerRack), std::move(binds)});
    dispatcher_ = std::make_unique<server::Dispatcher>(*services_, probe_);
    for (auto& [name, listener] : listeners) {
      net::Server::Setup setup = {name, Shards(), *dispatcher_, {}};
      setup.limits.frame_size_max = static_cast<uint32_t>(options_.Bytes(kMaxRequestSize));
      setup.limits.idle_max = options_.Duration(kConnectionMaxIdleTime);
      servers_.push_back(std::make_unique<net::Server>(std::move(listener), setup));
      servers_.back()->Start();
    }
    CO_TRY_ASSIGN(auto listener, ListenForMetrics(options_, runtime_.blocking_pool()));
    if (listener) {
      http_ = std::make_unique<server::HttpServer>(std::move(listener), Sources());
      http_->Start();
    }
    co_return Result<void>();
  }

  server::MetricsSources Sources() {
    server::MetricsSources sources;
    sources.coordinator = coordinator_.get();
    sources.replicas = &replicas_;
    sources.requests = &probe_;
    for (size_t i = 0; i < servers_.size(); i++) {
      sources.servers.emplace_back(services_->endpoints[i].listener, servers_[i].get());
    }
    for (auto* shard : Shards()) sources.shards.push_back(shard);
    sources.pool = &runtime_.blocking_pool();
    // Fluss names a cluster by its root in ZooKeeper.
    sources.labels = {"fluss", services_->endpoints.front().advertised.host, services_->rack,
                      std::to_string(services_->server_id.value), "0"};
    sources.version = MILLRACE_VERSION;
    return sources;
  }

  Task<Result<void>> Stop() {
    if (http_) co_await http_->Stop();
    if (started_replicas_) replicas_.StopWaiting();
    for (auto& server : servers_) co_await server->Stop(kStopPatience);
    if (started_coordinator_) co_await coordinator_->Stop();
    co_await scans_.Stop();
    if (started_replicas_) CO_TRY(co_await replicas_.Stop());
    co_return Result<void>();
  }

  std::string ListenersText() const {
    std::string text;
    for (const auto& server : servers_) {
      if (!text.empty()) text += ", ";
      text += server->address().ToString();
    }
    return text;
  }

  Options& options_;
  const std::string data_dir_;
  runtime::Runtime runtime_;
  kv::StoreResources row_stores_;
  server::LocalIds ids_;
  replica::ReplicaManager replicas_;
  server::ScanSessions scans_;
  server::LocalTablets tablets_;
  std::unique_ptr<metastore::Store> store_;
  std::unique_ptr<coordinator::Coordinator> coordinator_;
  std::unique_ptr<server::Services> services_;
  server::RequestProbe probe_;
  std::unique_ptr<server::Dispatcher> dispatcher_;
  std::vector<std::unique_ptr<net::Server>> servers_;
  std::unique_ptr<server::HttpServer> http_;
  bool started_replicas_ = false;
  bool started_coordinator_ = false;
};

}  // namespace

Result<void> RunSingleNode(Options options) {
  TRY_ASSIGN(std::string data_dir, DataDir(options));
  SingleNode node(options, std::move(data_dir));
  return node.Run();
}

}  // namespace millrace::cli
