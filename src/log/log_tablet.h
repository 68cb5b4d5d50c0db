// One bucket's log: segments, writers, and what of it is durable. docs/formats/log-tablet.md.
//
// Belongs to one shard, on which everything but Open() is called; waiting for the device happens in the
// blocking pool. A coroutine of the tablet must end before the tablet goes.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "log/log_options.h"
#include "log/segment.h"
#include "log/writer_state.h"
#include "runtime/blocking_pool.h"
#include "runtime/disk.h"
#include "runtime/event.h"

namespace millrace::log {

struct Appended {
  Offset base_offset{-1};  // of the first batch; -1 when there was none
  Offset last_offset{-1};
  TimestampMs timestamp;
  // All batches were there already: the offsets are those they got then.
  bool duplicate = false;
  int64_t records = 0;  // appended now
  uint64_t bytes = 0;   // likewise
};

// Whole batches, one after the other, in one file.
struct LogSlice {
  runtime::FileRange range;
  Offset end;  // after the last batch: where reading may go on
};

class LogTablet {
 public:
  // Loads the log, repairing what an unclean stop left; makes it when there is none. All below `recovery_point`
  // was durable when that was noted. Blocking. kStorage; kLogStorage for a damaged log.
  static Result<std::unique_ptr<LogTablet>> Open(runtime::Disk& disk, runtime::BlockingPool& pool,
                                                 TableBucket bucket, std::string directory,
                                                 LogOptions options, Offset recovery_point,
                                                 bool clean, TimestampMs now);

  // Appends whole batches as their leader: gives them offsets and one time, never earlier than the last one,
  // which it stamps into `records`. Bytes after the last whole batch are ignored. Batches that their writer
  // sent before are left out. On an error nothing is appended:
  //   kCorruptRecord       a batch is malformed or its checksum is wrong
  //   kOutOfOrderSequence  a batch of its writer is missing
  //   kLogStorage          it could not be written; a later try may succeed
  //   kStorage             the log has failed for good
  Result<Appended> Append(MutableBytes records, TimestampMs now);

  // Returns once all below `end` is durable, by fdatasync if the policy is kSync. One fdatasync serves all that
  // was appended before it began. kStorage when it fails: then nobody knows what is durable, and the log has
  // failed for good.
  runtime::Task<Result<void>> Sync(Offset end);
  // The same whatever the policy.
  runtime::Task<Result<void>> Flush(Offset end);

  // Whole batches from the one that holds `from`, below the offset `below`, of at most max_bytes, but one at
  // least if `at_least_one`; an empty slice when there is none. Batches appended lately are found without
  // looking at the disk. kLogOffsetOutOfRange when `from` is before the start or after the end.
  runtime::Task<Result<LogSlice>> Read(Offset from, Offset below, uint64_t max_bytes,
                                       bool at_least_one);
  // Base offset of the first batch below `below` with this time or a later one; `below` if there is none.
  runtime::Task<Result<Offset>> OffsetForTimestamp(TimestampMs timestamp, Offset below);

  // Deletes segments from the start on whose batches are all older than `oldest` and below `bound`; returns how
  // many. The active one stays, unless `roll_active`: then an empty one takes its place.
  runtime::Task<Result<int>> DeleteExpired(TimestampMs oldest, Offset bound, bool roll_active);
  // Forgets writers that were silent for options.writer_expiration.
  void ExpireWriters(TimestampMs now);

  // Makes all durable and leaves the directory so that the next start finds nothing to repair. Nothing can be
  // appended any more.
  runtime::Task<Result<void>> Close();

  Offset start_offset() const { return segments_.front()->base(); }
  Offset end_offset() const { return segments_.back()->next_offset(); }
  // All below is as durable as the policy promises.
  Offset durable_end() const { return durable_end_; }
  // All below is on the device, whatever the policy: where a recovery may begin.
  Offset recovery_point() const { return synced_end_; }
  uint64_t size_bytes() const;
  size_t segment_count() const { return segments_.size(); }
  size_t writer_count() const { return writers_.size(); }

 private:
  struct Pending;  // a request's batches that are to be appended

  LogTablet(runtime::Disk& disk, runtime::BlockingPool& pool, TableBucket bucket,
            std::string directory, LogOptions options)
      : disk_(disk), pool_(pool), bucket_(bucket), directory_(std::move(directory)), options_(options) {}

  Result<void> Examine(MutableBytes records, Pending& pending) const;
  Result<void> Write(Pending& pending);
  Result<void> Roll(Offset base);
  void Remember(const Pending& pending, uint64_t position);
  std::optional<LogSlice> ReadRecent(Offset from, Offset below, uint64_t max_bytes,
                                     bool at_least_one) const;
  const Segment& SegmentFor(Offset offset) const;
  Error Failed() const;

  // What a flush has to make durable besides the active segment's log.
  struct Unsynced {
    std::vector<std::shared_ptr<runtime::File>> files;  // of segments rolled since the last one
    bool directory = false;                             // files were made
    // Of the writers, as they were at a roll: a later start then need not read the segments before it.
    std::vector<std::pair<std::string, std::string>> snapshots;
  };
  Result<void> SyncFiles(const Unsynced& unsynced, const std::shared_ptr<runtime::File>& active);

  runtime::Disk& disk_;
  runtime::BlockingPool& pool_;
  const TableBucket bucket_;
  const std::string directory_;
  const LogOptions options_;

  std::vector<std::unique_ptr<Segment>> segments_;
  WriterState writers_;
  TimestampMs last_timestamp_;
  // The last batches of the active segment, without a gap, for reads at the tail.
  static constexpr size_t kRecentMax = 128;
  std::deque<BatchPlace> recent_;

  Offset durable_end_;
  Offset synced_end_;
  Unsynced unsynced_;
  bool syncing_ = false;
  runtime::Event sync_done_;
  std::optional<Error> failed_;  // why nothing can be appended any more
};

}  // namespace millrace::log
