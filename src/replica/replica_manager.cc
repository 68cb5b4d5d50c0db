#include "replica/replica_manager.h"

#include <spdlog/spdlog.h>

#include "log/data_directory.h"

namespace millrace::replica {

using runtime::RunOn;
using runtime::Task;

// What one shard owns; touched only there.
struct ReplicaManager::Owned {
  explicit Owned(runtime::Shard& owner) : shard(owner) {}

  std::shared_ptr<Replica> Find(const TableBucket& bucket) const {
    auto it = replicas.find(bucket);
    return it == replicas.end() ? nullptr : it->second;
  }
  // The replicas at this moment, to walk over while they come and go.
  std::vector<std::shared_ptr<Replica>> All() const {
    std::vector<std::shared_ptr<Replica>> all;
    for (const auto& [bucket, replica] : replicas) all.push_back(replica);
    return all;
  }

  runtime::Shard& shard;
  std::unordered_map<TableBucket, std::shared_ptr<Replica>> replicas;
};

namespace {

Error UnknownBucket(const TableBucket& bucket) {
  return {ErrorCode::kUnknownTableOrBucket,
          fmt::format("{} is not known to this server", bucket.ToString())};
}

}  // namespace

ReplicaManager::ReplicaManager(std::vector<runtime::Shard*> shards, Environment environment,
                               ReplicaOptions options)
    : environment_(environment),
      options_(std::move(options)),
      disk_guard_(environment.disk, options_.data_dir, options_.disk) {
  for (auto* shard : shards) owned_.push_back(std::make_unique<Owned>(*shard));
}

ReplicaManager::~ReplicaManager() = default;

ReplicaManager::Owned& ReplicaManager::OwnerOf(const TableBucket& bucket) const {
  return *owned_[HashOf(bucket) % owned_.size()];
}

Task<Result<void>> ReplicaManager::Start() {
  auto& disk = environment_.disk;
  const auto& dir = options_.data_dir;
  auto read = co_await environment_.pool.Run([&]() -> Result<void> {
    TRY(disk.CreateDirectories(dir));
    clean_start_ = disk.Exists(log::CleanShutdownMarkerPath(dir));
    auto points = log::ReadCheckpointFile(disk, log::RecoveryPointPath(dir));
    // Without it every log is recovered from its start: slower, and as right.
    if (points) recovery_points_ = std::move(*points);
    if (!points) spdlog::warn("recovering all logs from their start: {}", points.error().message);
    TRY(disk.Remove(log::CleanShutdownMarkerPath(dir)));
    return disk.SyncDirectory(dir);
  });
  CO_TRY(read);
  co_await CheckDisk();
  runtime::Spawn(Every(options_.disk.check_interval, [this] { return CheckDisk(); }));
  runtime::Spawn(
      Every(options_.high_watermark_checkpoint_interval, [this] { return WriteHighWatermarks(); }));
  runtime::Spawn(
      Every(options_.recovery_point_checkpoint_interval, [this] { return WriteRecoveryPoints(); }));
  runtime::Spawn(Every(options_.retention_check_interval, [this] { return DeleteExpired(); }));
  runtime::Spawn(
      Every(options_.writer_expiration_check_interval, [this] { return ExpireWriters(); }));
  runtime::Spawn(Every(options_.rows_idle_most, [this] { return CloseIdleRows(); }));
  co_return Result<void>();
}

Task<> ReplicaManager::StartReplica(BucketSpec spec) {
  Owned& owner = OwnerOf(spec.bucket);
  auto* home = runtime::Shard::Current();
  co_await runtime::Enter(owner.shard);
  if (!owner.Find(spec.bucket)) {
    auto point = recovery_points_.find(spec.bucket);
    Replica::Setup setup = {spec.bucket,
                            spec.path,
                            spec.table,
                            log::TabletDirectory(options_.data_dir, spec.path, spec.bucket),
                            options_.log,
                            options_.roll_expired_active_segment,
                            point == recovery_points_.end() ? Offset{0} : point->second,
                            clean_start_};
    auto replica = std::make_shared<Replica>(std::move(setup), environment_);
    owner.replicas[spec.bucket] = replica;
    runtime::Spawn(replica->Open());
  }
  co_await runtime::Enter(*home);
}

// Of a bucket whose names are not known any more; empty when nothing is left of it.
Task<std::string> ReplicaManager::FindDirectory(TableBucket bucket) {
  auto tablets = co_await environment_.pool.Run(
      [&] { return log::ListTablets(environment_.disk, options_.data_dir); });
  if (!tablets) co_return std::string();
  for (const auto& tablet : *tablets) {
    if (tablet.bucket != bucket) continue;
    co_return log::TabletDirectory(options_.data_dir, tablet.path, bucket);
  }
  co_return std::string();
}

Task<Result<void>> ReplicaManager::StopReplica(TableBucket bucket,
                                               std::optional<PhysicalTablePath> path,
                                               bool delete_data) {
  Owned& owner = OwnerOf(bucket);
  auto* home = runtime::Shard::Current();
  co_await runtime::Enter(owner.shard);
  Result<void> result;
  std::string directory;
  if (auto replica = owner.Find(bucket)) {
    owner.replicas.erase(bucket);
    directory = replica->directory();
    result = co_await replica->Close(/*keep_rows=*/!delete_data);
  } else if (path) {
    directory = log::TabletDirectory(options_.data_dir, *path, bucket);
  } else if (delete_data) {
    directory = co_await FindDirectory(bucket);
  }
  if (delete_data && !directory.empty()) {
    result = co_await environment_.pool.Run([&] {
      return log::DeleteTabletDirectory(environment_.disk, options_.data_dir, directory);
    });
  }
  co_await runtime::Enter(*home);
  co_return result;
}

Task<> ReplicaManager::UpdateTable(std::shared_ptr<const TableFacts> table) {
  co_await ForEach([&](Replica& replica) {
    if (replica.table().id == table->id) replica.UpdateTable(table);
  });
}

template <class T, class Use>
Task<Result<T>> ReplicaManager::OnReplica(TableBucket bucket, Use use) {
  Owned& owner = OwnerOf(bucket);
  auto* home = runtime::Shard::Current();
  co_await runtime::Enter(owner.shard);
  Result<T> result = UnknownBucket(bucket);
  if (auto replica = owner.Find(bucket)) result = co_await use(*replica);
  co_await runtime::Enter(*home);
  co_return result;
}

Task<Result<log::Appended>> ReplicaManager::Append(TableBucket bucket, MutableBytes records,
                                                   bool wait) {
  CO_TRY(disk_guard_.Admit());
  co_return co_await OnReplica<log::Appended>(
      bucket, [=](Replica& replica) { return replica.Append(records, wait); });
}

Task<Result<Offset>> ReplicaManager::ListOffset(TableBucket bucket, OffsetKind kind,
                                                TimestampMs timestamp) {
  return OnReplica<Offset>(bucket,
                           [=](Replica& replica) { return replica.ListOffset(kind, timestamp); });
}

Task<Result<std::vector<net::Piece>>> ReplicaManager::ReadLast(TableBucket bucket, int64_t limit) {
  return OnReplica<std::vector<net::Piece>>(
      bucket, [=](Replica& replica) { return replica.ReadLast(limit); });
}

Task<Result<int64_t>> ReplicaManager::CountRows(TableBucket bucket) {
  return OnReplica<int64_t>(bucket, [](Replica& replica) { return replica.CountRows(); });
}

Task<Result<Offset>> ReplicaManager::Put(TableBucket bucket, const PutPart& part) {
  CO_TRY(disk_guard_.Admit());
  co_return co_await OnReplica<Offset>(bucket, [&](Replica& replica) { return replica.Put(part); });
}

Task<Result<void>> ReplicaManager::Lookup(TableBucket bucket, std::span<const Bytes> keys,
                                          kv::FoundValues& values) {
  co_return co_await OnReplica<void>(
      bucket, [&](Replica& replica) { return replica.Lookup(keys, values); });
}

Task<Result<void>> ReplicaManager::LookupOrInsert(TableBucket bucket, std::span<const Bytes> keys,
                                                  kv::FoundValues& values) {
  CO_TRY(disk_guard_.Admit());
  co_return co_await OnReplica<void>(
      bucket, [&](Replica& replica) { return replica.LookupOrInsert(keys, values); });
}

Task<Result<void>> ReplicaManager::LookupPrefixes(TableBucket bucket,
                                                  std::span<const Bytes> prefixes,
                                                  uint64_t most_bytes, kv::PrefixMatches& matches) {
  co_return co_await OnReplica<void>(bucket, [&](Replica& replica) {
    return replica.LookupPrefixes(prefixes, most_bytes, matches);
  });
}

Task<Result<kv::RowScan>> ReplicaManager::NewScan(TableBucket bucket) {
  return OnReplica<kv::RowScan>(bucket, [](Replica& replica) { return replica.NewScan(); });
}

Task<Result<std::shared_ptr<const TableFacts>>> ReplicaManager::FactsOf(TableBucket bucket) {
  using Facts = std::shared_ptr<const TableFacts>;
  return OnReplica<Facts>(
      bucket, [](Replica& replica) -> Task<Result<Facts>> { co_return replica.shared_table(); });
}

Task<std::vector<FetchedPart>> ReplicaManager::Fetch(const FetchRequest& request) {
  auto& clock = runtime::Shard::Current()->clock();
  runtime::Instant deadline = clock.Now() + request.max_wait;
  bool may_wait = request.min_bytes > 0 && request.max_wait.count() > 0;
  auto waiter = may_wait ? std::make_shared<FetchWaiter>() : nullptr;
  std::vector<FetchedPart> fetched;
  while (true) {
    co_await FetchOnce(request, waiter, fetched);
    if (!may_wait || !waiting_allowed_) break;
    uint64_t bytes = 0;
    bool any_readable = false, failed = false, filtered = false;
    for (const auto& part : fetched) {
      bytes += part.size_bytes;
      any_readable |= !part.error;
      // The client goes on behind what does not match, instead of having it looked through again.
      filtered |= part.filtered_end.has_value();
      // A bucket that has moved does not cut the wait for the others short.
      failed |= part.error && part.error->code != ErrorCode::kNotLeaderOrFollower &&
                part.error->code != ErrorCode::kUnknownTableOrBucket;
    }
    if (bytes >= request.min_bytes || failed || filtered || !any_readable) break;
    if (!co_await waiter->WaitUntil(deadline)) break;
  }
  co_return fetched;
}

// Buckets of one shard are read in the order of the request. The request's byte limit holds over
// all shards, so they take their turn one after the other.
Task<> ReplicaManager::FetchOnce(const FetchRequest& request, std::shared_ptr<FetchWaiter> waiter,
                                 std::vector<FetchedPart>& fetched) {
  fetched.clear();
  fetched.resize(request.parts.size());
  std::vector<std::vector<size_t>> parts(owned_.size());
  for (size_t i = 0; i < request.parts.size(); i++) {
    parts[HashOf(request.parts[i].bucket) % owned_.size()].push_back(i);
  }
  uint64_t bytes = 0;
  size_t first =
      runtime::Shard::Current()->index();  // no hop when this shard's buckets fill the answer
  for (size_t i = 0; i < owned_.size(); i++) {
    size_t shard = (first + i) % owned_.size();
    if (parts[shard].empty()) continue;
    co_await RunOn(owned_[shard]->shard,
                   FetchFrom(*owned_[shard], request, parts[shard], waiter, fetched, bytes));
  }
}

Task<> ReplicaManager::FetchFrom(Owned& owner, const FetchRequest& request,
                                 const std::vector<size_t>& parts,
                                 std::shared_ptr<FetchWaiter> waiter,
                                 std::vector<FetchedPart>& fetched, uint64_t& bytes) {
  for (size_t index : parts) {
    FetchPart part = request.parts[index];
    auto replica = owner.Find(part.bucket);
    if (!replica) {
      fetched[index].error = UnknownBucket(part.bucket);
      continue;
    }
    uint64_t left = request.max_bytes - std::min(bytes, request.max_bytes);
    part.max_bytes = std::min(part.max_bytes, left);
    fetched[index] = co_await replica->Fetch(part, /*at_least_one=*/bytes == 0, waiter);
    bytes += fetched[index].size_bytes;
    replica->table().probe->FetchDone(!fetched[index].error);
  }
}

Task<> ReplicaManager::ForEach(std::function<void(Replica&)> visit) {
  auto* home = runtime::Shard::Current();
  for (auto& owner : owned_) {
    co_await runtime::Enter(owner->shard);
    for (const auto& replica : owner->All()) visit(*replica);
  }
  co_await runtime::Enter(*home);
}

void ReplicaManager::StopWaiting() {
  waiting_allowed_ = false;
  for (auto& owner : owned_) {
    owner->shard.Post([owner = owner.get()] {
      for (const auto& replica : owner->All()) replica->WakeFetches();
    });
  }
}

// ---- Periodic work ----

Task<> ReplicaManager::Every(std::chrono::milliseconds interval, std::function<Task<>()> work) {
  auto pass = loops_.Enter();
  auto& clock = runtime::Shard::Current()->clock();
  while (!co_await stopping_.WaitUntil(clock.Now() + interval)) co_await work();
}

Task<> ReplicaManager::WriteRecoveryPoints() {
  // With the policy kSync everything acknowledged was flushed already.
  for (auto& owner : owned_) co_await RunOn(owner->shard, FlushOf(*owner));
  log::Checkpoint points;
  co_await ForEach([&](Replica& replica) { points[replica.bucket()] = replica.recovery_point(); });
  co_await WriteCheckpoint(log::RecoveryPointPath(options_.data_dir), std::move(points),
                           written_recovery_points_);
}

Task<> ReplicaManager::FlushOf(Owned& owner) {
  for (const auto& replica : owner.All()) co_await replica->Flush();
}

Task<> ReplicaManager::WriteHighWatermarks() {
  log::Checkpoint marks;
  co_await ForEach([&](Replica& replica) {
    if (auto committed = replica.committed()) marks[replica.bucket()] = *committed;
  });
  co_await WriteCheckpoint(log::HighWatermarkPath(options_.data_dir), std::move(marks),
                           written_high_watermarks_);
}

Task<> ReplicaManager::WriteCheckpoint(std::string path, log::Checkpoint checkpoint,
                                       log::Checkpoint& written) {
  if (checkpoint == written) co_return;
  auto result = co_await environment_.pool.Run(
      [&] { return log::WriteCheckpointFile(environment_.disk, path, checkpoint); });
  if (result) {
    written = std::move(checkpoint);
  } else {
    spdlog::error("can't write a checkpoint: {}", result.error().message);
  }
}

Task<> ReplicaManager::CheckDisk() {
  co_await environment_.pool.Run([&] { disk_guard_.Check(); });
}

Task<> ReplicaManager::DeleteExpired() {
  for (auto& owner : owned_) co_await RunOn(owner->shard, DeleteExpiredOf(*owner));
}

Task<> ReplicaManager::DeleteExpiredOf(Owned& owner) {
  for (const auto& replica : owner.All()) {
    co_await replica->DeleteExpired(owner.shard.clock().WallNow());
  }
}

Task<> ReplicaManager::ExpireWriters() {
  TimestampMs now = runtime::Shard::Current()->clock().WallNow();
  co_await ForEach([&](Replica& replica) { replica.ExpireWriters(now); });
}

Task<> ReplicaManager::CloseIdleRows() {
  auto* home = runtime::Shard::Current();
  for (auto& owner : owned_) {
    co_await runtime::Enter(owner->shard);
    runtime::Instant since = owner->shard.clock().Now() - options_.rows_idle_most;
    for (const auto& replica : owner->All()) co_await replica->CloseIdleRows(since);
  }
  co_await runtime::Enter(*home);
}

Task<Result<void>> ReplicaManager::Stop() {
  StopWaiting();
  stopping_.Set();
  co_await loops_.WaitEmpty();
  bool clean = true;
  for (auto& owner : owned_) co_await RunOn(owner->shard, CloseAllOf(*owner, clean));
  co_await WriteHighWatermarks();
  co_await WriteRecoveryPoints();
  if (!clean) co_return Result<void>();
  co_return co_await environment_.pool.Run([&] {
    return runtime::ReplaceFile(environment_.disk, log::CleanShutdownMarkerPath(options_.data_dir),
                                "");
  });
}

// All at once: each waits for the device.
Task<> ReplicaManager::CloseAllOf(Owned& owner, bool& clean) {
  runtime::Gate closing;
  for (const auto& replica : owner.All()) runtime::Spawn(CloseOne(replica, clean, closing.Enter()));
  co_await closing.WaitEmpty();
}

Task<> ReplicaManager::CloseOne(std::shared_ptr<Replica> replica, bool& clean,
                                [[maybe_unused]] runtime::Gate::Pass pass) {
  auto closed = co_await replica->Close();
  // The next start must find what is wrong with a log, so it must not trust it.
  if (replica->offline()) clean = false;
  if (closed) co_return;
  clean = false;
  spdlog::error("{} did not close: {}", replica->path().ToString(), closed.error().message);
}

}  // namespace millrace::replica
