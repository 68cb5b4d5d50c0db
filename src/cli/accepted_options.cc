#include "cli/accepted_options.h"

namespace millrace::cli {
namespace {

using enum OptionType;

// Of a feature that Millrace does not have yet.
constexpr OptionRow Later(std::string_view key, OptionType type, std::string_view default_value,
                          std::string_view text) {
  return {.key = key,
          .type = type,
          .default_value = default_value,
          .text = text,
          .use = OptionUse::kNotYet};
}

// The same, and Fluss lets it be changed while the server runs.
constexpr OptionRow LaterDynamic(std::string_view key, OptionType type,
                                 std::string_view default_value, std::string_view text) {
  OptionRow row = Later(key, type, default_value, text);
  row.reloadable = true;
  return row;
}

// A choice among `choices`.
constexpr OptionRow LaterChoice(std::string_view key, std::span<const std::string_view> choices,
                                std::string_view default_value, std::string_view text) {
  OptionRow row = Later(key, kEnum, default_value, text);
  row.choices = choices;
  return row;
}

// Of something that Millrace does in another way and that needs no setting.
constexpr OptionRow Never(std::string_view key, OptionType type, std::string_view default_value,
                          std::string_view text) {
  OptionRow row = Later(key, type, default_value, text);
  row.use = OptionUse::kNever;
  return row;
}

constexpr OptionRow kSecurity[] = {
    Later("security.protocol.map", kMap, "", "Which protocol each listener speaks."),
    Later("security.sasl.enabled.mechanisms", kList, "", "Ways to authenticate that are offered."),
    Later("security.sasl.plain.jaas.config", kString, "", "Users of PLAIN, in the form of JAAS."),
    LaterDynamic("security.sasl.plain.credentials", kMap, "", "Users of PLAIN, by name."),
    Later("security.sasl.*", kString, "", "The same settings for one listener or mechanism."),
    Later("security.acl.principal.ignore-case", kBool, "false",
          "Whether names of principals are compared without regard to case."),
    Later("authorizer.enabled", kBool, "false", "Whether access is checked."),
    Later("authorizer.type", kString, "default", "Who checks it."),
    Later("super.users", kString, "", "Principals that may do everything, separated by `;`."),
    Never("acl.notification.expiration-time", kDuration, "15 min",
          "How long change notices are kept in ZooKeeper."),
    Later("config.providers", kList, "", "Where values such as `${env:NAME}` come from."),
    Later("config.providers.*", kString, "", "Settings of one provider."),
};

constexpr OptionRow kZooKeeper[] = {
    Later("zookeeper.address", kString, "",
          "Servers of a ZooKeeper ensemble. Millrace keeps its metadata itself."),
    Later("zookeeper.path.root", kString, "/fluss", "Node below which the cluster's nodes lie."),
    Later("zookeeper.client.session-timeout", kDuration, "60 s",
          "Silence after which a server counts as gone."),
    Later("zookeeper.client.connection-timeout", kDuration, "15 s", "Time to connect in."),
    Later("zookeeper.client.retry-wait", kDuration, "5 s", "Pause between two attempts."),
    Later("zookeeper.client.max-retry-attempts", kInt, "3", "Attempts before giving up."),
    Later("zookeeper.client.config-path", kString, "",
          "File with ZooKeeper's own client settings."),
    Later("zookeeper.client.max-inflight-requests", kInt, "100",
          "Reads sent before the first answer."),
    Later("zookeeper.client.max-buffer-size", kInt, "104857600", "Largest packet, in bytes."),
    Never("zookeeper.client.tolerate-suspended-connections", kBool, "false",
          "How the Java client treats a lost connection."),
    Never("zookeeper.client.ensemble-tracker", kBool, "true",
          "Whether the Java client follows changes of the ensemble."),
};

constexpr OptionRow kCluster[] = {
    Later("coordinator.host", kString, "", "Old form of `bind.listeners`."),
    Later("coordinator.port", kString, "9123", "Old form of `bind.listeners`."),
    Later("tablet-server.host", kString, "", "Old form of `bind.listeners`."),
    Later("tablet-server.port", kString, "0", "Old form of `bind.listeners`."),
    Later("tablet-server.advertised-resource.cpu-cores", kDouble, "",
          "Cores this server reports to the coordinator."),
    Later("tablet-server.advertised-resource.memory-size", kMemorySize, "",
          "Memory this server reports to the coordinator."),
    Later("tablet-server.controlled-shutdown.max-retries", kInt, "3",
          "Attempts to hand leadership over before stopping."),
    Later("tablet-server.controlled-shutdown.retry-interval", kDuration, "1 s",
          "Pause between two attempts."),
    Later("coordinator.lifecycle-throttler.inflight-timeout", kDuration, "3 min",
          "Time a table's removal may take before the next one starts."),
    Later("coordinator.lifecycle-throttler.timeout-check-interval", kDuration, "1 min",
          "How often that is looked at."),
    Later("coordinator.offline-leader.retry-delay", kDuration, "1 min",
          "Pause before a bucket without a leader gets another try."),
    Later("coordinator.producer-offsets.ttl", kDuration, "24 h",
          "How long offsets that a producer left are kept."),
    Later("coordinator.producer-offsets.cleanup-interval", kDuration, "1 h",
          "How often old ones are removed."),
    Never("coordinator.io-pool.size", kInt, "10", "Old form of `server.io-pool.size`."),
};

constexpr OptionRow kReplication[] = {
    Later("log.replica.max-lag-time", kDuration, "30 s",
          "A follower that is behind for this long is no longer in sync."),
    Later("log.replica.fetch.max-bytes", kMemorySize, "16mb", "Most bytes of one follower fetch."),
    Later("log.replica.fetch.max-bytes-for-bucket", kMemorySize, "1mb", "Most bytes per bucket."),
    Later("log.replica.fetch.min-bytes", kMemorySize, "1b",
          "Bytes for which a follower fetch waits."),
    Later("log.replica.fetch.wait-max-time", kDuration, "500 ms",
          "Longest wait of a follower fetch."),
    Later("log.replica.fetch.backoff-interval", kDuration, "1 s",
          "Pause of a follower after an error."),
    Never("log.replica.fetcher-number", kInt, "1", "Threads that fetch from one server."),
    Never("log.replica.write-operation-purge-number", kInt, "1000",
          "Finished writes that may stay in the waiting list."),
    Never("log.replica.fetch-operation-purge-number", kInt, "1000",
          "Finished fetches that may stay in the waiting list."),
};

constexpr std::string_view kRemoteDirStrategies[] = {"ROUND_ROBIN", "WEIGHTED_ROUND_ROBIN"};

constexpr OptionRow kStorage[] = {
    Later("data.dirs", kList, "", "Several folders for local data."),
    LaterDynamic("remote.data.dirs", kList, "", "Several roots of remote storage."),
    LaterChoice("remote.data.dirs.strategy", kRemoteDirStrategies, "ROUND_ROBIN",
                "Which root a new table goes to."),
    LaterDynamic("remote.data.dirs.weights", kList, "", "Weight of each root."),
    Later("remote.fs.write-buffer-size", kMemorySize, "4kb", "Buffer of a remote file written."),
    Later("remote.log.task-interval-duration", kDuration, "1 min",
          "How often closed segments are uploaded; 0 turns it off."),
    Later("remote.log.task-max-upload-segments", kInt, "5", "Most segments of a bucket per run."),
    Later("remote.log.index-file-cache-size", kMemorySize, "1gb",
          "Disk space for indexes of uploaded segments."),
    Never("remote.log-manager.thread-pool-size", kInt, "4", "Threads that plan uploads."),
    Never("remote.log.data-transfer-thread-num", kInt, "4", "Threads that upload."),
    Later("log.file-preallocate", kBool, "false",
          "Whether a new segment takes its whole space on disk at once."),
    Never("log.flush.interval-messages", kInt, "9223372036854775807",
          "Records between two flushes; here `log.flush.policy` decides."),
    Later("fs.*", kString, "", "Settings of file systems, for remote storage."),
    Later("s3.*", kString, "", "The same for S3."),
    Later("s3a.*", kString, "", "The same for S3."),
    Later("gs.*", kString, "", "The same for Google Cloud Storage."),
};

constexpr OptionRow kKv[] = {
    LaterDynamic("kv.leader-replica.memory-reserved", kMemorySize, "0b",
                 "Memory counted for each leader; limits how many a server takes."),
    LaterDynamic("kv.snapshot.interval", kDuration, "10 min", "How often buckets are snapshot."),
    Later("kv.snapshot.num-retained", kInt, "2", "Snapshots kept of each bucket."),
    Later("kv.snapshot.lease.expiration-check-interval", kDuration, "10 min",
          "How often readers' claims on snapshots are looked at."),
    Never("kv.snapshot.scheduler-thread-num", kInt, "1", "Threads that start snapshots."),
    Never("kv.snapshot.transfer-thread-num", kInt, "4", "Threads that copy snapshots."),
    Never("kv.flush.thread-num", kInt, "10", "Threads that flush."),
    Later("kv.recover.log-record-batch.max-size", kMemorySize, "16mb",
          "Largest step of the replay after a restart."),
    Later("kv.recover.remote-log.prefetch-num", kInt, "4", "Segments fetched ahead in a replay."),
    Never("kv.recover.remote-log.download-threads", kInt, "3", "Threads that fetch them."),
    Later("kv.backpressure.l0-slowdown-trigger", kInt, "8",
          "Files at level 0 from which on writers are slowed."),
    Never("kv.rocksdb.*", kString, "", "Other settings of RocksDB."),
    Never("server.historical-partition.thread-pool.max-size", kInt, "10",
          "Threads that look up old partitions."),
    LaterDynamic("server.historical-partition.lookup-cache.max-disk-ratio", kDouble, "0.10",
                 "Share of the disk for old partitions that are looked up."),
    LaterDynamic("server.historical-partition.lookuper-cache.expire-after-access", kDuration, "3 h",
                 "How long they are kept after the last look-up."),
};

constexpr std::string_view kLakeFormats[] = {"PAIMON", "LANCE", "ICEBERG", "HUDI"};

constexpr OptionRow LakeFormat() {
  OptionRow row = LaterChoice("datalake.format", kLakeFormats, "", "Format of lake tables.");
  row.reloadable = true;
  return row;
}

constexpr OptionRow kLake[] = {
    Later("datalake.enabled", kBool, "", "Whether tables may be tiered into a lake."),
    LakeFormat(),
    LaterDynamic("datalake.*", kString, "", "Settings of the lake's catalog."),
    Later("lake.tiering.*", kString, "", "Settings of the tiering job."),
    Later("kafka.enabled", kBool, "false", "Whether Kafka clients are served."),
    Later("kafka.listener.names", kList, "KAFKA", "Listeners that speak Kafka's protocol."),
    Later("kafka.database", kString, "kafka", "Database of the tables that topics become."),
    Later("kafka.connection.max-idle-time", kDuration, "60 s",
          "A silent Kafka connection is closed after this long."),
};

constexpr OptionRow kJava[] = {
    Never("netty.server.num-network-threads", kInt, "3", "See `server.shards`."),
    Never("netty.server.num-worker-threads", kInt, "8", "See `server.shards`."),
    Never("netty.server.max-queued-requests", kInt, "500", "Requests that wait for a worker."),
    Never("netty.server.max-queued-historical-requests", kInt, "50",
          "Look-ups of old partitions that wait for a worker."),
    Never("netty.client.num-network-threads", kInt, "4", "See `server.shards`."),
    Never("netty.client.allocator.heap-buffer-first", kBool, "true", "Kind of memory of buffers."),
    Never("server.background.threads", kInt, "10", "Threads of the scheduler."),
    Never("server.io.tmpdir", kString, "", "Folder for temporary files."),
    Never("server.buffer.memory-size", kMemorySize, "256mb", "Memory for buffers of writes."),
    Never("server.buffer.page-size", kMemorySize, "128kb", "Size of such a buffer."),
    Never("server.buffer.per-request-memory-size", kMemorySize, "16mb", "Such memory per request."),
    Never("server.buffer.wait-timeout", kDuration, "9223372036854775807 ns",
          "Longest wait for such memory."),
    Never("plugin.*", kString, "", "How Java plugins are loaded."),
    Never("metrics.reporter.*", kString, "", "Reporters other than Prometheus."),
};

constexpr AcceptedSection kSections[] = {
    {"Replication", kReplication}, {"Cluster", kCluster},
    {"ZooKeeper", kZooKeeper},     {"Storage, local and remote", kStorage},
    {"Primary-key tables", kKv},   {"Security", kSecurity},
    {"Lake and Kafka", kLake},     {"The Java server's own", kJava},
};

}  // namespace

std::span<const AcceptedSection> AcceptedOptions() {
  return kSections;
}

}  // namespace millrace::cli
