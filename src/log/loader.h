// Opens what is in a tablet's directory, repairing what an unclean stop left (docs/formats/log-tablet.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/segment.h"
#include "log/writer_state.h"

namespace millrace::log {

inline constexpr std::string_view kSnapshotSuffix = ".writer_snapshot";

struct LoadedLog {
  std::vector<std::unique_ptr<Segment>> segments;  // at least one, in order; the last is the active one
  WriterState writers;
};

struct LoadRequest {
  runtime::Disk& disk;
  std::string directory;
  const LogOptions& options;
  Offset recovery_point;  // all below was durable
  bool clean = false;     // the last stop was clean: nothing needs repair
  TimestampMs now;
};

// Blocking. kStorage, and kLogStorage naming file and position for a log that is damaged: then nothing of it has
// been changed that could not be rebuilt.
Result<LoadedLog> LoadLog(const LoadRequest& request);

}  // namespace millrace::log
