#include "log/log_tablet.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/loader.h"

namespace millrace::log {

using runtime::Task;

namespace {

LogOptions WithinBounds(LogOptions options) {
  options.segment_bytes = std::min<uint64_t>(options.segment_bytes, INT32_MAX);
  return options;
}

}  // namespace

LogTablet::LogTablet(runtime::Disk& disk, runtime::BlockingPool& pool, TableBucket bucket,
                     std::string directory, LogOptions options)
    : disk_(disk),
      pool_(pool),
      bucket_(bucket),
      directory_(std::move(directory)),
      options_(WithinBounds(options)) {}

Result<std::unique_ptr<LogTablet>> LogTablet::Open(runtime::Disk& disk, runtime::BlockingPool& pool,
                                                   TableBucket bucket, std::string directory,
                                                   LogOptions options, Offset recovery_point,
                                                   bool clean, TimestampMs now) {
  std::unique_ptr<LogTablet> tablet(
      new LogTablet(disk, pool, bucket, std::move(directory), options));
  TRY_ASSIGN(auto loaded,
             LoadLog({disk, tablet->directory_, tablet->options_, recovery_point, clean, now}));
  Offset end = loaded.segments.back()->next_offset();
  Offset durable = clean && loaded.unsynced.empty() ? end : std::min(recovery_point, end);
  tablet->flusher_ = std::make_shared<Flusher>(disk, pool, tablet->directory_, durable);
  tablet->Take(std::move(loaded));
  return tablet;
}

void LogTablet::Take(LoadedLog loaded) {
  segments_ = std::move(loaded.segments);
  writers_ = std::move(loaded.writers);
  torn_bytes_ = loaded.torn_bytes;
  newest_snapshot_ = loaded.newest_snapshot;
  recent_.Clear();
  read_ends_.Clear();
  must_roll_ = false;
  size_bytes_ = 0;
  max_timestamp_ = {};
  for (const auto& segment : segments_) {
    size_bytes_ += segment->size();
    max_timestamp_ = std::max(max_timestamp_, segment->max_timestamp());
  }
  for (auto& file : loaded.unsynced) flusher_->Add(std::move(file));
  if (loaded.made_files) flusher_->AddDirectory();
  flusher_->Wrote(active().file(), end_offset());
}

std::string LogTablet::PathOf(Offset base, std::string_view suffix) const {
  return directory_ + "/" + SegmentFileName(base, suffix);
}

std::vector<std::string> LogTablet::FilesOf(Offset base) const {
  return {PathOf(base, kLogSuffix), PathOf(base, kOffsetIndexSuffix),
          PathOf(base, kTimeIndexSuffix), PathOf(base, kSnapshotSuffix)};
}

Task<Result<void>> LogTablet::Sync(Offset end) {
  if (options_.flush_policy == FlushPolicy::kOs) co_return Result<void>();
  co_return co_await flusher_->Sync(end);
}

Task<Result<void>> LogTablet::Close() {
  closed_ = true;
  for (auto& file : active().files()) flusher_->Add(file);
  CO_TRY(co_await flusher_->SyncAll());
  co_await flusher_->SnapshotsWritten();
  Offset end = end_offset();
  std::string snapshot = end > newest_snapshot_ ? writers_.ToSnapshot() : "";
  auto closed = co_await pool_.Run([&, &segment = active()]() -> Result<void> {
    TRY(segment.TrimIndexes());
    if (snapshot.empty()) return {};
    return runtime::ReplaceFile(disk_, PathOf(end, kSnapshotSuffix), snapshot);
  });
  if (closed && !snapshot.empty()) newest_snapshot_ = end;
  co_return closed;
}

Result<void> LogTablet::TruncateTo(Offset end, TimestampMs now) {
  if (end >= end_offset()) return {};
  TRY(CheckOpen());
  // From the last on, so that a stop in between leaves no gap.
  for (auto it = segments_.rbegin(); it != segments_.rend(); ++it) {
    Offset base = (*it)->base();
    if (base < end) break;
    for (const auto& path : FilesOf(base)) TRY(disk_.Remove(path));
  }
  bool none_left = start_offset() >= end;
  if (none_left) {
    TRY(Segment::Open(disk_, directory_, end, options_));
  } else {
    SegmentView view = ViewFor(end + -1);
    TRY_ASSIGN(BatchPlace place, view.BatchWith(end));
    TRY(view.file()->Truncate(place.position));
  }
  TRY_ASSIGN(auto loaded,
             LoadLog({disk_, directory_, options_, /*recovery_point=*/{}, /*clean=*/true, now}));
  loaded.made_files = true;
  flusher_->TruncatedTo(loaded.segments.back()->next_offset());
  Take(std::move(loaded));
  return {};
}

}  // namespace millrace::log
