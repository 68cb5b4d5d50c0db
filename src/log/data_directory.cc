#include "log/data_directory.h"

#include <fmt/format.h>

#include <filesystem>

namespace millrace::log {

std::string CleanShutdownMarkerPath(const std::string& data_dir) {
  return data_dir + "/.fluss_cleanshutdown";
}
std::string RecoveryPointPath(const std::string& data_dir) {
  return data_dir + "/recovery-point-offset-checkpoint";
}
std::string HighWatermarkPath(const std::string& data_dir) {
  return data_dir + "/high-watermark-checkpoint";
}

std::string TabletDirectory(const std::string& data_dir, const PhysicalTablePath& path,
                            const TableBucket& bucket) {
  std::string directory = fmt::format("{}/{}/{}-{}", data_dir, path.table_path.database,
                                      path.table_path.table, bucket.table_id.value);
  if (bucket.partition_id) {
    directory += fmt::format("/{}-p{}", path.partition.value_or(""), bucket.partition_id->value);
  }
  return directory + fmt::format("/log-{}", bucket.bucket_id.value);
}

Result<void> DeleteTabletDirectory(runtime::Disk& disk, const std::string& data_dir,
                                   const std::string& directory) {
  TRY(disk.RemoveAll(directory));
  auto parent = std::filesystem::path(directory).parent_path();
  while (parent.string().size() > data_dir.size()) {
    if (!disk.Exists(parent.string())) {
      parent = parent.parent_path();
      continue;
    }
    TRY_ASSIGN(auto names, disk.List(parent.string()));
    if (!names.empty()) break;
    TRY(disk.RemoveAll(parent.string()));
    parent = parent.parent_path();
  }
  return {};
}

}  // namespace millrace::log
