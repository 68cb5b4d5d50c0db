// The buckets this server hosts, spread over the shards: each bucket has one owner, chosen by its
// ids.
//
// Start, stop and update come from the coordinator; append, fetch and the rest from connections.
// All may be called on any shard; they hop to the bucket's shard and come back. Calls of one shard
// for one bucket begin there in the order in which they were made.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "log/checkpoint_file.h"
#include "replica/disk_guard.h"
#include "replica/replica.h"

namespace millrace::replica {

struct ReplicaOptions {
  std::string data_dir;
  log::LogOptions log;
  DiskGuard::Options disk;
  // Whether a segment that is still written to is deleted too once all of it has expired.
  LiveOption<bool> roll_expired_active_segment;
  // How often the checkpoint files are written, expired segments deleted, and silent writers
  // forgotten.
  std::chrono::milliseconds high_watermark_checkpoint_interval = std::chrono::seconds(5);
  std::chrono::milliseconds recovery_point_checkpoint_interval = std::chrono::seconds(60);
  std::chrono::milliseconds retention_check_interval = std::chrono::minutes(5);
  std::chrono::milliseconds writer_expiration_check_interval = std::chrono::minutes(10);
  // Stores of rows that were not used for so long are closed.
  std::chrono::milliseconds rows_idle_most = std::chrono::minutes(5);
};

struct BucketSpec {
  TableBucket bucket;
  PhysicalTablePath path;
  std::shared_ptr<const TableFacts> table;
};

// A client's fetch over any number of buckets.
struct FetchRequest {
  std::vector<FetchPart> parts;
  uint64_t max_bytes = 0;
  // Answer once so many bytes are there, or this much later with what is there. 0 bytes: at once.
  uint64_t min_bytes = 0;
  std::chrono::milliseconds max_wait{0};
};

class ReplicaManager {
 public:
  ReplicaManager(std::vector<runtime::Shard*> shards, Environment environment,
                 ReplicaOptions options);
  ~ReplicaManager();

  // Reads what the last run left behind and begins the periodic work. Before all others, on one
  // shard.
  runtime::Task<Result<void>> Start();
  // Closes all logs and leaves the marks of a clean stop. Waiting fetches are answered at once.
  runtime::Task<Result<void>> Stop();
  // Waiting fetches are answered now, and later ones don't wait: the server is about to stop.
  void StopWaiting();

  // Begins to open the bucket's log; requests for the bucket wait for that. Of a bucket that runs:
  // nothing.
  runtime::Task<> StartReplica(BucketSpec spec);
  // Stops the bucket, if it runs; `path` tells where its data is if they are to be deleted.
  runtime::Task<Result<void>> StopReplica(TableBucket bucket, std::optional<PhysicalTablePath> path,
                                          bool delete_data);
  runtime::Task<> UpdateTable(std::shared_ptr<const TableFacts> table);

  // As Replica's. kUnknownTableOrBucket for a bucket that is not here.
  runtime::Task<Result<log::Appended>> Append(TableBucket bucket, MutableBytes records, bool wait);
  runtime::Task<Result<Offset>> ListOffset(TableBucket bucket, OffsetKind kind,
                                           TimestampMs timestamp);
  runtime::Task<Result<std::vector<net::Piece>>> ReadLast(TableBucket bucket, int64_t limit);
  runtime::Task<Result<int64_t>> CountRows(TableBucket bucket);
  runtime::Task<Result<Offset>> Put(TableBucket bucket, const PutPart& part);
  runtime::Task<Result<void>> Lookup(TableBucket bucket, std::span<const Bytes> keys,
                                     kv::FoundValues& values);
  runtime::Task<Result<void>> LookupOrInsert(TableBucket bucket, std::span<const Bytes> keys,
                                             kv::FoundValues& values);
  runtime::Task<Result<void>> LookupPrefixes(TableBucket bucket, std::span<const Bytes> prefixes,
                                             uint64_t most_bytes, kv::PrefixMatches& matches);
  runtime::Task<Result<kv::RowScan>> NewScan(TableBucket bucket);
  // Of the table of a bucket that is here; any shard may read it.
  runtime::Task<Result<std::shared_ptr<const TableFacts>>> FactsOf(TableBucket bucket);

  // One entry per part, in order. Waits as the request says, and is woken by data, not by time.
  runtime::Task<std::vector<FetchedPart>> Fetch(const FetchRequest& request);

  // Calls `visit` for every replica, on its shard, shard after shard.
  runtime::Task<> ForEach(std::function<void(Replica&)> visit);

  const DiskGuard& disk_guard() const { return disk_guard_; }

 private:
  struct Owned;  // what one shard owns

  Owned& OwnerOf(const TableBucket& bucket) const;
  template <class T, class Use>
  runtime::Task<Result<T>> OnReplica(TableBucket bucket, Use use);

  runtime::Task<std::string> FindDirectory(TableBucket bucket);
  runtime::Task<> FetchOnce(const FetchRequest& request, std::shared_ptr<FetchWaiter> waiter,
                            std::vector<FetchedPart>& fetched);
  runtime::Task<> FetchFrom(Owned& owner, const FetchRequest& request,
                            const std::vector<size_t>& parts, std::shared_ptr<FetchWaiter> waiter,
                            std::vector<FetchedPart>& fetched, uint64_t& bytes);

  // Does `work` every `interval` until the stop.
  runtime::Task<> Every(std::chrono::milliseconds interval, std::function<runtime::Task<>()> work);
  runtime::Task<> WriteRecoveryPoints();
  runtime::Task<> FlushOf(Owned& owner);
  runtime::Task<> WriteHighWatermarks();
  runtime::Task<> WriteCheckpoint(std::string path, log::Checkpoint checkpoint,
                                  log::Checkpoint& written);
  runtime::Task<> CheckDisk();
  runtime::Task<> DeleteExpired();
  runtime::Task<> DeleteExpiredOf(Owned& owner);
  runtime::Task<> ExpireWriters();
  runtime::Task<> CloseIdleRows();
  // Clears `clean` when a log could not be left so that the next start may trust it.
  runtime::Task<> CloseAllOf(Owned& owner, bool& clean);
  runtime::Task<> CloseOne(std::shared_ptr<Replica> replica, bool& clean, runtime::Gate::Pass pass);

  const Environment environment_;
  const ReplicaOptions options_;
  std::vector<std::unique_ptr<Owned>> owned_;
  DiskGuard disk_guard_;

  // Of the last run; read once at the start.
  bool clean_start_ = false;
  log::Checkpoint recovery_points_;
  // What the checkpoint files hold.
  log::Checkpoint written_recovery_points_, written_high_watermarks_;

  std::atomic<bool> waiting_allowed_ = true;
  runtime::Gate loops_;
  runtime::Event stopping_;
};

}  // namespace millrace::replica
