// Knows again, when a log is opened, what its writers appended last.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/segment.h"
#include "log/writer_state.h"
#include "runtime/disk.h"

namespace millrace::log {

struct LoadedWriters {
  WriterState writers;
  Offset newest_snapshot;  // 0: there is none
};

// From the newest snapshot in the directory and the headers of the batches behind it. Snapshots
// that don't help are removed: those behind the log's end, those that can't be read, and those
// between segments but for the newest. Writers whose last batch is before `oldest` are left out.
// Blocking. `segments` must be at their ends.
Result<LoadedWriters> LoadWriters(runtime::Disk& disk, const std::string& directory,
                                  const std::vector<std::unique_ptr<Segment>>& segments,
                                  TimestampMs oldest);

}  // namespace millrace::log
