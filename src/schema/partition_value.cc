#include "schema/partition_value.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

namespace millrace::schema {
namespace {

template <class T>
std::optional<T> Number(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> Integer(std::string_view text, int64_t least, int64_t most) {
  auto value = Number<int64_t>(text);
  if (!value || *value < least || *value > most) return std::nullopt;
  return value;
}

// 1_0E10 for 1.0E10.
template <class T>
std::optional<T> Floating(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<T>::quiet_NaN();
  if (text == "Inf") return std::numeric_limits<T>::infinity();
  if (text == "-Inf") return -std::numeric_limits<T>::infinity();
  std::string plain(text);
  for (char& c : plain) c = c == '_' ? '.' : c;
  return Number<T>(plain);
}

std::optional<std::string> Hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    uint8_t byte = 0;
    auto [end, error] = std::from_chars(&text[i], &text[i] + 2, byte, 16);
    if (error != std::errc() || end != &text[i] + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

// Numbers of fixed width with these separators in front of all but the first, e.g. "4-2-2".
template <size_t kCount>
std::optional<std::array<int, kCount>> Fields(std::string_view text,
                                              const std::array<size_t, kCount>& widths) {
  std::array<int, kCount> fields;
  for (size_t i = 0; i < kCount; i++) {
    if (i > 0) {
      if (text.empty() || text.front() != '-') return std::nullopt;
      text.remove_prefix(1);
    }
    if (text.size() < widths[i]) return std::nullopt;
    auto value = Number<int>(text.substr(0, widths[i]));
    if (!value || *value < 0) return std::nullopt;
    fields[i] = *value;
    text.remove_prefix(widths[i]);
  }
  if (!text.empty()) return std::nullopt;
  return fields;
}

std::optional<int64_t> Days(int year, int month, int day) {
  std::chrono::year_month_day date = {std::chrono::year(year), std::chrono::month(month),
                                      std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// Digits behind '_' as nanoseconds: none, or up to nine.
std::optional<int64_t> Fraction(std::string_view text) {
  if (text.size() > 9) return std::nullopt;
  std::string digits(text);
  digits.resize(9, '0');
  auto nanos = Number<int64_t>(digits);
  if (!nanos || *nanos < 0) return std::nullopt;
  return nanos;
}

std::optional<Cell> Date(std::string_view text) {
  auto fields = Fields<3>(text, {4, 2, 2});
  if (!fields) return std::nullopt;
  auto days = Days((*fields)[0], (*fields)[1], (*fields)[2]);
  if (!days) return std::nullopt;
  return Cell::Number(*days);
}

std::optional<Cell> Time(std::string_view text) {
  size_t mark = text.find('_');
  auto fields = Fields<3>(text.substr(0, mark), {2, 2, 2});
  auto ms = mark == std::string_view::npos ? 0 : Integer(text.substr(mark + 1), 0, 999);
  if (!fields || !ms) return std::nullopt;
  auto [hour, minute, second] = *fields;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return Cell::Number(((hour * 60 + minute) * 60 + second) * int64_t{1000} + *ms);
}

std::optional<Cell> Timestamp(std::string_view text) {
  size_t mark = text.find('_');
  auto fields = Fields<6>(text.substr(0, mark), {4, 2, 2, 2, 2, 2});
  auto nanos = mark == std::string_view::npos ? 0 : Fraction(text.substr(mark + 1));
  if (!fields || !nanos) return std::nullopt;
  auto [year, month, day, hour, minute, second] = *fields;
  auto days = Days(year, month, day);
  if (!days || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  int64_t seconds = ((*days * 24 + hour) * 60 + minute) * 60 + second;
  return Cell::Timestamp(seconds * 1000 + *nanos / 1'000'000,
                         static_cast<int32_t>(*nanos % 1'000'000));
}

template <class T>
std::optional<Cell> IntegerCell(std::string_view text) {
  auto value = Integer(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  if (!value) return std::nullopt;
  return Cell::Number(*value);
}

std::optional<Cell> Parse(const DataType& type, std::string_view text, std::string& bytes) {
  switch (type.root) {
    case TypeRoot::kChar:
    case TypeRoot::kString:
      return Cell::Of(AsBytes(text));
    case TypeRoot::kBoolean:
      if (text != "true" && text != "false") return std::nullopt;
      return Cell::Number(text == "true" ? 1 : 0);
    case TypeRoot::kTinyInt:
      return IntegerCell<int8_t>(text);
    case TypeRoot::kSmallInt:
      return IntegerCell<int16_t>(text);
    case TypeRoot::kInteger:
      return IntegerCell<int32_t>(text);
    case TypeRoot::kBigInt:
      return IntegerCell<int64_t>(text);
    case TypeRoot::kFloat:
      if (auto value = Floating<float>(text)) return Cell::Float(*value);
      return std::nullopt;
    case TypeRoot::kDouble:
      if (auto value = Floating<double>(text)) return Cell::Double(*value);
      return std::nullopt;
    case TypeRoot::kBinary:
    case TypeRoot::kBytes: {
      auto raw = Hex(text);
      if (!raw) return std::nullopt;
      bytes = *std::move(raw);
      return Cell::Of(AsBytes(bytes));
    }
    case TypeRoot::kDate:
      return Date(text);
    case TypeRoot::kTime:
      return Time(text);
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      return Timestamp(text);
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<Cell> ParsePartitionValue(const DataType& type, std::string_view text, std::string& bytes) {
  if (auto cell = Parse(type, text, bytes)) return *cell;
  return Error{ErrorCode::kPartitionSpecInvalid,
               fmt::format("'{}' is no partition value of type {}", text, type.ToString())};
}

}  // namespace millrace::schema
