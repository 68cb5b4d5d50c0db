#include "log/segment_view.h"

#include <fmt/format.h>

#include <array>

// Returns nullopt from the enclosing function when a Maybe has no value, its Error when it has one.
#define MAYBE_ASSIGN(target, expr) \
  MILLRACE_MAYBE_ASSIGN(MILLRACE_CONCAT(maybe_, __LINE__), target, expr)
#define MILLRACE_MAYBE_ASSIGN(temporary, target, expr)          \
  auto temporary = (expr);                                      \
  if (!temporary) return std::move(temporary).error();          \
  if (!temporary->has_value()) return std::nullopt;             \
  target = *std::move(*temporary)

namespace millrace::log {

SegmentView::Maybe<BatchPlace> SegmentView::PlaceAt(uint64_t position, bool cached_only) const {
  if (position >= size_) return BatchPlace{position};
  std::array<std::byte, record::kMaxHeaderSize> header;
  MutableBytes wanted = header;
  if (size_ - position < wanted.size()) wanted = wanted.first(size_ - position);
  TRY_ASSIGN(size_t read, cached_only ? file_->ReadCached(position, wanted)
                                      : file_->Read(position, wanted));
  if (cached_only && read < wanted.size()) return std::nullopt;
  Bytes bytes = Bytes(wanted).first(read);
  if (read < record::kMinHeaderSize) return BatchPlace{position};
  auto batch = record::LogBatch::Parse(bytes, /*whole=*/false);
  if (!batch) {
    return Error{batch.error().code, fmt::format("{} at {}: {}", file_->path(), position,
                                                 batch.error().message)};
  }
  if (batch->size() > size_ - position) return BatchPlace{position};
  return BatchPlace{position, batch->size(), batch->base_offset(), batch->next_offset(),
                    batch->commit_timestamp()};
}

SegmentView::Maybe<uint64_t> SegmentView::StartFor(Offset offset, bool cached_only) const {
  int64_t relative = offset - base_;
  auto before = [&](const OffsetEntry& entry) { return entry.relative_offset <= relative; };
  MAYBE_ASSIGN(int64_t i, offsets_.LastWhere(before, cached_only));
  if (i < 0) return uint64_t{0};
  MAYBE_ASSIGN(OffsetEntry entry, offsets_.At(i, cached_only));
  return static_cast<uint64_t>(entry.position);
}

SegmentView::Maybe<uint64_t> SegmentView::BoundaryBefore(uint64_t position, uint64_t from,
                                                         bool cached_only) const {
  auto before = [&](const OffsetEntry& entry) {
    return static_cast<uint64_t>(entry.position) <= position;
  };
  MAYBE_ASSIGN(int64_t i, offsets_.LastWhere(before, cached_only));
  if (i < 0) return from;
  MAYBE_ASSIGN(OffsetEntry entry, offsets_.At(i, cached_only));
  return std::max<uint64_t>(from, entry.position);
}

SegmentView::Maybe<Stretch> SegmentView::Find(Offset from, Offset below, uint64_t max_bytes,
                                              bool at_least_one, bool cached_only) const {
  MAYBE_ASSIGN(uint64_t position, StartFor(from, cached_only));
  MAYBE_ASSIGN(BatchPlace place, PlaceAt(position, cached_only));
  while (place.size > 0 && place.next <= from) {
    MAYBE_ASSIGN(place, PlaceAt(place.end(), cached_only));
  }
  Stretch stretch = {place.position, place.position, from};
  if (place.size == 0 || place.next > below) return stretch;
  uint64_t limit = max_bytes > size_ ? size_ : place.position + max_bytes;
  if (place.end() <= limit || at_least_one) {
    stretch.end = place.end();
    stretch.next = place.next;
  }
  if (stretch.end >= limit) return stretch;
  // Leap as far as the index goes, both by bytes and by offset, and walk the rest.
  MAYBE_ASSIGN(uint64_t by_bytes, BoundaryBefore(limit, stretch.end, cached_only));
  MAYBE_ASSIGN(uint64_t by_offset, StartFor(below, cached_only));
  uint64_t leap = std::max(stretch.end, std::min(by_bytes, by_offset));
  if (leap > stretch.end) {
    MAYBE_ASSIGN(place, PlaceAt(leap, cached_only));
    if (place.size > 0) {
      stretch.end = leap;
      stretch.next = place.base;
    }
  }
  while (true) {
    MAYBE_ASSIGN(place, PlaceAt(stretch.end, cached_only));
    if (place.size == 0 || place.end() > limit || place.next > below) return stretch;
    stretch.end = place.end();
    stretch.next = place.next;
  }
}

Result<std::optional<Offset>> SegmentView::FirstAtOrAfter(TimestampMs timestamp) const {
  auto before = [&](const TimeEntry& entry) { return entry.timestamp < timestamp.value; };
  TRY_ASSIGN(auto i, times_.LastWhere(before, false));
  uint64_t position = 0;
  if (*i >= 0) {
    TRY_ASSIGN(auto entry, times_.At(*i, false));
    TRY_ASSIGN(auto start, StartFor(base_ + entry->relative_offset, false));
    position = *start;
  }
  while (true) {
    TRY_ASSIGN(auto place, PlaceAt(position, false));
    if (place->size == 0) return std::optional<Offset>();
    if (place->timestamp >= timestamp) return std::optional<Offset>(place->base);
    position = place->end();
  }
}

}  // namespace millrace::log
