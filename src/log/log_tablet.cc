#include "log/log_tablet.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/loader.h"
#include "record/batch_reader.h"

namespace millrace::log {

using runtime::Task;

Result<std::unique_ptr<LogTablet>> LogTablet::Open(runtime::Disk& disk, runtime::BlockingPool& pool,
                                                   TableBucket bucket, std::string directory,
                                                   LogOptions options, Offset recovery_point,
                                                   bool clean, TimestampMs now) {
  std::unique_ptr<LogTablet> tablet(
      new LogTablet(disk, pool, bucket, std::move(directory), options));
  TRY_ASSIGN(auto loaded,
             LoadLog({disk, tablet->directory_, tablet->options_, recovery_point, clean, now}));
  tablet->segments_ = std::move(loaded.segments);
  tablet->writers_ = std::move(loaded.writers);
  for (const auto& segment : tablet->segments_) {
    tablet->last_timestamp_ = std::max(tablet->last_timestamp_, segment->max_timestamp());
    if (!clean) std::ranges::move(segment->files(), std::back_inserter(tablet->unsynced_.files));
  }
  tablet->unsynced_.directory = true;
  tablet->synced_end_ = clean ? tablet->end_offset() : std::min(recovery_point, tablet->end_offset());
  tablet->durable_end_ =
      options.flush_policy == FlushPolicy::kOs ? tablet->end_offset() : tablet->synced_end_;
  return tablet;
}

// ---- Appending ----

struct LogTablet::Pending {
  struct Batch {
    MutableBytes bytes;
    record::LogBatch header;
  };
  std::vector<Batch> batches;
  std::optional<WriterState::Batch> first_duplicate, last_duplicate;
  Offset base, next;
  uint64_t bytes = 0;
  TimestampMs timestamp;
};

Result<Appended> LogTablet::Append(MutableBytes records, TimestampMs now) {
  if (failed_) return Failed();
  Pending pending;
  TRY(Examine(records, pending));
  Appended appended;
  if (pending.first_duplicate) appended.base_offset = pending.first_duplicate->base;
  if (pending.last_duplicate) appended.last_offset = pending.last_duplicate->last;
  if (pending.batches.empty()) {
    appended.duplicate = pending.first_duplicate.has_value();
    if (pending.last_duplicate) appended.timestamp = pending.last_duplicate->timestamp;
    return appended;
  }
  pending.timestamp = std::max(last_timestamp_, now);
  TRY(Write(pending));
  if (!pending.first_duplicate) appended.base_offset = pending.base;
  appended.last_offset = pending.next + -1;
  appended.timestamp = pending.timestamp;
  appended.bytes = pending.bytes;
  for (const auto& batch : pending.batches) appended.records += batch.header.record_count();
  return appended;
}

// Takes the request apart and checks it, before anything is changed.
Result<void> LogTablet::Examine(MutableBytes records, Pending& pending) const {
  // Sequences of this request's own batches count as appended for those that follow.
  std::vector<std::pair<WriterId, int32_t>> staged;
  auto last_of = [&](WriterId writer) {
    for (auto it = staged.rbegin(); it != staged.rend(); ++it) {
      if (it->first == writer) return std::optional<int32_t>(it->second);
    }
    return writers_.LastSequence(writer);
  };
  record::BatchIterator batches(records);
  while (true) {
    TRY_ASSIGN(auto batch, batches.Next());
    if (!batch) return {};
    if (!batch->CrcValid()) {
      return Error{ErrorCode::kCorruptRecord,
                   fmt::format("a batch for {} has a wrong checksum", bucket_.ToString())};
    }
    WriterId writer = batch->writer_id();
    if (auto duplicate = writers_.FindDuplicate(writer, batch->batch_sequence())) {
      if (!pending.first_duplicate) pending.first_duplicate = duplicate;
      pending.last_duplicate = duplicate;
      continue;
    }
    TRY(WriterState::CheckNext(writer, last_of(writer), batch->batch_sequence()));
    if (writer.value != record::kNoWriterId) staged.emplace_back(writer, batch->batch_sequence());
    size_t position = batch->bytes().data() - records.data();
    pending.batches.push_back({records.subspan(position, batch->size()), *batch});
    pending.bytes += batch->size();
  }
}

Result<void> LogTablet::Write(Pending& pending) {
  pending.base = pending.next = end_offset();
  for (auto& batch : pending.batches) {
    record::StampLogBatch(batch.bytes, pending.next, pending.timestamp);
    pending.next = batch.header.next_offset();
  }
  if (segments_.back()->MustRoll(pending.bytes, pending.next + -1)) TRY(Roll(pending.base));
  auto& segment = *segments_.back();
  uint64_t position = segment.size();
  // One stretch of memory, unless duplicates lay between.
  MutableBytes first = pending.batches.front().bytes;
  const auto& last = pending.batches.back().bytes;
  bool in_one = first.data() + pending.bytes == last.data() + last.size();
  if (in_one) {
    TRY(segment.Append({first.data(), pending.bytes}, pending.base, pending.next, pending.timestamp));
  } else {
    std::string joined;
    for (const auto& batch : pending.batches) joined += AsText(batch.bytes);
    TRY(segment.Append(AsBytes(joined), pending.base, pending.next, pending.timestamp));
  }
  last_timestamp_ = pending.timestamp;
  Remember(pending, position);
  return {};
}

void LogTablet::Remember(const Pending& pending, uint64_t position) {
  for (const auto& [bytes, header] : pending.batches) {
    Offset base = header.base_offset(), next = header.next_offset();
    recent_.push_back({position, bytes.size(), base, next, pending.timestamp});
    position += bytes.size();
    if (header.writer_id().value == record::kNoWriterId) continue;
    writers_.Appended(header.writer_id(),
                      {header.batch_sequence(), base, next + -1, pending.timestamp});
  }
  while (recent_.size() > kRecentMax) recent_.pop_front();
}

Result<void> LogTablet::Roll(Offset base) {
  TRY_ASSIGN(auto segment, Segment::Open(disk_, directory_, base, options_));
  std::ranges::move(segments_.back()->files(), std::back_inserter(unsynced_.files));
  unsynced_.directory = true;
  segments_.push_back(std::move(segment));
  recent_.clear();
  unsynced_.snapshots.emplace_back(directory_ + "/" + SegmentFileName(base, kSnapshotSuffix),
                                   writers_.ToSnapshot());
  return {};
}

Error LogTablet::Failed() const {
  return {ErrorCode::kStorage,
          fmt::format("the log of {} has failed: {}", bucket_.ToString(), failed_->message)};
}

// ---- Durability ----

Task<Result<void>> LogTablet::Sync(Offset end) {
  if (options_.flush_policy == FlushPolicy::kOs) {
    durable_end_ = end_offset();
    co_return Result<void>();
  }
  co_return co_await Flush(end);
}

Task<Result<void>> LogTablet::Flush(Offset end) {
  while (synced_end_ < end) {
    if (failed_) co_return Failed();
    if (syncing_) {
      co_await sync_done_.Wait();
      continue;
    }
    syncing_ = true;
    Offset target = end_offset();
    Unsynced unsynced = std::exchange(unsynced_, {});
    auto active = segments_.back()->file();
    auto synced = co_await pool_.Run([&] { return SyncFiles(unsynced, active); });
    syncing_ = false;
    if (synced) {
      synced_end_ = std::max(synced_end_, target);
      durable_end_ = std::max(durable_end_, synced_end_);
    } else {
      failed_ = synced.error();
    }
    sync_done_.Set();
    sync_done_.Reset();
  }
  co_return Result<void>();
}

Result<void> LogTablet::SyncFiles(const Unsynced& unsynced,
                                  const std::shared_ptr<runtime::File>& active) {
  for (const auto& file : unsynced.files) TRY(file->SyncData());
  TRY(active->SyncData());
  // Only a help: without it a start takes longer.
  for (const auto& [path, content] : unsynced.snapshots) {
    (void)runtime::ReplaceFile(disk_, path, content);
  }
  if (unsynced.directory) TRY(disk_.SyncDirectory(directory_));
  return {};
}

Task<Result<void>> LogTablet::Close() {
  // Both policies leave a clean stop on the device.
  while (syncing_) co_await sync_done_.Wait();
  if (failed_) co_return Failed();
  Unsynced unsynced = std::exchange(unsynced_, {});
  std::ranges::move(segments_.back()->files(), std::back_inserter(unsynced.files));
  unsynced.directory = true;
  std::string content = writers_.ToSnapshot();
  std::string path = directory_ + "/" + SegmentFileName(end_offset(), kSnapshotSuffix);
  auto closed = co_await pool_.Run([&]() -> Result<void> {
    TRY(SyncFiles(unsynced, segments_.back()->file()));
    return runtime::ReplaceFile(disk_, path, content);
  });
  CO_TRY(closed);
  synced_end_ = durable_end_ = end_offset();
  failed_ = Error{ErrorCode::kStorage, "it is closed"};
  co_return Result<void>();
}

// ---- Reading ----

const Segment& LogTablet::SegmentFor(Offset offset) const {
  auto after = std::ranges::upper_bound(segments_, offset, {},
                                        [](const auto& segment) { return segment->base(); });
  return after == segments_.begin() ? **after : **std::prev(after);
}

Task<Result<LogSlice>> LogTablet::Read(Offset from, Offset below, uint64_t max_bytes,
                                       bool at_least_one) {
  if (from < start_offset() || from > end_offset()) {
    co_return Error{ErrorCode::kLogOffsetOutOfRange,
                    fmt::format("offset {} of {} is outside of {} to {}", from.value,
                                bucket_.ToString(), start_offset().value, end_offset().value)};
  }
  if (from >= below) co_return LogSlice{{}, from};
  if (auto recent = ReadRecent(from, below, max_bytes, at_least_one)) co_return *recent;
  SegmentView view = SegmentFor(from).view();
  auto found = view.Find(from, below, max_bytes, at_least_one, /*cached_only=*/true);
  if (found && !found->has_value()) {
    found = co_await pool_.Run(
        [&] { return view.Find(from, below, max_bytes, at_least_one, /*cached_only=*/false); });
  }
  CO_TRY(found);
  const Stretch& stretch = **found;
  co_return LogSlice{{view.file(), stretch.begin, stretch.end - stretch.begin}, stretch.next};
}

std::optional<LogSlice> LogTablet::ReadRecent(Offset from, Offset below, uint64_t max_bytes,
                                              bool at_least_one) const {
  if (recent_.empty() || from < recent_.front().base) return std::nullopt;
  auto first = std::ranges::upper_bound(recent_, from, {}, &BatchPlace::next);
  LogSlice slice = {{segments_.back()->file(), 0, 0}, from};
  if (first == recent_.end()) return slice;
  slice.range.position = first->position;
  for (auto it = first; it != recent_.end() && it->next <= below; ++it) {
    bool fits = slice.range.size + it->size <= max_bytes;
    if (!fits && !(at_least_one && it == first)) break;
    slice.range.size += it->size;
    slice.end = it->next;
  }
  return slice;
}

Task<Result<Offset>> LogTablet::OffsetForTimestamp(TimestampMs timestamp, Offset below) {
  for (size_t i = 0; i < segments_.size(); i++) {
    if (segments_[i]->max_timestamp() < timestamp) continue;
    SegmentView view = segments_[i]->view();
    CO_TRY_ASSIGN(auto found, co_await pool_.Run([&] { return view.FirstAtOrAfter(timestamp); }));
    if (found) co_return std::min(*found, below);
    break;
  }
  co_return below;
}

// ---- Retention ----

Task<Result<int>> LogTablet::DeleteExpired(TimestampMs oldest, Offset bound, bool roll_active) {
  std::vector<std::string> paths;
  int count = 0;
  const auto& active = *segments_.back();
  if (roll_active && active.size() > 0 && active.max_timestamp() < oldest &&
      active.next_offset() <= bound) {
    CO_TRY(Roll(active.next_offset()));
  }
  while (segments_.size() > 1 && segments_.front()->max_timestamp() < oldest &&
         segments_.front()->next_offset() <= bound) {
    for (auto suffix : {kLogSuffix, kOffsetIndexSuffix, kTimeIndexSuffix, kSnapshotSuffix}) {
      paths.push_back(directory_ + "/" + SegmentFileName(segments_.front()->base(), suffix));
    }
    segments_.erase(segments_.begin());
    count++;
  }
  if (count == 0) co_return 0;
  auto removed = co_await pool_.Run([&]() -> Result<void> {
    for (const auto& path : paths) TRY(disk_.Remove(path));
    return disk_.SyncDirectory(directory_);
  });
  CO_TRY(removed);
  co_return count;
}

void LogTablet::ExpireWriters(TimestampMs now) {
  writers_.Expire({now.value - options_.writer_expiration.count()});
}

uint64_t LogTablet::size_bytes() const {
  uint64_t size = 0;
  for (const auto& segment : segments_) size += segment->size();
  return size;
}

}  // namespace millrace::log
