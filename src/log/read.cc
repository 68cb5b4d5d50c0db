// Reading from a LogTablet, and deleting what has expired.
#include <fmt/format.h>

#include <algorithm>

#include "log/log_tablet.h"

namespace millrace::log {

using runtime::Task;

SegmentView LogTablet::ViewFor(Offset offset) const {
  auto after = std::ranges::upper_bound(segments_, offset, {},
                                        [](const auto& segment) { return segment->base(); });
  return (after == segments_.begin() ? *after : *std::prev(after))->view();
}

Task<Result<LogSlice>> LogTablet::Read(Offset from, Offset below, uint64_t max_bytes,
                                       bool at_least_one) {
  if (from < start_offset() || from > end_offset()) {
    co_return Error{ErrorCode::kLogOffsetOutOfRange,
                    fmt::format("offset {} of {} is outside of {} to {}", from.value,
                                bucket_.ToString(), start_offset().value, end_offset().value)};
  }
  if (from >= below) co_return LogSlice{{}, from};
  if (auto recent = recent_.Find(from, below, max_bytes, at_least_one)) {
    co_return LogSlice{{active().file(), recent->begin, recent->end - recent->begin}, recent->next};
  }
  SegmentView view = ViewFor(from);
  auto known = read_ends_.Find(view.base(), from);
  auto find = [&](bool cached_only) {
    return view.Find(from, known, below, max_bytes, at_least_one, cached_only);
  };
  auto found = find(/*cached_only=*/true);
  if (found && !found->has_value()) {
    found = co_await pool_.Run([&] { return find(/*cached_only=*/false); });
  }
  CO_TRY(found);
  const Stretch& stretch = **found;
  if (stretch.end > stretch.begin) read_ends_.Add(view.base(), stretch.next, stretch.end);
  co_return LogSlice{{view.file(), stretch.begin, stretch.end - stretch.begin}, stretch.next};
}

Task<Result<Offset>> LogTablet::OffsetForTimestamp(TimestampMs timestamp, Offset below) {
  // Times don't go back, so the first segment that reaches so far has it.
  for (const auto& segment : segments_) {
    if (segment->base() >= below) break;
    if (segment->max_timestamp() < timestamp || segment->size() == 0) continue;
    SegmentView view = segment->view();
    CO_TRY_ASSIGN(auto found, co_await pool_.Run([&] { return view.FirstAtOrAfter(timestamp); }));
    co_return found ? std::min(*found, below) : below;
  }
  co_return below;
}

Task<Result<int>> LogTablet::DeleteExpired(TimestampMs cutoff, Offset bound, bool roll_active) {
  auto expired = [&](const Segment& segment) {
    return segment.size() > 0 && segment.max_timestamp() < cutoff && segment.next_offset() <= bound;
  };
  // An empty segment before others can only come from a log that began anew there.
  auto deletable = [&](const Segment& segment) { return segment.size() == 0 || expired(segment); };
  if (roll_active && !closed_ && !failed() && std::ranges::all_of(segments_, [&](const auto& s) {
        return s != segments_.back() ? deletable(*s) : expired(*s);
      })) {
    CO_TRY(Roll());
    CO_TRY(co_await flusher_->SyncAll());
  }
  std::vector<std::string> paths;
  int count = 0;
  while (segments_.size() > 1 && deletable(*segments_.front())) {
    const auto& segment = *segments_.front();
    size_bytes_ -= segment.size();
    std::ranges::move(FilesOf(segment.base()), std::back_inserter(paths));
    segments_.erase(segments_.begin());
    count++;
  }
  if (count == 0) co_return 0;
  // What is known of writers must not go before the snapshot that keeps it is there.
  co_await flusher_->SnapshotsWritten();
  // Oldest first: a stop in between must not leave a gap.
  auto removed = co_await pool_.Run([&]() -> Result<void> {
    for (const auto& path : paths) TRY(disk_.Remove(path));
    return disk_.SyncDirectory(directory_);
  });
  CO_TRY(removed);
  co_return count;
}

}  // namespace millrace::log
