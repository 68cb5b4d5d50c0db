// Appending to a LogTablet.
#include <fmt/format.h>

#include <cstring>

#include "log/log_tablet.h"

namespace millrace::log {

Result<void> LogTablet::CheckOpen() const {
  if (flusher_->failed()) return flusher_->Failure();
  if (!closed_) return {};
  return Error{ErrorCode::kStorage, fmt::format("the log of {} is closed", bucket_.ToString())};
}

Result<Appended> LogTablet::Append(MutableBytes records, TimestampMs now) {
  TRY(CheckOpen());
  TRY(request_.Check(records, writers_, bucket_));
  if (request_.batches().empty()) {
    const auto& known = request_.first_known();
    if (!known) return Appended();
    return Appended{known->base, request_.known_end() + -1, known->timestamp, /*duplicate=*/true};
  }
  if (request_.new_bytes() > INT32_MAX) {
    return Error{ErrorCode::kRecordTooLarge,
                 fmt::format("{} bytes for {} in one request", records.size(), bucket_.ToString())};
  }
  return Write(JoinNewBatches(records), now);
}

std::optional<Appended> LogTablet::FindDuplicate(WriterId writer, int32_t sequence) const {
  auto known = writers_.FindDuplicate(writer, sequence);
  if (!known) return std::nullopt;
  return Appended{known->base, known->last, known->timestamp, /*duplicate=*/true};
}

// Moves the new batches together where known ones lay between.
MutableBytes LogTablet::JoinNewBatches(MutableBytes records) {
  const auto& batches = request_.batches();
  size_t begin = batches.front().position, end = begin;
  for (const auto& batch : batches) {
    if (batch.position != end) {
      std::memmove(records.data() + end, records.data() + batch.position, batch.size);
    }
    end += batch.size;
  }
  return records.subspan(begin, end - begin);
}

Result<Appended> LogTablet::Write(MutableBytes records, TimestampMs now) {
  TimestampMs timestamp = std::max(max_timestamp_, now);
  Offset base = end_offset(), next = base;
  size_t at = 0;
  for (const auto& batch : request_.batches()) {
    record::StampLogBatch(records.subspan(at, batch.size), next, timestamp);
    next = next + batch.last_offset_delta + 1;
    at += batch.size;
  }
  if (must_roll_ || active().MustRoll(records.size(), next + -1)) TRY(Roll());
  uint64_t position = active().size();
  TRY(active().Append(records, base, next, timestamp));

  Appended appended = {base, next + -1, timestamp, false, 0, records.size()};
  if (request_.begins_known()) appended.base_offset = request_.first_known()->base;
  for (const auto& batch : request_.batches()) {
    Offset end = base + batch.last_offset_delta + 1;
    recent_.Add(base, position, end, position + batch.size);
    writers_.Appended(batch.writer, {batch.sequence, base, end + -1, timestamp});
    appended.records += batch.records;
    position += batch.size;
    base = end;
  }
  size_bytes_ += records.size();
  max_timestamp_ = timestamp;
  flusher_->Wrote(active().file(), next);
  return appended;
}

Result<void> LogTablet::Roll() {
  Offset base = end_offset();
  auto segment = Segment::Open(disk_, directory_, base, options_);
  // Some of the new segment's files may be there now, and would part the log: no offset is given
  // before it is.
  must_roll_ = !segment.has_value();
  if (!segment) return Error{ErrorCode::kLogStorage, segment.error().message};
  for (auto& file : active().files()) flusher_->Add(file);
  flusher_->AddDirectory();
  flusher_->AddSnapshot(PathOf(base, kSnapshotSuffix), writers_.ToSnapshot());
  newest_snapshot_ = base;
  segments_.push_back(std::move(*segment));
  recent_.Clear();
  flusher_->Wrote(active().file(), base);
  if (options_.flush_policy == FlushPolicy::kOs) flusher_->SyncInBackground();
  return {};
}

}  // namespace millrace::log
