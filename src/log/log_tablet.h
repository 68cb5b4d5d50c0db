// One bucket's log: segments of record batches on disk, appended at the end and read from anywhere.
//
// A tablet belongs to one shard; all but Open() is called there, unless it says otherwise. It must
// outlive the tasks that its calls return. Formats and recovery: docs/formats/log-tablet.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "log/flusher.h"
#include "log/log_options.h"
#include "log/read_ends.h"
#include "log/recent_batches.h"
#include "log/request_check.h"
#include "log/segment.h"
#include "log/writer_state.h"
#include "runtime/blocking_pool.h"
#include "runtime/disk.h"
#include "runtime/task.h"

namespace millrace::log {

struct LoadedLog;

// What an append did.
struct Appended {
  // Of the first batch of the request, and of what comes last in the log. Batches that were there
  // before count with the offsets they got then. -1 for a request without batches.
  Offset base_offset{-1};
  Offset last_offset{-1};
  TimestampMs timestamp;
  // All batches were there before: nothing was written.
  bool duplicate = false;
  // What was written: duplicates don't count.
  int64_t records = 0;
  uint64_t bytes = 0;
};

// Whole batches that follow each other in one segment's file.
struct LogSlice {
  runtime::FileRange range;  // size 0: nothing to read
  Offset end;                // after the last batch: where reading goes on; `below` if all was read
};

class LogTablet {
 public:
  // Opens the log in `directory`, making an empty one if there is none. Below `recovery_point` all
  // is known to be on the device; `clean` says that the last run closed the log. If it did not,
  // everything from the recovery point's segment on is read: checksums checked, indexes and writer
  // state made anew, and a torn end is cut off behind the last whole batch. kLogStorage, naming
  // file and position, for damage that no torn write explains; then no batch has been removed.
  // Blocks: run it in the pool.
  static Result<std::unique_ptr<LogTablet>> Open(runtime::Disk& disk, runtime::BlockingPool& pool,
                                                 TableBucket bucket, std::string directory,
                                                 LogOptions options, Offset recovery_point,
                                                 bool clean, TimestampMs now);

  // Appends a request's batches as the leader: gives them the next offsets and the time `now`, or
  // the last batch's if that is later, both stamped into `records`. Batches that are among their
  // writer's last are left out, which may move later ones within `records`. One write into the page
  // cache; it is durable after Sync(). On an error the log is as before:
  //   kCorruptRecord       a batch's checksum, header or record count is wrong
  //   kOutOfOrderSequence  a batch of its writer is missing before this one
  //   kRecordTooLarge      more bytes than a segment can ever have
  //   kLogStorage          the disk refused, as when it is full: may be tried again
  //   kStorage             a flush has failed, or the log is closed
  Result<Appended> Append(MutableBytes records, TimestampMs now);
  // What Append() would answer for a batch of this writer and sequence that is in the log already.
  std::optional<Appended> FindDuplicate(WriterId writer, int32_t sequence) const;

  // Returns once all below `end` is on the device. Flushes run in the pool, one at a time; whoever
  // asks before one begins is served by it. With FlushPolicy::kOs it returns at once. After an
  // error (kStorage) the log has failed().
  runtime::Task<Result<void>> Sync(Offset end);
  // The same whatever the policy.
  runtime::Task<Result<void>> Flush(Offset end) { return flusher_->Sync(end); }

  Offset start_offset() const { return segments_.front()->base(); }
  // The offset that the next record gets.
  Offset end_offset() const { return segments_.back()->next_offset(); }
  // All below survives what the flush policy says it does.
  Offset durable_end() const {
    return options_.flush_policy == FlushPolicy::kOs ? end_offset() : flusher_->durable();
  }
  // All below is on the device, whatever the policy: for the recovery point file.
  Offset recovery_point() const { return flusher_->durable(); }
  uint64_t size_bytes() const { return size_bytes_; }
  size_t segment_count() const { return segments_.size(); }
  size_t writer_count() const { return writers_.size(); }
  // The latest commit time; 0 in a log that has no batch.
  TimestampMs max_timestamp() const { return max_timestamp_; }
  // A flush has failed: what the kernel did with the data is unknown, so nothing is appended any
  // more. Reads go on.
  bool failed() const { return flusher_->failed(); }
  // How much Open() cut off as a torn end.
  uint64_t torn_bytes() const { return torn_bytes_; }

  // Whole batches of one segment from the one that holds `from`, all below `below`, of at most
  // `max_bytes` in sum; with `at_least_one`, the first batch even if it is larger. An empty slice
  // if there are none. Readers at the end are served without a look at the disk; others read
  // indexes and headers from the page cache, or in the pool. kLogOffsetOutOfRange unless
  // start_offset() <= from <= end_offset().
  runtime::Task<Result<LogSlice>> Read(Offset from, Offset below, uint64_t max_bytes,
                                       bool at_least_one);

  // Base offset of the first batch committed at `timestamp` or later; `below` if there is none
  // below it.
  runtime::Task<Result<Offset>> OffsetForTimestamp(TimestampMs timestamp, Offset below);

  // Deletes segments from the start on, as long as all in them was committed before `cutoff` and
  // they end at or below `bound`; returns how many. The active one stays, unless `roll_active`:
  // then an empty one takes its place.
  runtime::Task<Result<int>> DeleteExpired(TimestampMs cutoff, Offset bound,
                                           bool roll_active = false);

  // Drops the batch that holds `end` and all after it. When the log starts after `end` nothing is
  // left, and it starts there anew. Blocks, and no other call may be under way: run it in the pool.
  // After an error the log must be opened anew, as after an unclean stop.
  Result<void> TruncateTo(Offset end, TimestampMs now);

  // Forgets writers that have not appended for LogOptions::writer_expiration.
  void ExpireWriters(TimestampMs now) {
    writers_.Expire({now.value - options_.writer_expiration.count()});
  }

  // Makes all durable, whatever the policy, and leaves what a clean start needs: whole indexes and
  // the writers' snapshot. Appends fail from its begin on, reads go on. After an error the next
  // start must not be clean.
  runtime::Task<Result<void>> Close();

 private:
  LogTablet(runtime::Disk& disk, runtime::BlockingPool& pool, TableBucket bucket,
            std::string directory, LogOptions options);

  void Take(LoadedLog loaded);
  Segment& active() { return *segments_.back(); }
  std::string PathOf(Offset base, std::string_view suffix) const;

  Result<void> CheckOpen() const;
  Result<Appended> Write(MutableBytes records, TimestampMs now);
  MutableBytes JoinNewBatches(MutableBytes records);
  Result<void> Roll();

  SegmentView ViewFor(Offset offset) const;
  std::vector<std::string> FilesOf(Offset base) const;

  runtime::Disk& disk_;
  runtime::BlockingPool& pool_;
  const TableBucket bucket_;
  const std::string directory_;
  const LogOptions options_;

  std::vector<std::unique_ptr<Segment>>
      segments_;          // never empty; by base; the last is the active one
  RecentBatches recent_;  // of the active segment
  ReadEnds read_ends_;
  WriterState writers_;
  RequestCheck request_;  // of the append under way
  std::shared_ptr<Flusher> flusher_;
  uint64_t size_bytes_ = 0;
  uint64_t torn_bytes_ = 0;
  TimestampMs max_timestamp_;
  Offset newest_snapshot_;
  bool must_roll_ = false;  // the last try to roll failed
  bool closed_ = false;
};

}  // namespace millrace::log
