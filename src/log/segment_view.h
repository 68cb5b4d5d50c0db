// A segment as it was at one moment, for reading. Copyable; any thread, while the segment grows or is deleted.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/ids.h"
#include "log/index_file.h"
#include "record/log_batch.h"
#include "runtime/disk.h"

namespace millrace::log {

// Where a batch lies in its segment, and its offsets.
struct BatchPlace {
  uint64_t position = 0;
  uint64_t size = 0;
  Offset base;
  Offset next;
  TimestampMs timestamp;

  uint64_t end() const { return position + size; }
};

// A stretch of whole batches.
struct Stretch {
  uint64_t begin = 0, end = 0;  // positions
  Offset next;                  // after the last batch
};

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

  // What a call could not finish without waiting for the device, when it must not: then its result is nullopt.
  template <class T>
  using Maybe = Result<std::optional<T>>;

  // The header of the batch at `position`. A result without a place (outer optional set, size 0) is the end:
  // nothing there, or only a part of a batch. kCorruptRecord for what is no batch.
  Maybe<BatchPlace> PlaceAt(uint64_t position, bool cached_only) const;

  // Whole batches from the one that holds `from`, below the offset `below`, of at most `max_bytes`, but at
  // least one if `at_least_one`. Empty when no batch holds `from` or later offsets.
  Maybe<Stretch> Find(Offset from, Offset below, uint64_t max_bytes, bool at_least_one,
                      bool cached_only) const;

  // Base offset of the first batch whose time is `timestamp` or later; nullopt inside when there is none.
  // Blocking.
  Result<std::optional<Offset>> FirstAtOrAfter(TimestampMs timestamp) const;

 private:
  // A batch boundary at or before the batch that holds `offset`, by the index.
  Maybe<uint64_t> StartFor(Offset offset, bool cached_only) const;
  // The last batch boundary by the index that is at most `position`, but not before `from`.
  Maybe<uint64_t> BoundaryBefore(uint64_t position, uint64_t from, bool cached_only) const;

  std::shared_ptr<runtime::File> file_;
  Offset base_;
  uint64_t size_ = 0;
  IndexView<OffsetEntry> offsets_;
  IndexView<TimeEntry> times_;
};

}  // namespace millrace::log
