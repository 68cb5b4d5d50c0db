#include "log/segment_view.h"

#include <algorithm>

namespace millrace::log {
namespace {

// As many batches are sooner walked over than looked up.
constexpr uint64_t kWalkMax = 16;

}  // namespace

Maybe<int64_t> SegmentView::LastEntryFor(Offset offset, bool cached_only) const {
  int64_t relative = offset - base_;
  return offsets_.LastWhere(
      [&](const OffsetEntry& entry) { return entry.relative_offset <= relative; }, cached_only);
}

Maybe<BatchPlace> SegmentView::StartFor(Offset offset, std::optional<uint64_t> known,
                                        HeaderReader& headers, bool cached_only) const {
  if (!known) {
    MAYBE_ASSIGN(int64_t i, LastEntryFor(offset, cached_only));
    if (i < 0) return headers.At(0);
    MAYBE_ASSIGN(OffsetEntry entry, offsets_.At(i, cached_only));
    known = static_cast<uint64_t>(std::max(entry.position, 0));
  }
  auto place = headers.At(*known);
  if (place && !place->has_value()) return std::nullopt;
  if (place && (*place)->size > 0 && (*place)->base <= offset) return place;
  return headers.At(0);
}

Maybe<std::optional<BatchPlace>> SegmentView::Leap(const Stretch& stretch, Offset below,
                                                   uint64_t limit, HeaderReader& headers,
                                                   bool cached_only) const {
  auto within = [&](const OffsetEntry& entry) {
    return static_cast<uint64_t>(entry.position) <= limit;
  };
  MAYBE_ASSIGN(int64_t by_bytes, offsets_.LastWhere(within, cached_only));
  MAYBE_ASSIGN(int64_t by_offset, LastEntryFor(below, cached_only));
  int64_t i = std::min(by_bytes, by_offset);
  std::optional<BatchPlace> nowhere;
  if (i < 0) return nowhere;
  MAYBE_ASSIGN(OffsetEntry entry, offsets_.At(i, cached_only));
  auto position = static_cast<uint64_t>(std::max(entry.position, 0));
  if (position <= stretch.end) return nowhere;
  auto place = headers.At(position);
  if (!place) return nowhere;
  if (!place->has_value()) return std::nullopt;
  bool right = (*place)->size > 0 && (*place)->base >= stretch.next && (*place)->base <= below;
  return right ? *place : nowhere;
}

Maybe<Stretch> SegmentView::Find(Offset from, std::optional<uint64_t> known, Offset below,
                                 uint64_t max_bytes, bool at_least_one, bool cached_only) const {
  HeaderReader headers(*file_, size_, cached_only);
  MAYBE_ASSIGN(BatchPlace place, StartFor(from, known, headers, cached_only));
  while (place.size > 0 && place.next <= from) {
    MAYBE_ASSIGN(place, headers.At(place.end()));
  }
  Stretch stretch = {place.position, place.position, place.base, from};
  if (place.size == 0) stretch.first = from;
  if (place.size == 0 || place.next > below) return stretch;
  uint64_t limit = place.position + std::min(max_bytes, size_ - place.position);
  if (place.end() > limit && !at_least_one) return stretch;
  stretch.end = place.end();
  stretch.next = place.next;
  if (stretch.end >= limit || stretch.next >= below) return stretch;
  if (limit - stretch.end > kWalkMax * place.size) {
    MAYBE_ASSIGN(auto leap, Leap(stretch, below, limit, headers, cached_only));
    if (leap) {
      stretch.end = leap->position;
      stretch.next = leap->base;
    }
  }
  while (stretch.end < limit) {
    MAYBE_ASSIGN(place, headers.At(stretch.end));
    if (place.size == 0 || place.end() > limit || place.next > below) break;
    stretch.end = place.end();
    stretch.next = place.next;
  }
  return stretch;
}

Result<BatchPlace> SegmentView::BatchWith(Offset offset) const {
  HeaderReader headers(*file_, size_, /*cached_only=*/false);
  TRY_ASSIGN(auto place, StartFor(offset, std::nullopt, headers, false));
  while (place->size > 0 && place->next <= offset) {
    TRY_ASSIGN(place, headers.At(place->end()));
  }
  return *place;
}

Result<Offset> SegmentView::OffsetBeforeEnd(uint64_t bytes, size_t entries) const {
  uint64_t position = size_ - std::min(size_, bytes);
  auto before = [&](const OffsetEntry& entry) {
    return static_cast<uint64_t>(entry.position) <= position;
  };
  TRY_ASSIGN(auto by_bytes, offsets_.LastWhere(before, false));
  int64_t by_entries = static_cast<int64_t>(offsets_.count()) - static_cast<int64_t>(entries);
  int64_t i = std::min(*by_bytes, by_entries);
  if (i < 0) return base_;
  TRY_ASSIGN(auto entry, offsets_.At(i, false));
  return base_ + std::max(entry->relative_offset, 0);
}

Result<std::optional<Offset>> SegmentView::FirstAtOrAfter(TimestampMs timestamp) const {
  HeaderReader headers(*file_, size_, /*cached_only=*/false);
  auto before = [&](const TimeEntry& entry) { return entry.timestamp < timestamp.value; };
  TRY_ASSIGN(auto i, times_.LastWhere(before, false));
  TRY_ASSIGN(auto place, headers.At(0));
  if (*i >= 0) {
    TRY_ASSIGN(auto entry, times_.At(*i, false));
    TRY_ASSIGN(auto indexed,
               StartFor(base_ + entry->relative_offset, std::nullopt, headers, false));
    if (indexed->size > 0 && indexed->timestamp < timestamp) place = indexed;
  }
  while (place->size > 0) {
    if (place->timestamp >= timestamp) return std::optional<Offset>(place->base);
    TRY_ASSIGN(place, headers.At(place->end()));
  }
  return std::optional<Offset>();
}

}  // namespace millrace::log
