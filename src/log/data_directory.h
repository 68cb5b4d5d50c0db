// Where things lie in a data directory (docs/formats/log-tablet.md).
#pragma once

#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/disk.h"

namespace millrace::log {

// There only after a clean stop; removed at the start.
std::string CleanShutdownMarkerPath(const std::string& data_dir);
std::string RecoveryPointPath(const std::string& data_dir);
std::string HighWatermarkPath(const std::string& data_dir);

// <database>/<table>-<id>[/<partition>-p<id>]/log-<bucket>
std::string TabletDirectory(const std::string& data_dir, const PhysicalTablePath& path,
                            const TableBucket& bucket);

// The directory of a bucket whose names are not known any more, by its ids; empty when there is none. Blocking.
Result<std::string> FindTabletDirectory(runtime::Disk& disk, const std::string& data_dir,
                                        const TableBucket& bucket);

// Removes a tablet's directory with all it holds, and the directories above it, below the data directory, that
// are empty then. Blocking.
Result<void> DeleteTabletDirectory(runtime::Disk& disk, const std::string& data_dir,
                                   const std::string& directory);

}  // namespace millrace::log
