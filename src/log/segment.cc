#include "log/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "log/batch_scanner.h"

namespace millrace::log {

std::string SegmentFileName(Offset base, std::string_view suffix) {
  return fmt::format("{:020}{}", base.value, suffix);
}

std::optional<Offset> ParseSegmentFileName(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  int64_t number = 0;
  auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  if (name.size() != 20 || parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) {
    return std::nullopt;
  }
  if (number < 0) return std::nullopt;
  return Offset{number};
}

Result<std::unique_ptr<Segment>> Segment::Open(runtime::Disk& disk, const std::string& directory,
                                               Offset base, const LogOptions& options) {
  auto path = [&](std::string_view suffix) {
    return directory + "/" + SegmentFileName(base, suffix);
  };
  std::unique_ptr<Segment> segment(new Segment());
  TRY_ASSIGN(segment->file_, disk.Open(path(kLogSuffix), runtime::OpenMode::kCreate));
  TRY_ASSIGN(segment->offsets_,
             IndexFile<OffsetEntry>::Open(disk, path(kOffsetIndexSuffix), options.index_bytes));
  TRY_ASSIGN(segment->times_,
             IndexFile<TimeEntry>::Open(disk, path(kTimeIndexSuffix), options.index_bytes));
  segment->options_ = options;
  segment->base_ = segment->next_offset_ = base;
  return segment;
}

Result<bool> Segment::FindEnd() {
  TRY_ASSIGN(uint64_t file_size, file_->Size());
  HeaderReader headers(*file_, file_size, /*cached_only=*/false);
  auto at = [&](uint64_t position) -> std::optional<BatchPlace> {
    auto place = headers.At(position);
    return place ? *place : std::nullopt;
  };
  uint64_t begin = 0;
  if (const auto& entry = offsets_.last()) {
    auto place = at(entry->position);
    if (place && place->size > 0 && place->base >= base_ &&
        place->base - base_ <= entry->relative_offset) {
      begin = entry->position;
      next_offset_ = place->base;
    }
  }
  size_ = begin;
  while (size_ < file_size) {
    auto place = at(size_);
    if (!place || place->size == 0 || place->base < next_offset_) return false;
    size_ = place->end();
    next_offset_ = place->next;
    if (place->timestamp > max_timestamp_) {
      max_timestamp_ = place->timestamp;
      max_timestamp_at_ = place->base;
    }
  }
  bytes_since_index_ = size_ - begin;
  TRY(offsets_.CutWhereNot(
      [&](const OffsetEntry& entry) { return static_cast<uint64_t>(entry.position) < size_; }));
  TRY(times_.CutWhereNot(
      [&](const TimeEntry& entry) { return base_ + entry.relative_offset < next_offset_; }));
  return TakeLastTime();
}

// A wrong time would be stamped into all that is appended from now on.
Result<bool> Segment::TakeLastTime() {
  const auto& entry = times_.last();
  if (!entry || entry->timestamp <= max_timestamp_.value) return true;
  Offset offset = base_ + entry->relative_offset;
  auto place = view().BatchWith(offset);
  if (!place || place->base != offset || place->timestamp.value != entry->timestamp) return false;
  max_timestamp_ = place->timestamp;
  max_timestamp_at_ = offset;
  return true;
}

Error Segment::Damaged(const std::string& why) const {
  return {ErrorCode::kLogStorage, fmt::format("{} is damaged at byte {}, after offset {}: {}",
                                              file_->path(), size_, next_offset_.value - 1, why)};
}

Result<uint64_t> Segment::Recover(Offset durable, std::optional<Offset> next_base) {
  TRY_ASSIGN(uint64_t file_size, file_->Size());
  TRY(offsets_.CutTo(0));
  TRY(times_.CutTo(0));
  size_ = bytes_since_index_ = 0;
  next_offset_ = max_timestamp_at_ = base_;
  max_timestamp_ = {};
  BatchScanner scanner(*file_, file_size);
  std::string why = "it ends there";
  while (size_ < file_size) {
    TRY_ASSIGN(auto batch, scanner.At(size_));
    if (!batch) {
      why = scanner.why_not();
      break;
    }
    // The offset is not covered by the checksum. No write that was cut short leaves a wrong one.
    if (batch->base_offset() != next_offset_ || batch->last_offset() - base_ > INT32_MAX) {
      return Damaged(fmt::format("a good batch claims offset {}", batch->base_offset().value));
    }
    Added(size_, batch->base_offset(), batch->next_offset(), batch->commit_timestamp(),
          batch->size());
  }
  if (next_base && next_offset_ != *next_base) {
    return Damaged(
        fmt::format("{}, but the next segment begins at offset {}", why, next_base->value));
  }
  if (size_ == file_size) return uint64_t{0};
  if (!next_base) {
    if (next_offset_ < durable) {
      return Damaged(fmt::format("{}, but all below offset {} was stored", why, durable.value));
    }
    TRY_ASSIGN(auto behind, scanner.FindBehind(size_, next_offset_, base_ + INT32_MAX));
    if (behind)
      return Damaged(fmt::format("{}, but a good batch follows at byte {}", why, *behind));
  }
  TRY(file_->Truncate(size_));
  return file_size - size_;
}

Result<void> Segment::Append(Bytes batches, Offset base, Offset next, TimestampMs timestamp) {
  if (tail_dirty_) {
    auto cut = file_->Truncate(size_);
    if (!cut) return Error{ErrorCode::kLogStorage, cut.error().message};
    tail_dirty_ = false;
  }
  auto written = file_->Write(size_, batches);
  if (!written) {
    // What part of it got there must not be taken for batches by a later start.
    tail_dirty_ = !file_->Truncate(size_).has_value();
    return Error{ErrorCode::kLogStorage, written.error().message};
  }
  Added(size_, base, next, timestamp, batches.size());
  return {};
}

void Segment::Added(uint64_t position, Offset base, Offset next, TimestampMs timestamp,
                    uint64_t bytes) {
  if (timestamp > max_timestamp_) {
    max_timestamp_ = timestamp;
    max_timestamp_at_ = base;
  }
  if (bytes_since_index_ > options_.index_interval_bytes && position <= INT32_MAX) {
    // An index may miss any entry, so it is no error of the append when one can't be written.
    auto offset =
        offsets_.Append({static_cast<int32_t>(next - base_ - 1), static_cast<int32_t>(position)});
    auto time =
        times_.Append({max_timestamp_.value, static_cast<int32_t>(max_timestamp_at_ - base_)});
    if (offset && time) bytes_since_index_ = 0;
  }
  bytes_since_index_ += bytes;
  size_ = position + bytes;
  next_offset_ = next;
}

bool Segment::MustRoll(uint64_t bytes, Offset last) const {
  if (size_ == 0) return false;
  return size_ + bytes > options_.segment_bytes || offsets_.full() || times_.full() ||
         last - base_ >= INT32_MAX;
}

Result<void> Segment::TrimIndexes() {
  TRY(offsets_.CutTo(offsets_.view().count()));
  return times_.CutTo(times_.view().count());
}

}  // namespace millrace::log
