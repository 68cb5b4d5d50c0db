#include "cli/server_options.h"

#include <fmt/format.h>

#include "cli/accepted_options.h"

namespace millrace::cli {

std::vector<OptionSection> ServerOptionSections() {
  std::vector<OptionSection> sections = {
      {"Listeners and identity",
       {&kBindListeners, &kAdvertisedListeners, &kInternalListenerName, &kTabletServerId,
        &kTabletServerRack}},
      {"Threads and connections",
       {&kServerShards, &kServerIoPoolSize, &kMaxRequestSize, &kConnectionMaxIdleTime}},
      {"Data",
       {&kDataDir, &kRemoteDataDir, &kDiskWriteLimitRatio, &kDiskWriteRecoverRatio,
        &kDiskCheckInterval}},
      {"Tables",
       {&kDefaultBucketNumber, &kDefaultReplicationFactor, &kMaxPartitionNum, &kMaxBucketNum,
        &kAllowCreateLogTables, &kAllowCreateKvTables, &kAutoPartitionCheckInterval}},
      {"Log",
       {&kLogFlushPolicy, &kLogSegmentFileSize, &kLogIndexFileSize, &kLogIndexIntervalSize,
        &kLogFlushOffsetCheckpointInterval, &kLogRetentionCheckInterval,
        &kLogRetentionRollActiveSegment, &kHighWatermarkCheckpointInterval, &kMinInSyncReplicas,
        &kWriterIdExpirationTime, &kWriterIdExpirationCheckInterval}},
      {"Primary-key tables",
       {&kKvSharedBlockCacheSize, &kKvSharedWriteBufferSize, &kKvRateLimit, &kKvThreadNum,
        &kKvWriteBufferSize, &kKvWriteBufferCount, &kKvBlockSize, &kKvBloomBitsPerKey,
        &kKvTargetFileSize, &kKvMaxLevelBaseSize, &kKvScannerTtl, &kKvScannerExpirationInterval,
        &kKvScannerMaxPerBucket, &kKvScannerMaxPerServer, &kKvScannerMaxBatchSize}},
      {"Metrics", {&kMetricsHttpListen, &kMetricsReporters, &kMetricsPrometheusPort}},
  };
  for (const AcceptedSection& accepted : AcceptedOptions()) {
    OptionSection& section = sections.emplace_back(accepted.title);
    AddRows(section.rows, accepted.rows);
  }
  return sections;
}

OptionRows ServerOptions() {
  OptionRows rows;
  for (const OptionSection& section : ServerOptionSections()) {
    rows.insert(rows.end(), section.rows.begin(), section.rows.end());
  }
  return rows;
}

std::string ServerOptionsPage() {
  std::string page =
      "# Configuration\n\n"
      "`millrace server --config server.yaml` reads the keys below, as `key: value` lines or as "
      "nested YAML maps. They are Fluss's keys, with its defaults, and Millrace's own. Without a "
      "file every key has its default.\n\n"
      "An unknown key is a warning that suggests the nearest known one; a value that can not be "
      "read stops the server. A duration is a number and a unit: `500 ms`, `30 s`, `5 min`, `1 h`, "
      "`7 d`. A size is a number and a unit in powers of 1024: `512b`, `64kb`, `16mb`, `1gb`. The "
      "items of a list are separated by commas, a map is written `key1:value1,key2:value2`.\n\n"
      "Properties of a single table (`table.*`) are set when it is created, not here.\n\n"
      "This page is written by `millrace server --print-config-docs`.\n";
  for (const OptionSection& section : ServerOptionSections()) {
    page += fmt::format("\n## {}\n\n{}", section.title, OptionsAsMarkdown(section.rows));
  }
  return page;
}

}  // namespace millrace::cli
