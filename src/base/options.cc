#include "base/options.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "base/option_text.h"

namespace millrace {
// One row's value. The texts of file and dynamic source are kept, so that a reset finds its way
// back.
struct Options::Value {
  const OptionRow* row = nullptr;
  std::string key;
  bool in_file = false;
  bool is_dynamic = false;
  std::string file_text;
  std::string text;
  OptionValue parsed;
  std::atomic<int64_t> cell = 0;

  void Assign(std::string new_text, OptionValue new_parsed) {
    text = std::move(new_text);
    parsed = std::move(new_parsed);
    cell.store(parsed.number, std::memory_order_relaxed);
  }
};

struct Options::State {
  OptionRows prefix_rows;
  std::map<std::string, Value, std::less<>> values;    // of plain rows, by key
  std::map<std::string, Value, std::less<>> prefixed;  // of given keys that a ".*" row takes
  // Of ".*" rows, by the row's key: what Map() returns.
  std::map<std::string, std::map<std::string, std::string>, std::less<>> prefix_maps;

  explicit State(const OptionRows& rows) {
    for (const OptionRow* row : rows) {
      if (IsPrefixRow(*row)) {
        prefix_rows.push_back(row);
        prefix_maps[std::string(row->key)];
        continue;
      }
      Value& value = values[std::string(row->key)];
      MILLRACE_CHECK(value.row == nullptr, row->key);
      value.row = row;
      value.key = row->key;
      SetDefault(value);
    }
  }

  static void SetDefault(Value& value) {
    const OptionRow& row = *value.row;
    if (row.default_value.empty()) return value.Assign("", {});
    Result<OptionValue> parsed = ParseOption(row, row.key, row.default_value);
    MILLRACE_CHECK(parsed.has_value(), parsed.error().message);
    value.Assign(std::string(row.default_value), *std::move(parsed));
  }

  // Of several prefixes that fit, the longest.
  const OptionRow* Find(std::string_view key) const {
    if (const auto found = values.find(key); found != values.end()) return found->second.row;
    const OptionRow* best = nullptr;
    for (const OptionRow* row : prefix_rows) {
      const bool fits = key.starts_with(PrefixOf(*row)) && key.size() > PrefixOf(*row).size();
      if (fits && (best == nullptr || row->key.size() > best->key.size())) best = row;
    }
    return best;
  }

  // The value of a key that `row` takes; made when it is the first of a ".*" row.
  Value& ValueOf(const OptionRow& row, std::string_view key) {
    if (!IsPrefixRow(row)) return values.find(key)->second;
    Value& value = prefixed[std::string(key)];
    value.row = &row;
    value.key = key;
    return value;
  }

  void Assign(Value& value, std::string_view text, OptionValue parsed) {
    value.Assign(std::string(text), std::move(parsed));
    if (!IsPrefixRow(*value.row)) return;
    const std::string rest = value.key.substr(PrefixOf(*value.row).size());
    prefix_maps[std::string(value.row->key)][rest] = text;
  }

  std::string UnknownKey(std::string_view key) const {
    std::vector<std::string_view> known;
    for (const auto& [name, value] : values) known.push_back(name);
    const std::string_view nearest = NearestOf(key, known);
    if (nearest.empty()) return fmt::format("unknown option {}", key);
    return fmt::format("unknown option {}: did you mean {}?", key, nearest);
  }
};

Options::Options(std::unique_ptr<State> state) : state_(std::move(state)) {}
Options::Options(Options&&) noexcept = default;
Options& Options::operator=(Options&&) noexcept = default;
Options::~Options() = default;

Result<Options> Options::Parse(OptionRows rows, const std::map<std::string, std::string>& given,
                               std::vector<std::string>* warnings) {
  auto state = std::make_unique<State>(rows);
  for (const auto& [key, text] : given) {
    const OptionRow* row = state->Find(key);
    if (row == nullptr) {
      warnings->push_back(state->UnknownKey(key));
      continue;
    }
    if (row->use == OptionUse::kNotYet) {
      warnings->push_back(fmt::format("option {} is known, but not used yet", key));
    } else if (row->use == OptionUse::kNever) {
      warnings->push_back(fmt::format("option {} has no meaning here and is ignored", key));
    }
    TRY_ASSIGN(OptionValue parsed, ParseOption(*row, key, text));
    Value& value = state->ValueOf(*row, key);
    value.in_file = true;
    value.file_text = text;
    state->Assign(value, text, std::move(parsed));
  }
  return Options(std::move(state));
}

Options Options::Defaults(OptionRows rows) {
  return Options(std::make_unique<State>(rows));
}

const Options::Value& Options::Get(const OptionRow& row, OptionType type) const {
  const auto found = state_->values.find(row.key);
  MILLRACE_CHECK(found != state_->values.end(), row.key);
  MILLRACE_CHECK(found->second.row->type == type, row.key);
  return found->second;
}

const std::atomic<int64_t>* Options::Cell(const OptionRow& row, OptionType type) const {
  const Value& value = Get(row, type);
  MILLRACE_CHECK(!value.text.empty(), row.key);
  return &value.cell;
}

bool Options::IsSet(const OptionRow& row) const {
  if (IsPrefixRow(row)) return !Map(row).empty();
  return !Get(row, row.type).text.empty();
}

OptionSource Options::Source(const OptionRow& row) const {
  const Value& value = Get(row, row.type);
  if (value.is_dynamic) return OptionSource::kDynamic;
  return value.in_file ? OptionSource::kFile : OptionSource::kDefault;
}

bool Options::Bool(const OptionRow& row) const {
  return LiveBool(row)();
}
int64_t Options::Int(const OptionRow& row) const {
  return LiveInt(row)();
}
double Options::Double(const OptionRow& row) const {
  return LiveDouble(row)();
}
std::chrono::milliseconds Options::Duration(const OptionRow& row) const {
  return LiveDuration(row)();
}
uint64_t Options::Bytes(const OptionRow& row) const {
  return LiveBytes(row)();
}

const std::string& Options::Text(const OptionRow& row) const {
  MILLRACE_CHECK(row.type == OptionType::kString || row.type == OptionType::kEnum, row.key);
  return Get(row, row.type).parsed.text;
}

const std::vector<std::string>& Options::List(const OptionRow& row) const {
  return Get(row, OptionType::kList).parsed.list;
}

const std::map<std::string, std::string>& Options::Map(const OptionRow& row) const {
  if (!IsPrefixRow(row)) return Get(row, OptionType::kMap).parsed.map;
  const auto found = state_->prefix_maps.find(row.key);
  MILLRACE_CHECK(found != state_->prefix_maps.end(), row.key);
  return found->second;
}

LiveOption<bool> Options::LiveBool(const OptionRow& row) const {
  return LiveOption<bool>(Cell(row, OptionType::kBool));
}
LiveOption<int64_t> Options::LiveInt(const OptionRow& row) const {
  return LiveOption<int64_t>(Cell(row, OptionType::kInt));
}
LiveOption<double> Options::LiveDouble(const OptionRow& row) const {
  return LiveOption<double>(Cell(row, OptionType::kDouble));
}
LiveOption<std::chrono::milliseconds> Options::LiveDuration(const OptionRow& row) const {
  return LiveOption<std::chrono::milliseconds>(Cell(row, OptionType::kDuration));
}
LiveOption<uint64_t> Options::LiveBytes(const OptionRow& row) const {
  return LiveOption<uint64_t>(Cell(row, OptionType::kMemorySize));
}

const OptionRow* Options::Find(std::string_view key) const {
  return state_->Find(key);
}

Result<void> Options::CheckDynamic(std::string_view key, std::string_view text) const {
  const OptionRow* row = state_->Find(key);
  if (row == nullptr) return Error{ErrorCode::kConfig, state_->UnknownKey(key)};
  if (!row->reloadable) {
    return Error{ErrorCode::kConfig,
                 fmt::format("option {} can not be changed while the server runs", key)};
  }
  TRY(ParseOption(*row, key, text));
  return {};
}

Result<void> Options::SetDynamic(std::string_view key, std::string_view text) {
  TRY(CheckDynamic(key, text));
  const OptionRow& row = *state_->Find(key);
  TRY_ASSIGN(OptionValue parsed, ParseOption(row, key, text));
  Value& value = state_->ValueOf(row, key);
  value.is_dynamic = true;
  state_->Assign(value, text, std::move(parsed));
  return {};
}

void Options::ResetDynamic(std::string_view key) {
  const OptionRow* row = state_->Find(key);
  if (row == nullptr) return;
  Value& value = state_->ValueOf(*row, key);
  value.is_dynamic = false;
  if (value.in_file) {
    Result<OptionValue> parsed = ParseOption(*row, key, value.file_text);
    MILLRACE_CHECK(parsed.has_value(), key);
    state_->Assign(value, value.file_text, *std::move(parsed));
  } else if (IsPrefixRow(*row)) {
    state_->prefix_maps[std::string(row->key)].erase(value.key.substr(PrefixOf(*row).size()));
    state_->prefixed.erase(state_->prefixed.find(key));
  } else {
    State::SetDefault(value);
  }
}

std::vector<Options::Entry> Options::Entries() const {
  std::map<std::string, Entry> entries;
  for (const auto* values : {&state_->values, &state_->prefixed}) {
    for (const auto& [key, value] : *values) {
      if (value.text.empty() && !value.in_file && !value.is_dynamic) continue;
      const OptionSource source = value.is_dynamic ? OptionSource::kDynamic
                                  : value.in_file  ? OptionSource::kFile
                                                   : OptionSource::kDefault;
      const std::string text = IsSecret(*value.row, key) ? std::string(kHiddenValue) : value.text;
      entries[key] = {key, text, source, value.row};
    }
  }
  std::vector<Entry> list;
  for (auto& [key, entry] : entries) list.push_back(std::move(entry));
  return list;
}

}  // namespace millrace
