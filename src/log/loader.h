// Opens what is in a tablet's directory, repairing what an unclean stop left
// (docs/formats/log-tablet.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/log_options.h"
#include "log/segment.h"
#include "log/writer_state.h"
#include "runtime/disk.h"

namespace millrace::log {

struct LoadRequest {
  runtime::Disk& disk;
  std::string directory;
  const LogOptions& options;
  Offset recovery_point;  // all below is on the device
  bool clean = false;     // the last stop was clean: nothing needs repair
  TimestampMs now;
};

struct LoadedLog {
  std::vector<std::unique_ptr<Segment>>
      segments;  // at least one, in order; the last is the active one
  WriterState writers;
  // What was found by reading it, or made, is not known to be on the device.
  std::vector<std::shared_ptr<runtime::File>> unsynced;
  bool made_files = false;
  Offset newest_snapshot;   // 0: there is none
  uint64_t torn_bytes = 0;  // cut off from the end
};

// Makes an empty log when there is none. Blocking. kStorage; kLogStorage naming file and position
// for a log that is damaged: then no batch of it has been changed or removed, and the next start
// will look at all of it again.
Result<LoadedLog> LoadLog(const LoadRequest& request);

}  // namespace millrace::log
