#include "log/data_directory.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

namespace millrace::log {
namespace {

template <class T>
std::optional<T> ParseNumber(std::string_view text) {
  T number = 0;
  auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || number < 0) {
    return std::nullopt;
  }
  return number;
}

struct NamedNumber {
  std::string_view name;
  int64_t number = 0;
};

// "name-7", or with `mark` 'p', "name-p7". Names have dashes too: the last one separates.
std::optional<NamedNumber> ParseNamedNumber(std::string_view text, std::string_view mark) {
  size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  std::string_view rest = text.substr(dash + 1);
  if (!rest.starts_with(mark)) return std::nullopt;
  auto number = ParseNumber<int64_t>(rest.substr(mark.size()));
  if (!number) return std::nullopt;
  return NamedNumber{text.substr(0, dash), *number};
}

constexpr std::string_view kPartitionMark = "p";
constexpr std::string_view kLogPrefix = "log-";
constexpr std::string_view kKvPrefix = "kv-";

std::string ParentOf(const std::string& directory) {
  return std::filesystem::path(directory).parent_path().string();
}

// The names in a directory; none if it is no directory, or goes away meanwhile.
std::vector<std::string> NamesIn(runtime::Disk& disk, const std::string& directory) {
  auto names = disk.List(directory);
  return names ? std::move(*names) : std::vector<std::string>();
}

}  // namespace

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
    directory += fmt::format("/{}-{}{}", path.partition.value_or(""), kPartitionMark,
                             bucket.partition_id->value);
  }
  return directory + fmt::format("/{}{}", kLogPrefix, bucket.bucket_id.value);
}

std::string KvDirectoryBeside(const std::string& tablet_directory) {
  std::filesystem::path path(tablet_directory);
  std::string bucket = path.filename().string().substr(kLogPrefix.size());
  return (path.parent_path() / (std::string(kKvPrefix) + bucket)).string();
}

std::optional<FoundTablet> ParseTabletDirectory(std::string_view relative) {
  std::vector<std::string_view> parts;
  while (true) {
    size_t slash = relative.find('/');
    parts.push_back(relative.substr(0, slash));
    if (slash == std::string_view::npos) break;
    relative.remove_prefix(slash + 1);
  }
  if (parts.size() < 3 || parts.size() > 4 || parts[0].empty()) return std::nullopt;
  auto table = ParseNamedNumber(parts[1], "");
  if (!table || !parts.back().starts_with(kLogPrefix)) return std::nullopt;
  auto bucket = ParseNumber<int32_t>(parts.back().substr(kLogPrefix.size()));
  if (!bucket) return std::nullopt;
  FoundTablet found;
  found.path.table_path = {std::string(parts[0]), std::string(table->name)};
  found.bucket = {{table->number}, std::nullopt, {*bucket}};
  if (parts.size() == 4) {
    auto partition = ParseNamedNumber(parts[2], kPartitionMark);
    if (!partition) return std::nullopt;
    found.path.partition = std::string(partition->name);
    found.bucket.partition_id = PartitionId{partition->number};
  }
  return found;
}

Result<std::vector<FoundTablet>> ListTablets(runtime::Disk& disk, const std::string& data_dir) {
  std::vector<FoundTablet> tablets;
  auto add = [&](const std::string& relative) {
    if (auto found = ParseTabletDirectory(relative)) tablets.push_back(std::move(*found));
  };
  TRY_ASSIGN(auto databases, disk.List(data_dir));
  for (const auto& database : databases) {
    for (const auto& table : NamesIn(disk, data_dir + "/" + database)) {
      if (!ParseNamedNumber(table, "")) continue;
      std::string below = database + "/" + table;
      for (const auto& name : NamesIn(disk, data_dir + "/" + below)) {
        add(below + "/" + name);
        if (!ParseNamedNumber(name, kPartitionMark)) continue;
        std::string partition = below + "/" + name;
        for (const auto& bucket : NamesIn(disk, data_dir + "/" + partition)) {
          add(partition + "/" + bucket);
        }
      }
    }
  }
  return tablets;
}

Result<void> CreateDirectoryDurably(runtime::Disk& disk, const std::string& directory) {
  std::vector<std::string> missing;
  for (std::string at = directory; !at.empty() && !disk.Exists(at); at = ParentOf(at)) {
    missing.push_back(at);
  }
  if (missing.empty()) return {};
  TRY(disk.CreateDirectories(directory));
  for (const auto& made : missing) {
    std::string parent = ParentOf(made);
    TRY(disk.SyncDirectory(parent.empty() ? "." : parent));
  }
  return {};
}

Result<void> DeleteTabletDirectory(runtime::Disk& disk, const std::string& data_dir,
                                   const std::string& directory) {
  if (!directory.starts_with(data_dir + "/") ||
      !ParseTabletDirectory(std::string_view(directory).substr(data_dir.size() + 1))) {
    return Error{ErrorCode::kStorage, directory + " is no tablet's directory in " + data_dir};
  }
  TRY(disk.RemoveAll(KvDirectoryBeside(directory)));
  TRY(disk.RemoveAll(directory));
  std::string parent = ParentOf(directory);
  if (disk.Exists(parent)) {
    TRY_ASSIGN(auto names, disk.List(parent));
    if (names.empty()) {
      TRY(disk.RemoveAll(parent));
      parent = ParentOf(parent);
    }
  }
  // Two buckets of one table may be deleted at the same time.
  if (!disk.Exists(parent)) return {};
  return disk.SyncDirectory(parent);
}

}  // namespace millrace::log
