// Time, as everything outside runtime/ sees it. The simulator has its own.
#pragma once

#include <chrono>

#include "base/ids.h"

namespace millrace::runtime {

using Duration = std::chrono::nanoseconds;
// A point on the monotonic clock; comparable only within one process.
using Instant = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
  virtual TimestampMs WallNow() const = 0;
};

// The machine's clocks. Lives as long as the process; any thread.
Clock& SystemClock();

}  // namespace millrace::runtime
