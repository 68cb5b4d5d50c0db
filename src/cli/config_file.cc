#include "cli/config_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

namespace millrace::cli {
namespace {

class Flattener {
 public:
  explicit Flattener(std::string_view name) : name_(name) {}

  Result<void> AddMap(const std::string& prefix, const YAML::Node& map) {
    for (const auto& pair : map) {
      if (!pair.first.IsScalar()) return Fail(pair.first, "a key must be plain text");
      TRY(Add(prefix + pair.first.Scalar(), pair.second));
    }
    return {};
  }

  ConfigEntries Take() { return std::move(entries_); }

 private:
  Result<void> Add(const std::string& key, const YAML::Node& value) {
    if (value.IsMap()) return AddMap(key + ".", value);
    if (value.IsNull()) return {};
    std::string text;
    if (value.IsSequence()) {
      TRY_ASSIGN(text, ListText(key, value));
    } else {
      text = value.Scalar();
    }
    const int line = value.Mark().line + 1;
    if (const auto [first, added] = lines_.emplace(key, line); !added) {
      return Fail(value, fmt::format("{} was given before, in line {}", key, first->second));
    }
    entries_[key] = std::move(text);
    return {};
  }

  Result<std::string> ListText(const std::string& key, const YAML::Node& sequence) {
    std::string text;
    for (const YAML::Node& item : sequence) {
      if (!item.IsScalar()) return Fail(item, fmt::format("{}: an item must be plain text", key));
      if (!text.empty()) text += ',';
      text += Quoted(item.Scalar());
    }
    return text;
  }

  // As ParseList reads it back.
  static std::string Quoted(const std::string& item) {
    if (item.find_first_of(",'\" ") == std::string::npos) return item;
    std::string quoted = "'";
    for (char c : item) quoted += c == '\'' ? "''" : std::string(1, c);
    return quoted + "'";
  }

  Error Fail(const YAML::Node& node, std::string_view what) const {
    return Error{ErrorCode::kConfig, fmt::format("{}:{}: {}", name_, node.Mark().line + 1, what)};
  }

  std::string_view name_;
  ConfigEntries entries_;
  std::map<std::string, int> lines_;
};

std::optional<std::string> Environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace

Result<ConfigEntries> ParseConfig(const std::string& text, std::string_view name) {
  try {
    const YAML::Node root = YAML::Load(text);
    Flattener flattener(name);
    if (root.IsMap()) {
      TRY(flattener.AddMap("", root));
    } else if (!root.IsNull()) {
      return Error{ErrorCode::kConfig,
                   fmt::format("{}:{}: expected lines of the form \"key: value\"", name,
                               root.Mark().line + 1)};
    }
    return flattener.Take();
  } catch (const YAML::Exception& e) {
    return Error{ErrorCode::kConfig, fmt::format("{}:{}: {}", name, e.mark.line + 1, e.msg)};
  }
}

Result<ConfigEntries> LoadConfigFile(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text, '\0');  // YAML has no NUL: this is the whole file
  if (!file.is_open() || file.bad()) {
    return Error{ErrorCode::kConfig, fmt::format("can not read {}", path)};
  }
  return ParseConfig(text, path);
}

Result<std::string> DefaultDataDir() {
  if (const auto folder = Environment("STATE_DIRECTORY")) return *folder;
  if (const auto folder = Environment("XDG_DATA_HOME")) return *folder + "/millrace";
  if (const auto folder = Environment("HOME")) return *folder + "/.local/share/millrace";
  return Error{ErrorCode::kConfig, "option data.dir is not set, and neither is $HOME"};
}

}  // namespace millrace::cli
