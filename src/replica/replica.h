// The leader of one bucket: its log, what of it readers may see, and who waits for more.
//
// Lives on one shard and is used there only. Coroutines hold it by shared_ptr, so that stopping a
// bucket never pulls it from under a request.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/options.h"
#include "kv/kv_tablet.h"
#include "log/log_tablet.h"
#include "net/transport.h"
#include "replica/fetch_waiter.h"
#include "replica/projection_cache.h"
#include "replica/table_facts.h"

namespace millrace::record {
struct Predicate;
}

namespace millrace::replica {

// Where ids of auto-increment columns come from.
class IdAllocator {
 public:
  virtual ~IdAllocator() = default;
  // Takes at least `count` ids for the column, never the same twice. Any shard.
  virtual runtime::Task<Result<kv::IdRange>> TakeIds(const TableFacts& table, int64_t count) = 0;
};

// What replicas need of the process.
struct Environment {
  runtime::Disk& disk;
  runtime::BlockingPool& pool;
  // For primary-key tables.
  const kv::StoreResources* row_stores = nullptr;
  IdAllocator* ids = nullptr;
};

// One bucket of a client's upserts and deletes. Views live as long as the call.
struct PutPart {
  Bytes records;  // a KV record batch, unchecked
  // Positions of the columns that are written; empty: all.
  std::span<const int32_t> targets;
  kv::MergeMode mode = kv::MergeMode::kDefault;
  bool wait = true;  // until rows are durable and visible
};

// One bucket of a client's fetch.
struct FetchPart {
  TableBucket bucket;
  Offset from;  // kFetchFromStart: the start of the log
  uint64_t max_bytes = 0;
  // Positions of the columns wanted; absent: all of them, as they are stored.
  std::optional<std::vector<int32_t>> projection;
  // Batches that can't match may be left out. Null: none are.
  std::shared_ptr<const record::Predicate> filter;
};
inline constexpr Offset kFetchFromStart = {-2};

struct FetchedPart {
  std::optional<Error> error;
  Offset high_watermark;
  Offset log_start;
  std::vector<net::Piece> records;
  uint64_t size_bytes = 0;
  // Set when batches were left out after the last one returned: reading may go on here.
  std::optional<Offset> filtered_end;
};

enum class OffsetKind { kEarliest = 0, kLatest = 1, kTimestamp = 2, kLeaderEnd = 3 };

class Replica : public std::enable_shared_from_this<Replica> {
 public:
  struct Setup {
    TableBucket bucket;
    PhysicalTablePath path;
    std::shared_ptr<const TableFacts> table;
    std::string directory;
    log::LogOptions log_options;
    LiveOption<bool> roll_expired_active_segment;
    Offset recovery_point;
    bool clean = false;
  };

  Replica(Setup setup, Environment environment);

  // Opens the log in the blocking pool; requests that come meanwhile wait for it. Once, right after
  // making.
  runtime::Task<> Open();
  // Closes the log so that a restart needs no recovery. Requests get kNotLeaderOrFollower from now
  // on. With `keep_rows` false the data are about to be deleted.
  runtime::Task<Result<void>> Close(bool keep_rows = true);
  // The table has changed: a new schema, new options.
  void UpdateTable(std::shared_ptr<const TableFacts> table);

  // Appends the batches; with `wait`, returns once they are durable here, which at one replica is
  // all that acks 1 and -1 ask for. Stamps offset and timestamp into `records`. kCorruptRecord,
  // kOutOfOrderSequence, kSchemaNotExist, kLogStorage and kStorage leave the log as it was.
  runtime::Task<Result<log::Appended>> Append(MutableBytes records, bool wait);

  // Merges a batch into the rows of a primary-key table; the end of the changelog behind it. What
  // KvTablet::Put() refuses, kNonPrimaryKeyTable, and kCorruptMessage for a batch with a wrong
  // checksum; kUnknownServerError for batches and rows that were made wrong.
  runtime::Task<Result<Offset>> Put(const PutPart& part);
  // The rows of these keys of a primary-key table, in `values` in their order.
  runtime::Task<Result<void>> Lookup(std::span<const Bytes> keys, kv::FoundValues& values);
  // The same, and for keys that have none a row is made of the key's columns, all others NULL or
  // given by the table (auto-increment).
  runtime::Task<Result<void>> LookupOrInsert(std::span<const Bytes> keys, kv::FoundValues& values);
  runtime::Task<Result<void>> LookupPrefixes(std::span<const Bytes> prefixes, uint64_t most_bytes,
                                             kv::PrefixMatches& matches);
  // All rows as they are now.
  runtime::Task<Result<kv::RowScan>> NewScan();

  // Reads what a client may see, at most part.max_bytes, but with `at_least_one` the first batch
  // whole. When there is nothing, `waiter` (if any) hears of it as soon as there is.
  runtime::Task<FetchedPart> Fetch(const FetchPart& part, bool at_least_one,
                                   const std::shared_ptr<FetchWaiter>& waiter);

  // `timestamp` matters for kTimestamp alone.
  runtime::Task<Result<Offset>> ListOffset(OffsetKind kind, TimestampMs timestamp);
  // The last `limit` records, in whole batches; fewer when they would not fit a response.
  runtime::Task<Result<std::vector<net::Piece>>> ReadLast(int64_t limit);
  // Of a primary-key table: its rows; kInvalidTable where they are not counted.
  runtime::Task<Result<int64_t>> CountRows();

  // Deletes the segments that the table's TTL has expired.
  runtime::Task<> DeleteExpired(TimestampMs now);
  // Forgets writers that were silent for long.
  void ExpireWriters(TimestampMs now);

  // Waiting fetches look again, whether there is data or not.
  void WakeFetches() { waiters_.NotifyAll(); }

  // Closes the rows' store unless it was used since.
  runtime::Task<> CloseIdleRows(runtime::Instant since);

  // Puts on the device what the flush policy left to the operating system, so that a recovery
  // begins there.
  runtime::Task<> Flush();

  // Of the checkpoints. Hold after Close() too. A log that is not open, or can't be used, keeps the
  // recovery point it came with: what was durable then must not pass for a torn write at the next
  // start.
  Offset recovery_point() const {
    return log_ && !offline_ ? log_->recovery_point() : setup_.recovery_point;
  }
  // Nullopt for such a log.
  std::optional<Offset> committed() const;
  // Why the log can't be used, if so.
  const std::optional<Error>& offline() const { return offline_; }

  const TableBucket& bucket() const { return setup_.bucket; }
  const PhysicalTablePath& path() const { return setup_.path; }
  const std::string& directory() const { return setup_.directory; }
  const TableFacts& table() const { return *setup_.table; }
  const std::shared_ptr<const TableFacts>& shared_table() const { return setup_.table; }
  // Null unless the bucket is online.
  const log::LogTablet* log() const { return online() ? log_.get() : nullptr; }

 private:
  bool online() const { return log_ != nullptr && !closed_; }
  // Waits for the log to be open; the error says why it can't be used.
  runtime::Task<Result<void>> Ready();
  runtime::Task<Result<log::Appended>> AppendChecked(MutableBytes records, bool wait);
  Result<void> CheckBatches(Bytes records) const;
  void TakeOffline(const Error& why);
  Result<void> CheckProjection(const FetchPart& part);
  runtime::Task<Result<kv::KvTablet*>> Rows();
  runtime::Task<Result<Offset>> PutChecked(const PutPart& part);
  runtime::Task<Result<Offset>> PutRows(const kv::PutRequest& request, bool wait);
  std::unique_ptr<kv::KvTablet> MakeRows();
  Result<void> SetPartitionCells(std::span<schema::Cell> row,
                                 std::vector<std::string>& bytes) const;
  Result<void> MakeMissingRows(std::span<const Bytes> keys, const kv::FoundValues& values,
                               kv::PutRequest& request, std::string& encoded) const;
  // What is durable becomes visible: its rows first, so that whoever sees a change finds the row.
  runtime::Task<Result<void>> AdvanceHighWatermark();
  runtime::Task<Result<void>> SyncAndAdvance(Offset end);
  runtime::Task<> SyncInBackground(std::shared_ptr<Replica> self, Offset end);
  runtime::Task<Result<void>> ReadInto(FetchedPart& fetched, const FetchPart& part, Offset from,
                                       bool at_least_one);

  Setup setup_;
  const Environment environment_;
  std::unique_ptr<log::LogTablet> log_;
  std::unique_ptr<kv::KvTablet> rows_;  // null for log tables
  std::optional<Error> offline_;        // why the log can't be used
  bool closed_ = false;
  runtime::Event opened_;
  int getting_ready_ = 0;  // requests that came before the log was open and have not gone on yet
  Offset high_watermark_;
  FetchWaiters waiters_;
  ProjectionCache projections_;
};

}  // namespace millrace::replica
