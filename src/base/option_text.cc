#include "base/option_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

namespace millrace {
namespace {

constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();

Error Expected(std::string_view what) {
  return Error{ErrorCode::kConfig, fmt::format("expected {}", what)};
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

char Fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '-' ? '_' : c;
}

// The whole of the text as a number; nullopt when it is none, is out of range or has more behind
// it.
template <class T>
std::optional<T> Number(std::string_view text) {
  T value;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

struct Unit {
  std::string_view names[5];
  int64_t multiplier;
  int64_t divisor;
};

// The largest first, and the first name of each is the one to write.
constexpr Unit kDurationUnits[] = {
    {{"d", "day", "days"}, 86'400'000, 1},
    {{"h", "hour", "hours"}, 3'600'000, 1},
    {{"min", "m", "minute", "minutes"}, 60'000, 1},
    {{"s", "sec", "secs", "second", "seconds"}, 1'000, 1},
    {{"ms", "milli", "millis", "millisecond", "milliseconds"}, 1, 1},
    {{"µs", "micro", "micros", "microsecond", "microseconds"}, 1, 1'000},
    {{"ns", "nano", "nanos", "nanosecond", "nanoseconds"}, 1, 1'000'000},
};
constexpr Unit kMemoryUnits[] = {
    {{"tb", "t", "tebibytes"}, int64_t{1} << 40, 1},
    {{"gb", "g", "gibibytes"}, int64_t{1} << 30, 1},
    {{"mb", "m", "mebibytes"}, int64_t{1} << 20, 1},
    {{"kb", "k", "kibibytes"}, int64_t{1} << 10, 1},
    {{"bytes", "b"}, 1, 1},
};

const Unit* FindUnit(std::span<const Unit> units, std::string_view name) {
  if (name.empty()) return nullptr;
  for (const Unit& unit : units) {
    for (std::string_view known : unit.names) {
      if (EqualsIgnoringCase(known, name)) return &unit;
    }
  }
  return nullptr;
}

// A number and a unit, in the unit with multiplier 1.
Result<int64_t> ParseQuantity(std::string_view text, std::span<const Unit> units,
                              std::string_view form) {
  text = Trim(text);
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const Unit* unit = FindUnit(units, Trim(text.substr(digits)));
  const std::optional<int64_t> number = Number<int64_t>(text.substr(0, digits));
  if (!number || unit == nullptr) return Expected(form);
  if (*number > kInt64Max / unit->multiplier) {
    return Expected(fmt::format("{} that fits 64 bits", form));
  }
  return *number * unit->multiplier / unit->divisor;
}

std::string FormatQuantity(int64_t value, std::span<const Unit> units) {
  const Unit* best = nullptr;
  for (const Unit& unit : units) {
    const bool is_exact = value % unit.multiplier == 0 && unit.divisor == 1;
    if (is_exact && (best == nullptr || value == 0)) best = &unit;
  }
  return fmt::format("{} {}", value / best->multiplier, best->names[0]);
}

// Splits at `separator` outside quotes, at most `max_parts` parts; quotes are kept.
Result<std::vector<std::string_view>> SplitOutsideQuotes(std::string_view text, char separator,
                                                         size_t max_parts) {
  std::vector<std::string_view> parts;
  char quote = 0;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;  // a doubled quote closes and opens again
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == separator && parts.size() + 1 < max_parts) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  if (quote != 0) return Expected(fmt::format("a closing {}", quote));
  parts.push_back(text.substr(start));
  return parts;
}

// Without the blanks around it, or without its quotes.
std::string Unquote(std::string_view item) {
  item = Trim(item);
  const bool is_quoted =
      item.size() >= 2 && (item[0] == '\'' || item[0] == '"') && item.back() == item[0];
  if (!is_quoted) return std::string(item);
  const char quote = item[0];
  std::string text;
  for (size_t i = 1; i + 1 < item.size(); i++) {
    text += item[i];
    if (item[i] == quote && item[i + 1] == quote) i++;
  }
  return text;
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); j++) row[j] = j;
  for (size_t i = 1; i <= a.size(); i++) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); j++) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

Result<bool> ParseBool(std::string_view text) {
  if (EqualsIgnoringCase(Trim(text), "true")) return true;
  if (EqualsIgnoringCase(Trim(text), "false")) return false;
  return Expected("true or false");
}

Result<int64_t> ParseInt(std::string_view text) {
  if (const auto number = Number<int64_t>(Trim(text))) return *number;
  return Expected("a whole number");
}

Result<double> ParseDouble(std::string_view text) {
  const auto number = Number<double>(Trim(text));
  if (number && std::isfinite(*number)) return *number;
  return Expected("a number");
}

Result<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  constexpr std::string_view kForm =
      R"(a duration such as "500 ms", "30 s", "5 min", "1 h" or "7 d")";
  TRY_ASSIGN(const int64_t milliseconds, ParseQuantity(text, kDurationUnits, kForm));
  return std::chrono::milliseconds(milliseconds);
}

Result<uint64_t> ParseMemorySize(std::string_view text) {
  constexpr std::string_view kForm = R"(a size such as "512 b", "64kb", "16mb" or "1gb")";
  TRY_ASSIGN(const int64_t bytes, ParseQuantity(text, kMemoryUnits, kForm));
  return static_cast<uint64_t>(bytes);
}

Result<std::vector<std::string>> ParseList(std::string_view text) {
  std::vector<std::string> list;
  if (Trim(text).empty()) return list;
  TRY_ASSIGN(const auto items, SplitOutsideQuotes(text, ',', SIZE_MAX));
  for (std::string_view item : items) list.push_back(Unquote(item));
  return list;
}

Result<std::map<std::string, std::string>> ParseMap(std::string_view text) {
  std::map<std::string, std::string> map;
  if (Trim(text).empty()) return map;
  TRY_ASSIGN(const auto items, SplitOutsideQuotes(text, ',', SIZE_MAX));
  for (std::string_view item : items) {
    TRY_ASSIGN(const auto pair, SplitOutsideQuotes(item, ':', 2));
    if (pair.size() != 2) return Expected("pairs such as key1:value1,key2:value2");
    map[Unquote(pair[0])] = Unquote(pair[1]);
  }
  return map;
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  return FormatQuantity(duration.count(), kDurationUnits);
}

std::string FormatMemorySize(uint64_t bytes) {
  return FormatQuantity(static_cast<int64_t>(bytes), kMemoryUnits);
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Fold(x) == Fold(y); });
}

std::string_view NearestOf(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view nearest;
  size_t fewest = std::max<size_t>(2, word.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    const size_t edits = EditDistance(word, candidate);
    if (edits < fewest) {
      fewest = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace millrace
