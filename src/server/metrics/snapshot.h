// The numbers of the server at one moment, as plain values: what a scrape collects and renders.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "replica/probe.h"
#include "runtime/clock.h"
#include "server/request_probe.h"

namespace millrace::coordinator {
class MetadataView;
}

namespace millrace::server {

// Everything that only grows, and that rates are taken of.
struct Totals {
  struct Table {
    TablePath path;
    // Here `produce` and `fetch` include those that failed.
    replica::TableProbe::Totals totals = {};
    bool has_rows = false;  // of a primary-key table
  };

  runtime::Instant when;
  std::map<protocol::ApiKey, RequestProbe::ApiTotals> apis;
  std::map<TableId, Table> tables;  // those with buckets on this server
};

// A bucket that is online.
struct BucketNumbers {
  TableId table;  // one of Totals::tables
  std::string partition;
  BucketId bucket;
  uint64_t log_bytes = 0;
  size_t segments = 0;
  Offset start, end;
};

struct ProcessNumbers {
  double cpu_seconds = 0;
  double start_time_seconds = 0;
  uint64_t resident_bytes = 0;
  uint64_t open_fds = 0;
  uint64_t max_fds = 0;
};

struct TabletServerNumbers {
  std::vector<BucketNumbers> buckets;  // those online
  int64_t buckets_offline = 0;
  int64_t writers = 0;
  double disk_usage_ratio = 0;
  bool disk_write_locked = false;
};

struct Snapshot {
  Totals totals;
  int64_t requests_refused = 0;
  std::vector<std::pair<std::string, int>> connections;  // by listener
  std::optional<TabletServerNumbers> tablet_server;      // if the process is one
  // The coordinator's metadata; null if the process has no such role.
  std::shared_ptr<const coordinator::MetadataView> view;
  std::vector<double> shard_cpu_seconds;
  ProcessNumbers process;
  std::string version;
};

// Totals of the last minute, sampled every kInterval: what the rate is measured against. Not shared
// by threads.
class RateWindow {
 public:
  static constexpr std::chrono::seconds kInterval{5};
  static constexpr size_t kSamplesMax = 12;

  // Drops the oldest if there are kSamplesMax.
  void Push(Totals totals);
  // The sample to compare with: the oldest. One that was made without any Push is all zero at
  // `Instant{}`.
  std::shared_ptr<const Totals> oldest() const;

 private:
  std::deque<std::shared_ptr<const Totals>> samples_;
};

// What the calling process has used so far.
ProcessNumbers ReadProcessNumbers();

}  // namespace millrace::server
