// How a bucket's log lies on disk and when it counts as written.
#pragma once

#include <chrono>
#include <cstdint>

namespace millrace::log {

enum class FlushPolicy {
  kSync,  // a write is durable once fdatasync returned: it survives loss of power
  kOs,    // a write is durable once the kernel has it: it survives the process only
};

struct LogOptions {
  // A segment is rolled before it would grow past this; at most 2 GiB - 1, which positions in
  // indexes can tell. A larger request gets a segment of its own.
  uint64_t segment_bytes = 1 << 30;
  // Each of the two indexes of a segment; full indexes roll the segment too. They take no space
  // before they are used.
  uint64_t index_bytes = 10 << 20;
  // Log bytes between two entries of an index.
  uint64_t index_interval_bytes = 4096;
  // A writer that was silent for so long is forgotten.
  std::chrono::milliseconds writer_expiration = std::chrono::hours(24 * 7);
  FlushPolicy flush_policy = FlushPolicy::kSync;
};

}  // namespace millrace::log
