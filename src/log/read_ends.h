// Where reads of a log ended lately, so that whoever goes on there need not look into an index.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/ids.h"

namespace millrace::log {

// A ring. On the log's shard.
class ReadEnds {
 public:
  static constexpr size_t kMax = 16;  // about the readers of a bucket that lag behind its end

  // A read of the segment that begins at `base` ended at `position`, before the batch that holds
  // `offset`.
  void Add(Offset base, Offset offset, uint64_t position) {
    ends_[next_++ % kMax] = {base, offset, position};
  }
  // The position of the batch that begins with `offset` in that segment, if it is known here.
  std::optional<uint64_t> Find(Offset base, Offset offset) const {
    for (const auto& end : ends_) {
      if (end.base == base && end.offset == offset && end.position > 0) return end.position;
    }
    return std::nullopt;
  }
  void Clear() { ends_ = {}; }

 private:
  struct End {
    Offset base;
    Offset offset;
    uint64_t position = 0;
  };
  std::array<End, kMax> ends_;
  size_t next_ = 0;
};

}  // namespace millrace::log
