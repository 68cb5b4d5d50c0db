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
  Offset base_offset{-1};
  Offset last_offset{-1};
  TimestampMs timestamp;
  bool duplicate = false;
  int64_t records = 0;
  uint64_t bytes = 0;
};

struct LogSlice {
  runtime::FileRange range;
  Offset end;
};

class LogTablet {
 public:
  static Result<std::unique_ptr<LogTablet>> Open(runtime::Disk& disk, runtime::BlockingPool& pool,
                                                 TableBucket bucket, std::string directory,
                                                 LogOptions options, Offset recovery_point,
                                                 bool clean, TimestampMs now);
  Result<Appended> Append(MutableBytes records, TimestampMs now);
  runtime::Task<Result<void>> Sync(Offset end);
  runtime::Task<Result<LogSlice>> Read(Offset from, Offset below, uint64_t max_bytes,
                                       bool at_least_one);
  runtime::Task<Result<Offset>> OffsetForTimestamp(TimestampMs timestamp, Offset below);
  runtime::Task<Result<int>> DeleteExpired(TimestampMs oldest, Offset bound);
  void ExpireWriters(TimestampMs now);
  runtime::Task<Result<void>> Close();

  Offset start_offset() const { return segments_.front()->base(); }
  Offset end_offset() const { return segments_.back()->next_offset(); }
  Offset durable_end() const { return durable_end_; }
  Offset recovery_point() const { return durable_end_; }
  uint64_t size_bytes() const;
  size_t segment_count() const { return segments_.size(); }
  size_t writer_count() const { return writers_.size(); }

 private:
  struct Pending;

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

  struct Unsynced {
    std::vector<std::shared_ptr<runtime::File>> files;
    bool directory = false;
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
  static constexpr size_t kRecentMax = 128;
  std::deque<BatchPlace> recent_;

  Offset durable_end_;
  Unsynced unsynced_;
  bool syncing_ = false;
  runtime::Event sync_done_;
  std::optional<Error> failed_;
};

}  // namespace millrace::log
