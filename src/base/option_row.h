// A row of the option table: what can be configured under one key, and how its text is read.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

enum class OptionType { kBool, kInt, kDouble, kString, kDuration, kMemorySize, kEnum, kList, kMap };

// What setting the option does: all it says, nothing yet, or nothing ever (it configures the Java
// server).
enum class OptionUse { kUsed, kNotYet, kNever };

struct OptionRow {
  // A key that ends in ".*" takes every key with that prefix; its value is the map of what follows
  // it.
  std::string_view key;
  OptionType type = OptionType::kString;
  // As server.yaml would write it. Empty: unset, which for kString, kList and kMap reads as empty.
  std::string_view default_value;
  // What it does, for people, as one line of Markdown without the default, bounds and choices.
  std::string_view text;
  // The values of a kEnum.
  std::span<const std::string_view> choices = {};
  // Bounds of a number, of milliseconds and of bytes, both inclusive.
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  // May be changed while the server runs.
  bool reloadable = false;
  // Never shown: DESCRIBE_CLUSTER_CONFIGS prints stars.
  bool secret = false;
  OptionUse use = OptionUse::kUsed;
};

using OptionRows = std::vector<const OptionRow*>;

// Adds pointers to the rows, which must outlive the result.
void AddRows(OptionRows& rows, std::span<const OptionRow> more);

// Whether the key ends in ".*", and what comes before the star: "datalake." of "datalake.*".
bool IsPrefixRow(const OptionRow& row);
std::string_view PrefixOf(const OptionRow& row);

// Whether the value of this key must not be shown: its row says so, or its name does ("password",
// ...).
bool IsSecret(const OptionRow& row, std::string_view key);
inline constexpr std::string_view kHiddenValue = "******";

// What a row's text was read as. Which member counts is told by the row's type.
struct OptionValue {
  int64_t number = 0;  // a bool, an int, the bits of a double, milliseconds or bytes
  std::string text;    // of kString, and of kEnum in its row's spelling
  std::vector<std::string> list;
  std::map<std::string, std::string> map;
};

// Reads a value for a key that the row takes. Fails with kConfig, naming key, value and expected
// form.
Result<OptionValue> ParseOption(const OptionRow& row, std::string_view key, std::string_view text);

// A Markdown table of the rows: key, type, default, and the text with bounds, choices and whether
// it may be changed while running or has no effect.
std::string OptionsAsMarkdown(std::span<const OptionRow* const> rows);

}  // namespace millrace
