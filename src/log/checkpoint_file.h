// The text files that hold one offset per bucket of a data directory (docs/formats/log-tablet.md).
// All calls block.
#pragma once

#include <map>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/disk.h"

namespace millrace::log {

using Checkpoint = std::map<TableBucket, Offset>;

// kStorage when the file can't be read or is no checkpoint; names the file and the line. An empty
// file is an empty checkpoint, and so is a missing one.
Result<Checkpoint> ReadCheckpointFile(runtime::Disk& disk, const std::string& path);

// Replaces the file: after a crash the old content is there, or the new one.
Result<void> WriteCheckpointFile(runtime::Disk& disk, const std::string& path,
                                 const Checkpoint& checkpoint);

}  // namespace millrace::log
