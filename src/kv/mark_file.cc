#include "kv/mark_file.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace millrace::kv {

std::string MarkFilePath(const std::string& tablet_directory) {
  return tablet_directory + "/applied.json";
}

std::optional<KeptMark> ParseMark(std::string_view json) {
  auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  auto number = [&](const char* key) -> std::optional<int64_t> {
    auto it = parsed.find(key);
    if (it == parsed.end() || !it->is_number_integer()) return std::nullopt;
    return it->get<int64_t>();
  };
  auto version = number("version"), offset = number("offset"), rows = number("row_count");
  auto next_id = number("next_id"), last_id = number("last_id");
  auto identity = parsed.find("database");
  if (version != 1 || !offset || *offset < 0 || !rows || !next_id || !last_id ||
      identity == parsed.end() || !identity->is_string()) {
    return std::nullopt;
  }
  return KeptMark{{{*offset}, *rows, *next_id, *last_id}, identity->get<std::string>()};
}

Result<std::optional<KeptMark>> ReadMarkFile(runtime::Disk& disk, const std::string& path) {
  if (!disk.Exists(path)) return std::optional<KeptMark>();
  TRY_ASSIGN(auto content, runtime::ReadFile(disk, path));
  auto mark = ParseMark(content);
  if (!mark) spdlog::warn("{} can't be read: the whole changelog is applied again", path);
  return mark;
}

Result<void> WriteMarkFile(runtime::Disk& disk, const std::string& path, const KeptMark& mark) {
  nlohmann::ordered_json json = {
      {"version", 1},
      {"offset", mark.mark.offset.value},
      {"row_count", mark.mark.row_count},
      {"next_id", mark.mark.next_id},
      {"last_id", mark.mark.last_id},
      {"database", mark.identity},
  };
  return runtime::ReplaceFile(disk, path, json.dump());
}

}  // namespace millrace::kv
