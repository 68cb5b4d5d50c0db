// Where the last batches of the active segment lie, so that readers at the end need no look at the
// disk.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "log/segment_view.h"

namespace millrace::log {

// A ring of 256 places, 4 KiB, which takes no memory before its first batch. On the log's shard.
class RecentBatches {
 public:
  static constexpr size_t kMax = 256;

  // The batch that follows all so far: it begins there, and what follows it begins at `end`,
  // `next`.
  void Add(Offset base, uint64_t position, Offset next, uint64_t end) {
    if (places_.empty()) places_.resize(kMax);
    places_[(begin_ + count_) % kMax] = {base, position};
    if (count_ < kMax) {
      count_++;
    } else {
      begin_ = (begin_ + 1) % kMax;
    }
    end_ = {next, end};
  }
  void Clear() { begin_ = count_ = 0; }

  // As SegmentView::Find(); nullopt when `from` is before the batches known here.
  std::optional<Stretch> Find(Offset from, Offset below, uint64_t max_bytes,
                              bool at_least_one) const {
    if (count_ == 0 || from < At(0).offset) return std::nullopt;
    if (from >= end_.offset) return Stretch{end_.position, end_.position, from, from};
    size_t first = LastWhere([&](const Boundary& b) { return b.offset <= from; });
    uint64_t begin = At(first).position;
    Stretch stretch = {begin, begin, At(first).offset, from};
    size_t last = LastWhere([&](const Boundary& b) {
      return b.offset <= below && b.position - std::min(b.position, begin) <= max_bytes;
    });
    if (last <= first && at_least_one && At(first + 1).offset <= below) last = first + 1;
    if (last <= first) return stretch;
    stretch.end = At(last).position;
    stretch.next = At(last).offset;
    return stretch;
  }

 private:
  // The begin of a batch, or the end of the last.
  struct Boundary {
    Offset offset;
    uint64_t position = 0;
  };

  const Boundary& At(size_t i) const { return i == count_ ? end_ : places_[(begin_ + i) % kMax]; }

  // Index of the last boundary for which `holds`, which does for all before it; 0 if for none.
  template <class Holds>
  size_t LastWhere(Holds holds) const {
    size_t low = 0, high = count_ + 1;
    while (high - low > 1) {
      size_t middle = low + (high - low) / 2;
      (holds(At(middle)) ? low : high) = middle;
    }
    return low;
  }

  std::vector<Boundary> places_;  // a ring
  size_t begin_ = 0, count_ = 0;
  Boundary end_;
};

}  // namespace millrace::log
