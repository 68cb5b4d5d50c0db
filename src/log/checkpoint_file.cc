#include "log/checkpoint_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace millrace::log {
namespace {

constexpr std::string_view kVersion = "0";

// The line's numbers; nullopt when something in it is none.
std::optional<std::vector<int64_t>> Numbers(std::string_view line) {
  std::vector<int64_t> numbers;
  while (!line.empty()) {
    size_t end = std::min(line.find(' '), line.size());
    int64_t number = 0;
    auto parsed = std::from_chars(line.data(), line.data() + end, number);
    if (parsed.ec != std::errc() || parsed.ptr != line.data() + end) return std::nullopt;
    numbers.push_back(number);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return numbers;
}

std::optional<std::pair<TableBucket, Offset>> ParseEntry(std::string_view line) {
  auto numbers = Numbers(line);
  if (!numbers || numbers->size() < 3 || numbers->size() > 4) return std::nullopt;
  const auto& n = *numbers;
  if (std::ranges::any_of(n, [](int64_t number) { return number < 0; })) return std::nullopt;
  if (n[n.size() - 2] > INT32_MAX) return std::nullopt;
  TableBucket bucket = {{n[0]}, std::nullopt, {static_cast<int32_t>(n[n.size() - 2])}};
  if (n.size() == 4) bucket.partition_id = PartitionId{n[1]};
  return std::pair(bucket, Offset{n.back()});
}

std::vector<std::string_view> Lines(std::string_view content) {
  std::vector<std::string_view> lines;
  while (!content.empty()) {
    size_t end = std::min(content.find('\n'), content.size());
    lines.push_back(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
  }
  return lines;
}

}  // namespace

Result<Checkpoint> ReadCheckpointFile(runtime::Disk& disk, const std::string& path) {
  if (!disk.Exists(path)) return Checkpoint();
  TRY_ASSIGN(std::string content, runtime::ReadFile(disk, path));
  auto bad = [&](size_t line, std::string_view why) {
    return Error{ErrorCode::kStorage, fmt::format("{}, line {}: {}", path, line, why)};
  };
  Checkpoint checkpoint;
  if (content.empty()) return checkpoint;
  auto lines = Lines(content);
  if (lines[0] != kVersion) return bad(1, "unknown version");
  auto count = lines.size() > 1 ? Numbers(lines[1]) : std::nullopt;
  if (!count || count->size() != 1) return bad(2, "no number of entries");
  if ((*count)[0] != static_cast<int64_t>(lines.size()) - 2) {
    return bad(2, fmt::format("{} entries announced, {} are there", (*count)[0], lines.size() - 2));
  }
  for (size_t i = 2; i < lines.size(); i++) {
    auto entry = ParseEntry(lines[i]);
    if (!entry) return bad(i + 1, "not of the form 'table [partition] bucket offset'");
    if (!checkpoint.insert(*entry).second) return bad(i + 1, "the bucket is there twice");
  }
  return checkpoint;
}

Result<void> WriteCheckpointFile(runtime::Disk& disk, const std::string& path,
                                 const Checkpoint& checkpoint) {
  std::string content = fmt::format("{}\n{}\n", kVersion, checkpoint.size());
  for (const auto& [bucket, offset] : checkpoint) {
    content += fmt::format("{} ", bucket.table_id.value);
    if (bucket.partition_id) content += fmt::format("{} ", bucket.partition_id->value);
    content += fmt::format("{} {}\n", bucket.bucket_id.value, offset.value);
  }
  return runtime::ReplaceFile(disk, path, content);
}

}  // namespace millrace::log
