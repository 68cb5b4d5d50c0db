// Where things lie in a data directory (docs/formats/log-tablet.md). Whatever touches the disk
// blocks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// Where the rows of the bucket lie whose log is in `tablet_directory`: kv-<bucket> beside it.
std::string KvDirectoryBeside(const std::string& tablet_directory);

struct FoundTablet {
  PhysicalTablePath path;
  TableBucket bucket;
  friend bool operator==(const FoundTablet&, const FoundTablet&) = default;
};

// What TabletDirectory() made of `relative`, the part behind the data directory; nullopt for any
// other path.
std::optional<FoundTablet> ParseTabletDirectory(std::string_view relative);
// All log tablets in the data directory, by path. What is no tablet's directory is passed over.
Result<std::vector<FoundTablet>> ListTablets(runtime::Disk& disk, const std::string& data_dir);

// Makes the directory and those above it; once it returns they are there to stay.
Result<void> CreateDirectoryDurably(runtime::Disk& disk, const std::string& directory);

// Removes a tablet's directory with all it holds, that of its rows, and the one above it, of its
// table or partition, if that is empty then. Those further up stay: another tablet may be about to
// be made there. Refuses what is not below `data_dir`.
Result<void> DeleteTabletDirectory(runtime::Disk& disk, const std::string& data_dir,
                                   const std::string& directory);

}  // namespace millrace::log
