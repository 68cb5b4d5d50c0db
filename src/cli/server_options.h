// What server.yaml may hold: Fluss's keys with Fluss's defaults, and Millrace's own. Rows that the
// server uses have a name here; keys that it accepts without using them are in accepted_options.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/option_row.h"

namespace millrace::cli {

// Listeners and identity.
inline constexpr OptionRow kBindListeners{
    .key = "bind.listeners",
    .default_value = "FLUSS://0.0.0.0:9123",
    .text =
        "Where to listen, as `NAME://host:port`, several separated by commas. Port 0 takes a "
        "free one."};
inline constexpr OptionRow kAdvertisedListeners{
    .key = "advertised.listeners",
    .text =
        "The addresses that clients are told, in the form of `bind.listeners`. Without it the "
        "bound ones, and the machine's name for 0.0.0.0."};
inline constexpr OptionRow kInternalListenerName{
    .key = "internal.listener.name",
    .default_value = "FLUSS",
    .text = "Which listener servers use among themselves."};
inline constexpr OptionRow kTabletServerId{.key = "tablet-server.id",
                                           .type = OptionType::kInt,
                                           .default_value = "0",
                                           .text = "Number of this tablet server in the cluster.",
                                           .min = 0,
                                           .max = 2147483647};
inline constexpr OptionRow kTabletServerRack{
    .key = "tablet-server.rack",
    .text = "Rack of this server. Replicas of a bucket go to different racks."};

// Threads and memory.
inline constexpr OptionRow kServerShards{
    .key = "server.shards",
    .type = OptionType::kInt,
    .default_value = "0",
    .text = "Event loops, each a thread that owns its buckets. 0 is one per core. Not in Fluss.",
    .min = 0,
    .max = 1024};
inline constexpr OptionRow kServerIoPoolSize{
    .key = "server.io-pool.size",
    .type = OptionType::kInt,
    .default_value = "10",
    .text = "Threads for what blocks: flushes, cold reads, opening files.",
    .min = 1,
    .max = 1024};
inline constexpr OptionRow kMaxRequestSize{
    .key = "netty.server.max-request-size",
    .type = OptionType::kMemorySize,
    .default_value = "100mb",
    .text = "Largest request; a connection that announces a larger one is closed.",
    .min = 1 << 10,
    .max = 2147483647};
inline constexpr OptionRow kConnectionMaxIdleTime{
    .key = "netty.connection.max-idle-time",
    .type = OptionType::kDuration,
    .default_value = "10 min",
    .text = "A connection without requests for this long is closed.",
    .min = 1000};

// Data.
inline constexpr OptionRow kDataDir{
    .key = "data.dir",
    .text =
        "Folder of all local data. Without it `$STATE_DIRECTORY` (set by systemd), else "
        "`$XDG_DATA_HOME/millrace`, else `~/.local/share/millrace`, so that nothing lands where "
        "a reboot cleans up; Fluss defaults to `/tmp/fluss-data`."};
inline constexpr OptionRow kRemoteDataDir{
    .key = "remote.data.dir",
    .text = "Root of remote storage, told to clients with each table. Nothing is uploaded yet."};
inline constexpr OptionRow kDiskWriteLimitRatio{
    .key = "server.data-disk.write-limit-ratio",
    .type = OptionType::kDouble,
    .default_value = "0.85",
    .text =
        "Share of the data disk in use from which on writes are refused with a retriable "
        "error.",
    .min = 0,
    .max = 1,
    .reloadable = true};
inline constexpr OptionRow kDiskWriteRecoverRatio{
    .key = "server.data-disk.write-recover-ratio",
    .type = OptionType::kDouble,
    .default_value = "0.80",
    .text = "Share of the data disk in use below which writes are taken again.",
    .min = 0,
    .max = 1,
    .reloadable = true};
inline constexpr OptionRow kDiskCheckInterval{.key = "server.data-disk.check-interval",
                                              .type = OptionType::kDuration,
                                              .default_value = "30 s",
                                              .text = "How often the data disk's use is looked at.",
                                              .min = 100};

// Tables.
inline constexpr OptionRow kDefaultBucketNumber{.key = "default.bucket.number",
                                                .type = OptionType::kInt,
                                                .default_value = "1",
                                                .text = "Buckets of a table that names no number.",
                                                .min = 1,
                                                .max = 2147483647};
inline constexpr OptionRow kDefaultReplicationFactor{
    .key = "default.replication.factor",
    .type = OptionType::kInt,
    .default_value = "1",
    .text = "Replicas of each bucket of a table that names no number.",
    .min = 1,
    .max = 32767};
inline constexpr OptionRow kMaxPartitionNum{.key = "max.partition.num",
                                            .type = OptionType::kInt,
                                            .default_value = "1000",
                                            .text = "Most partitions of a table.",
                                            .min = 1,
                                            .max = 2147483647};
inline constexpr OptionRow kMaxBucketNum{.key = "max.bucket.num",
                                         .type = OptionType::kInt,
                                         .default_value = "4096",
                                         .text = "Most buckets of a table or of a partition.",
                                         .min = 1,
                                         .max = 2147483647};
inline constexpr OptionRow kAllowCreateLogTables{
    .key = "allow.create.log.tables",
    .type = OptionType::kBool,
    .default_value = "true",
    .text = "Whether tables without a primary key may be created."};
inline constexpr OptionRow kAllowCreateKvTables{
    .key = "allow.create.kv.tables",
    .type = OptionType::kBool,
    .default_value = "true",
    .text = "Whether tables with a primary key may be created."};
inline constexpr OptionRow kAutoPartitionCheckInterval{
    .key = "auto-partition.check.interval",
    .type = OptionType::kDuration,
    .default_value = "10 min",
    .text = "How often partitions are created ahead and dropped by age.",
    .min = 1};

// Log.
inline constexpr std::string_view kFlushPolicies[] = {"sync", "os"};
inline constexpr OptionRow kLogFlushPolicy{
    .key = "log.flush.policy",
    .type = OptionType::kEnum,
    .default_value = "sync",
    .text =
        "When an append is acknowledged. `sync`: once it is on disk, by a flush that appends "
        "share, so that it survives a loss of power. `os`: once the operating system has it, "
        "so that it survives a crash of the server alone. Not in Fluss, which does `os`.",
    .choices = kFlushPolicies};
inline constexpr OptionRow kLogSegmentFileSize{
    .key = "log.segment.file-size",
    .type = OptionType::kMemorySize,
    .default_value = "1024m",
    .text = "Size from which on a log segment is closed and the next one begun.",
    .min = 1 << 10,
    .max = 2147483647};
inline constexpr OptionRow kLogIndexFileSize{
    .key = "log.index.file-size",
    .type = OptionType::kMemorySize,
    .default_value = "10m",
    .text = "Largest offset or time index of a segment; the segment is closed when one is full.",
    .min = 16,
    .max = 2147483647};
inline constexpr OptionRow kLogIndexIntervalSize{.key = "log.index.interval-size",
                                                 .type = OptionType::kMemorySize,
                                                 .default_value = "4k",
                                                 .text = "Bytes of log between two index entries.",
                                                 .max = 2147483647};
inline constexpr OptionRow kLogFlushOffsetCheckpointInterval{
    .key = "log.flush.offset.checkpoint-interval",
    .type = OptionType::kDuration,
    .default_value = "60 s",
    .text = "How often the flushed offsets are written down, from which recovery starts.",
    .min = 1};
inline constexpr OptionRow kLogRetentionCheckInterval{
    .key = "log.retention.check-interval",
    .type = OptionType::kDuration,
    .default_value = "5 min",
    .text = "How often segments past `table.log.ttl` are looked for and removed.",
    .min = 1};
inline constexpr OptionRow kLogRetentionRollActiveSegment{
    .key = "log.retention.roll-active-segment.enabled",
    .type = OptionType::kBool,
    .default_value = "false",
    .text =
        "Whether a segment still written to is closed and removed when all of it is past its "
        "time.",
    .reloadable = true};
inline constexpr OptionRow kHighWatermarkCheckpointInterval{
    .key = "log.replica.high-watermark.checkpoint-interval",
    .type = OptionType::kDuration,
    .default_value = "5 s",
    .text = "How often the high watermarks are written down.",
    .min = 1};
inline constexpr OptionRow kMinInSyncReplicas{
    .key = "log.replica.min-in-sync-replicas-number",
    .type = OptionType::kInt,
    .default_value = "1",
    .text = "In-sync replicas without which an append with acks -1 is refused.",
    .min = 1,
    .max = 32767,
    .reloadable = true};
inline constexpr OptionRow kWriterIdExpirationTime{
    .key = "server.writer-id.expiration-time",
    .type = OptionType::kDuration,
    .default_value = "7 d",
    .text = "A writer that is silent for this long is forgotten, with its sequence numbers.",
    .min = 1};
inline constexpr OptionRow kWriterIdExpirationCheckInterval{
    .key = "server.writer-id.expiration-check-interval",
    .type = OptionType::kDuration,
    .default_value = "10 min",
    .text = "How often silent writers are looked for.",
    .min = 1};

// Rows of primary-key tables, which RocksDB keeps.
inline constexpr OptionRow kKvSharedBlockCacheSize{
    .key = "kv.rocksdb.shared-block-cache.size",
    .type = OptionType::kMemorySize,
    .default_value = "128mb",
    .text = "Memory for blocks of files, of all buckets together. Fluss has 8 MB for each bucket.",
    .min = 1 << 20};
inline constexpr OptionRow kKvSharedWriteBufferSize{
    .key = "kv.rocksdb.shared-write-buffer.size",
    .type = OptionType::kMemorySize,
    .default_value = "512mb",
    .text =
        "Memory for rows that are not in files yet, of all buckets together; beyond, some are "
        "written to files early.",
    .min = 1 << 20};
inline constexpr OptionRow kKvRateLimit{
    .key = "kv.rocksdb.shared-rate-limiter.bytes-per-sec",
    .type = OptionType::kMemorySize,
    .default_value = "9223372036854775807b",
    .text = "Most bytes that all buckets write to files in a second.",
    .min = 1 << 10};
inline constexpr OptionRow kKvThreadNum{
    .key = "kv.rocksdb.thread.num",
    .type = OptionType::kInt,
    .default_value = "2",
    .text = "Threads that write and merge files, for all buckets together.",
    .min = 1,
    .max = 256};
inline constexpr OptionRow kKvWriteBufferSize{
    .key = "kv.rocksdb.writebuffer.size",
    .type = OptionType::kMemorySize,
    .default_value = "64mb",
    .text = "Rows of a bucket in memory before they are written to a file.",
    .min = 64 << 10};
inline constexpr OptionRow kKvWriteBufferCount{
    .key = "kv.rocksdb.writebuffer.count",
    .type = OptionType::kInt,
    .default_value = "2",
    .text = "How many of these a bucket may have; writes wait when all are being written.",
    .min = 2,
    .max = 64};
inline constexpr OptionRow kKvBlockSize{.key = "kv.rocksdb.block.blocksize",
                                        .type = OptionType::kMemorySize,
                                        .default_value = "4kb",
                                        .text = "Size of a block in a file, before compression.",
                                        .min = 256,
                                        .max = 16 << 20};
inline constexpr OptionRow kKvBloomBitsPerKey{
    .key = "kv.rocksdb.bloom-filter.bits-per-key",
    .type = OptionType::kDouble,
    .default_value = "10.0",
    .text = "Memory for not looking into files that don't have a key.",
    .min = 1,
    .max = 64};
inline constexpr OptionRow kKvTargetFileSize{
    .key = "kv.rocksdb.compaction.level.target-file-size-base",
    .type = OptionType::kMemorySize,
    .default_value = "64mb",
    .text = "Size of a file in the first level.",
    .min = 64 << 10};
inline constexpr OptionRow kKvMaxLevelBaseSize{
    .key = "kv.rocksdb.compaction.level.max-size-level-base",
    .type = OptionType::kMemorySize,
    .default_value = "256mb",
    .text = "Size of all files in the first level.",
    .min = 64 << 10};

// Scans of primary-key tables.
inline constexpr OptionRow kKvScannerTtl{
    .key = "kv.scanner.ttl",
    .type = OptionType::kDuration,
    .default_value = "10 min",
    .text = "A scan that is not asked for more rows for this long is ended.",
    .min = 1};
inline constexpr OptionRow kKvScannerExpirationInterval{
    .key = "kv.scanner.expiration-interval",
    .type = OptionType::kDuration,
    .default_value = "30 s",
    .text = "How often such scans are looked for, while there are any.",
    .min = 1};
inline constexpr OptionRow kKvScannerMaxPerBucket{.key = "kv.scanner.max-per-bucket",
                                                  .type = OptionType::kInt,
                                                  .default_value = "8",
                                                  .text = "Most scans of a bucket at once.",
                                                  .min = 0,
                                                  .max = 2147483647};
inline constexpr OptionRow kKvScannerMaxPerServer{.key = "kv.scanner.max-per-server",
                                                  .type = OptionType::kInt,
                                                  .default_value = "200",
                                                  .text = "Most scans of this server at once.",
                                                  .min = 0,
                                                  .max = 2147483647};
inline constexpr OptionRow kKvScannerMaxBatchSize{
    .key = "kv.scanner.max-batch-size",
    .type = OptionType::kMemorySize,
    .default_value = "10mb",
    .text = "Largest answer of a scan, whatever the client asks for; one row is always sent.",
    .min = 1,
    .max = 1 << 30};

// Metrics.
inline constexpr OptionRow kMetricsHttpListen{
    .key = "metrics.http.listen",
    .default_value = "127.0.0.1:9249",
    .text =
        "Where `/metrics` (Prometheus) and `/health` are served, as `host:port`; empty turns "
        "both off. When the default's port is taken the server runs without them and says so. "
        "Not in Fluss."};
inline constexpr OptionRow kMetricsReporters{
    .key = "metrics.reporters",
    .type = OptionType::kList,
    .text =
        "`prometheus` serves `/metrics` on all addresses and "
        "`metrics.reporter.prometheus.port`; Fluss's other reporters are not known here."};
inline constexpr OptionRow kMetricsPrometheusPort{
    .key = "metrics.reporter.prometheus.port",
    .default_value = "9249",
    .text =
        "Port, or range such as `9249-9259` of which the first free one is taken, when "
        "`metrics.reporters` has `prometheus`."};

// A heading of the documentation and its rows.
struct OptionSection {
  std::string_view title;
  OptionRows rows;
};

// All rows, in the order of the documentation.
std::vector<OptionSection> ServerOptionSections();

// The same rows without headings, for Options::Parse.
OptionRows ServerOptions();

// docs/configuration.md, whole.
std::string ServerOptionsPage();

}  // namespace millrace::cli
