#include "log/data_directory.h"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

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

namespace {

// Paths of what lies in `directory` with names that end like this.
Result<std::vector<std::string>> EndingWith(runtime::Disk& disk, const std::string& directory,
                                            const std::string& suffix) {
  std::vector<std::string> paths;
  // A plain file can't be listed, and holds no directories.
  auto names = disk.List(directory);
  if (!names) return paths;
  for (const auto& name : *names) {
    if (name.ends_with(suffix)) paths.push_back(directory + "/" + name);
  }
  return paths;
}

}  // namespace

Result<std::string> FindTabletDirectory(runtime::Disk& disk, const std::string& data_dir,
                                        const TableBucket& bucket) {
  TRY_ASSIGN(auto databases, EndingWith(disk, data_dir, ""));
  for (const auto& database : databases) {
    TRY_ASSIGN(auto parents, EndingWith(disk, database, fmt::format("-{}", bucket.table_id.value)));
    if (bucket.partition_id && !parents.empty()) {
      TRY_ASSIGN(parents, EndingWith(disk, parents.front(),
                                     fmt::format("-p{}", bucket.partition_id->value)));
    }
    for (const auto& parent : parents) {
      std::string directory = fmt::format("{}/log-{}", parent, bucket.bucket_id.value);
      if (disk.Exists(directory)) return directory;
    }
  }
  return std::string();
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
    // Not RemoveAll: the first bucket of another table may just be coming.
    if (!disk.Remove(parent.string())) break;
    parent = parent.parent_path();
  }
  return {};
}

}  // namespace millrace::log
