// The text forms of option values, as server.yaml and table properties write them. Each error says
// what the form should have been, e.g. `expected a duration such as "30 s"`; the caller adds the
// key.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

// "true" or "false", in any case.
Result<bool> ParseBool(std::string_view text);
Result<int64_t> ParseInt(std::string_view text);
Result<double> ParseDouble(std::string_view text);

// A whole number and a unit, with or without a space between: d, day, h, hour, m, min, minute, s,
// sec, second, ms, milli, millisecond, µs, micro, microsecond, ns, nano, nanosecond, and the long
// ones' plurals, in any case. Parts of a millisecond are dropped. A number without a unit is
// refused, as Fluss does.
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

// Bytes: a whole number and a unit b, k, m, g, t or kb, mb, gb, tb or bytes, kibibytes, ..., in
// powers of 1024 and in any case. A number without a unit is refused, as Fluss does.
Result<uint64_t> ParseMemorySize(std::string_view text);

// Items separated by commas, without the blanks around them; '…' or "…" keeps commas, and a doubled
// quote is one of them. Empty text is an empty list.
Result<std::vector<std::string>> ParseList(std::string_view text);

// A list of key:value, where the key ends at the first colon outside quotes. A later key wins.
Result<std::map<std::string, std::string>> ParseMap(std::string_view text);

// The shortest exact form with Fluss's units: "30 s", "16 mb".
std::string FormatDuration(std::chrono::milliseconds duration);
std::string FormatMemorySize(uint64_t bytes);

// Like the other by all but letter case, and with '-' for '_'.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// The candidate with the fewest edits from `word`; empty when none is near enough to be meant.
std::string_view NearestOf(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace millrace
