// Finds batches by their headers, one after the other, without reading what is between them.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "base/ids.h"
#include "base/result.h"
#include "record/log_batch.h"
#include "runtime/disk.h"

namespace millrace::log {

// Where a batch lies in its segment, and what its header says.
struct BatchPlace {
  uint64_t position = 0;
  uint64_t size = 0;  // 0: no whole batch is here, for the segment ends
  Offset base;
  Offset next;
  TimestampMs timestamp;
  WriterId writer{record::kNoWriterId};
  int32_t sequence = record::kNoSequence;

  uint64_t end() const { return position + size; }
};

// A call that may not wait for the device, and can't be answered without: nullopt.
template <class T>
using Maybe = Result<std::optional<T>>;

// Reads headers of one file up to `size`; those close by come along with one read. One thread.
class HeaderReader {
 public:
  HeaderReader(const runtime::File& file, uint64_t size, bool cached_only)
      : file_(file), size_(size), cached_only_(cached_only) {}

  // The batch at `position`, which has size 0 at the end: nothing is there, or only a part of a
  // batch. kCorruptRecord, naming file and position, for what is no batch.
  Maybe<BatchPlace> At(uint64_t position);

 private:
  const runtime::File& file_;
  const uint64_t size_;
  const bool cached_only_;
  std::array<std::byte, 4096> buffer_;
  uint64_t begin_ = 0, end_ = 0;  // of what the buffer holds
};

}  // namespace millrace::log

// Returns nullopt from the enclosing function when a Maybe has no value, its Error when it has one.
#define MAYBE_ASSIGN(target, expr) \
  MILLRACE_MAYBE_ASSIGN(MILLRACE_CONCAT(maybe_, __LINE__), target, expr)
#define MILLRACE_MAYBE_ASSIGN(temporary, target, expr) \
  auto temporary = (expr);                             \
  if (!temporary) return std::move(temporary).error(); \
  if (!temporary->has_value()) return std::nullopt;    \
  target = *std::move(*temporary)
