#include "base/option_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "base/option_text.h"

namespace millrace {
namespace {

std::string_view TypeName(OptionType type) {
  switch (type) {
    case OptionType::kBool:
      return "true or false";
    case OptionType::kInt:
      return "integer";
    case OptionType::kDouble:
      return "number";
    case OptionType::kString:
      return "text";
    case OptionType::kDuration:
      return "duration";
    case OptionType::kMemorySize:
      return "size";
    case OptionType::kEnum:
      return "choice";
    case OptionType::kList:
      return "list";
    case OptionType::kMap:
      return "map";
  }
  return "";
}

// A bound in the form the value is written in.
std::string FormatBound(OptionType type, double bound) {
  if (type == OptionType::kDouble) return fmt::format("{}", bound);
  const auto number = static_cast<int64_t>(bound);
  if (type == OptionType::kDuration) return FormatDuration(std::chrono::milliseconds(number));
  if (type == OptionType::kMemorySize) return FormatMemorySize(static_cast<uint64_t>(number));
  return fmt::format("{}", number);
}

// "from 1 to 10", "at least 1", "at most 10"; empty without bounds.
std::string FormatBounds(const OptionRow& row) {
  const bool has_min = std::isfinite(row.min);
  const bool has_max = std::isfinite(row.max);
  const std::string min = has_min ? FormatBound(row.type, row.min) : "";
  const std::string max = has_max ? FormatBound(row.type, row.max) : "";
  if (has_min && has_max) return fmt::format("from {} to {}", min, max);
  if (has_min) return "at least " + min;
  return has_max ? "at most " + max : "";
}

std::string FormatChoices(const OptionRow& row) {
  return fmt::format("one of {}", fmt::join(row.choices, ", "));
}

template <class T>
Result<T> InBounds(const OptionRow& row, T value, double compared) {
  if (compared >= row.min && compared <= row.max) return value;
  return Error{ErrorCode::kConfig, "expected a value " + FormatBounds(row)};
}

Result<OptionValue> ParseNumber(const OptionRow& row, std::string_view text) {
  switch (row.type) {
    case OptionType::kBool: {
      TRY_ASSIGN(const bool value, ParseBool(text));
      return OptionValue{.number = value};
    }
    case OptionType::kDouble: {
      TRY_ASSIGN(const double value, ParseDouble(text));
      return InBounds(row, OptionValue{.number = std::bit_cast<int64_t>(value)}, value);
    }
    case OptionType::kDuration: {
      TRY_ASSIGN(const auto value, ParseDuration(text));
      return InBounds(row, OptionValue{.number = value.count()},
                      static_cast<double>(value.count()));
    }
    case OptionType::kMemorySize: {
      TRY_ASSIGN(const uint64_t value, ParseMemorySize(text));
      const auto number = static_cast<int64_t>(value);
      return InBounds(row, OptionValue{.number = number}, static_cast<double>(value));
    }
    default: {
      TRY_ASSIGN(const int64_t value, ParseInt(text));
      return InBounds(row, OptionValue{.number = value}, static_cast<double>(value));
    }
  }
}

Result<OptionValue> ParseChoice(const OptionRow& row, std::string_view text) {
  for (std::string_view choice : row.choices) {
    if (EqualsIgnoringCase(choice, text)) return OptionValue{.text = std::string(choice)};
  }
  return Error{ErrorCode::kConfig, "expected " + FormatChoices(row)};
}

Result<OptionValue> ParseByType(const OptionRow& row, std::string_view text) {
  switch (row.type) {
    case OptionType::kString:
      return OptionValue{.text = std::string(text)};
    case OptionType::kEnum:
      return ParseChoice(row, text);
    case OptionType::kList: {
      TRY_ASSIGN(auto list, ParseList(text));
      return OptionValue{.list = std::move(list)};
    }
    case OptionType::kMap: {
      TRY_ASSIGN(auto map, ParseMap(text));
      return OptionValue{.map = std::move(map)};
    }
    default:
      return ParseNumber(row, text);
  }
}

}  // namespace

void AddRows(OptionRows& rows, std::span<const OptionRow> more) {
  for (const OptionRow& row : more) rows.push_back(&row);
}

bool IsPrefixRow(const OptionRow& row) {
  return row.key.ends_with(".*");
}

std::string_view PrefixOf(const OptionRow& row) {
  return row.key.substr(0, row.key.size() - 1);
}

bool IsSecret(const OptionRow& row, std::string_view key) {
  constexpr std::string_view kSecretWords[] = {"password",    "secret",      "token",
                                               "credentials", "access-key",  "access.key",
                                               "private-key", "account.key", "jaas.config"};
  return row.secret || std::ranges::any_of(kSecretWords, [&](std::string_view word) {
           return key.find(word) != std::string_view::npos;
         });
}

Result<OptionValue> ParseOption(const OptionRow& row, std::string_view key, std::string_view text) {
  if (IsPrefixRow(row)) return OptionValue{.text = std::string(text)};
  Result<OptionValue> parsed = ParseByType(row, text);
  if (parsed) return parsed;
  const std::string_view shown = IsSecret(row, key) ? kHiddenValue : text;
  return Error{ErrorCode::kConfig,
               fmt::format("option {}: {}, got \"{}\"", key, parsed.error().message, shown)};
}

std::string OptionsAsMarkdown(std::span<const OptionRow* const> rows) {
  std::string table = "| Key | Type | Default | What it does |\n| --- | --- | --- | --- |\n";
  for (const OptionRow* row : rows) {
    std::vector<std::string> notes;
    if (!row->choices.empty()) notes.push_back(FormatChoices(*row));
    if (const std::string bounds = FormatBounds(*row); !bounds.empty()) notes.push_back(bounds);
    if (row->reloadable) notes.push_back("may be changed while the server runs");
    if (row->use == OptionUse::kNotYet) notes.push_back("accepted, not used yet");
    if (row->use == OptionUse::kNever) notes.push_back("accepted and ignored");
    const std::string default_value =
        row->default_value.empty() ? "" : fmt::format("`{}`", row->default_value);
    const std::string note = notes.empty() ? "" : fmt::format(" ({})", fmt::join(notes, "; "));
    table += fmt::format("| `{}` | {} | {} | {}{} |\n", row->key, TypeName(row->type),
                         default_value, row->text, note);
  }
  return table;
}

}  // namespace millrace
