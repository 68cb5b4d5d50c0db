// A segment as it was at one moment, for reading. Copyable; any thread, while the segment grows or
// is deleted.
#pragma once

#include <memory>
#include <optional>

#include "base/ids.h"
#include "log/batch_place.h"
#include "log/index_file.h"
#include "runtime/disk.h"

namespace millrace::log {

// A stretch of whole batches.
struct Stretch {
  uint64_t begin = 0, end = 0;  // positions
  Offset first;                 // base offset of the first batch
  Offset next;                  // after the last batch
};

// The indexes only say where to begin to look: what they say is compared with the batch that is
// there, and an index that lies costs time, not truth.
class SegmentView {
 public:
  SegmentView(std::shared_ptr<runtime::File> file, Offset base, uint64_t size,
              IndexView<OffsetEntry> offsets, IndexView<TimeEntry> times)
      : file_(std::move(file)),
        base_(base),
        size_(size),
        offsets_(std::move(offsets)),
        times_(std::move(times)) {}

  const std::shared_ptr<runtime::File>& file() const { return file_; }
  Offset base() const { return base_; }
  uint64_t size() const { return size_; }

  // Whole batches from the one that holds `from`, below the offset `below`, of at most `max_bytes`,
  // but at least one if `at_least_one`. Empty when no batch holds `from` or later offsets. `known`
  // is where that batch begins, if the caller knows it. With `cached_only`, nullopt if it takes
  // waiting for the device.
  Maybe<Stretch> Find(Offset from, std::optional<uint64_t> known, Offset below, uint64_t max_bytes,
                      bool at_least_one, bool cached_only) const;

  // The batch that holds `offset`, or the next one; size 0 when there is none. Blocking.
  Result<BatchPlace> BatchWith(Offset offset) const;

  // About the offset that is `bytes` and `entries` of the index before the end. Blocking.
  Result<Offset> OffsetBeforeEnd(uint64_t bytes, size_t entries) const;

  // Base offset of the first batch whose time is `timestamp` or later; nullopt when there is none.
  // Blocking.
  Result<std::optional<Offset>> FirstAtOrAfter(TimestampMs timestamp) const;

 private:
  // A batch at or before the one that holds `offset`: the one at `known`, if it is one.
  Maybe<BatchPlace> StartFor(Offset offset, std::optional<uint64_t> known, HeaderReader& headers,
                             bool cached_only) const;
  // Where a walk over the batches from `stretch.end` on may begin instead, because all between fits
  // too.
  Maybe<std::optional<BatchPlace>> Leap(const Stretch& stretch, Offset below, uint64_t limit,
                                        HeaderReader& headers, bool cached_only) const;
  Maybe<int64_t> LastEntryFor(Offset offset, bool cached_only) const;

  std::shared_ptr<runtime::File> file_;
  Offset base_;
  uint64_t size_ = 0;
  IndexView<OffsetEntry> offsets_;
  IndexView<TimeEntry> times_;
};

}  // namespace millrace::log
