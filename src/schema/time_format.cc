#include "schema/time_format.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace millrace::schema::internal {
namespace {

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Error Invalid(std::string_view pattern, std::string what) {
  return {ErrorCode::kInvalidTable, "time format '" + std::string(pattern) + "': " + what};
}

std::string_view DefaultPattern(AutoPartitionUnit unit) {
  switch (unit) {
    case AutoPartitionUnit::kYear:
      return "yyyy";
    case AutoPartitionUnit::kQuarter:
      return "yyyyQ";
    case AutoPartitionUnit::kMonth:
      return "yyyyMM";
    case AutoPartitionUnit::kDay:
      return "yyyyMMdd";
    case AutoPartitionUnit::kHour:
      return "yyyyMMddHH";
  }
  return "";
}

}  // namespace

size_t TimeFormat::WidthOf(Field field) {
  switch (field) {
    case Field::kYear:
      return 4;
    case Field::kQuarter:
      return 1;
    case Field::kMonth:
    case Field::kDay:
    case Field::kHour:
      return 2;
    case Field::kLiteral:
      return 0;
  }
  return 0;
}

Result<TimeFormat::Field> TimeFormat::FieldOf(std::string_view pattern, char letter, size_t width) {
  Field field = Field::kLiteral;
  switch (letter) {
    case 'y':
    case 'u':
      field = Field::kYear;
      break;
    case 'Q':
    case 'q':
      field = Field::kQuarter;
      break;
    case 'M':
    case 'L':
      field = Field::kMonth;
      break;
    case 'd':
      field = Field::kDay;
      break;
    case 'H':
      field = Field::kHour;
      break;
    default:
      return Invalid(pattern, std::string("'") + letter + "' is no field of a partition's time");
  }
  if (width != WidthOf(field)) {
    return Invalid(pattern, std::string("'") + letter + "' must come " +
                                std::to_string(WidthOf(field)) + " times in a row, not " +
                                std::to_string(width));
  }
  return field;
}

void TimeFormat::AddLiteral(char c) {
  if (parts_.empty() || parts_.back().field != Field::kLiteral) parts_.push_back({});
  parts_.back().literal += c;
}

Result<void> TimeFormat::CheckFields(AutoPartitionUnit unit) const {
  std::vector<Field> expected = {Field::kYear};
  if (unit == AutoPartitionUnit::kQuarter) expected.push_back(Field::kQuarter);
  if (unit >= AutoPartitionUnit::kMonth) expected.push_back(Field::kMonth);
  if (unit >= AutoPartitionUnit::kDay) expected.push_back(Field::kDay);
  if (unit >= AutoPartitionUnit::kHour) expected.push_back(Field::kHour);
  std::vector<Field> found;
  for (const Part& part : parts_) {
    if (part.field != Field::kLiteral) found.push_back(part.field);
  }
  if (found == expected) return {};
  return Invalid(pattern_, "for time unit " + std::string(Name(unit)) +
                               " it must have just the fields of " +
                               std::string(DefaultPattern(unit)) + ", in this order");
}

Result<TimeFormat> TimeFormat::Parse(std::string_view pattern, AutoPartitionUnit unit) {
  TimeFormat format;
  format.pattern_ = pattern;
  bool in_quotes = false;
  for (size_t i = 0; i < pattern.size();) {
    char c = pattern[i];
    if (c == '\'' && pattern.substr(i + 1).starts_with('\'')) {
      format.AddLiteral(c);
      i += 2;
    } else if (c == '\'') {
      in_quotes = !in_quotes;
      ++i;
    } else if (in_quotes || !IsLetter(c)) {
      if (!in_quotes && std::string_view("[]{}#").find(c) != std::string_view::npos) {
        return Invalid(pattern, std::string("'") + c + "' is not allowed");
      }
      format.AddLiteral(c);
      ++i;
    } else {
      size_t end = std::min(pattern.find_first_not_of(c, i), pattern.size());
      TRY_ASSIGN(Field field, FieldOf(pattern, c, end - i));
      format.parts_.push_back({.field = field});
      i = end;
    }
  }
  if (in_quotes) return Invalid(pattern, "a quote is not closed");
  TRY(format.CheckFields(unit));
  return format;
}

TimeFormat TimeFormat::Of(const AutoPartitionConfig& config) {
  if (config.time_format) {
    Result<TimeFormat> own = Parse(*config.time_format, config.unit);
    if (own) return *std::move(own);
  }
  Result<TimeFormat> format = Parse(DefaultPattern(config.unit), config.unit);
  MILLRACE_CHECK(format.has_value(), "default time formats are valid");
  return *std::move(format);
}

std::string TimeFormat::Format(const CivilHour& time) const {
  std::string text;
  for (const Part& part : parts_) {
    int64_t value = 0;
    switch (part.field) {
      case Field::kLiteral:
        text += part.literal;
        continue;
      case Field::kYear:
        value = std::clamp<int64_t>(time.year, 0, 9999);
        break;
      case Field::kQuarter:
        value = (time.month - 1) / 3 + 1;
        break;
      case Field::kMonth:
        value = time.month;
        break;
      case Field::kDay:
        value = time.day;
        break;
      case Field::kHour:
        value = time.hour;
        break;
    }
    std::string digits = std::to_string(value);
    text.append(WidthOf(part.field) - digits.size(), '0');
    text += digits;
  }
  return text;
}

bool TimeFormat::Matches(std::string_view text) const {
  for (const Part& part : parts_) {
    if (part.field == Field::kLiteral) {
      if (!text.starts_with(part.literal)) return false;
      text.remove_prefix(part.literal.size());
      continue;
    }
    size_t width = WidthOf(part.field);
    if (text.size() < width) return false;
    int value = 0;
    for (char c : text.substr(0, width)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    text.remove_prefix(width);
    bool in_range = part.field == Field::kYear      ? value >= 1
                    : part.field == Field::kQuarter ? value >= 1 && value <= 4
                    : part.field == Field::kMonth   ? value >= 1 && value <= 12
                    : part.field == Field::kDay     ? value >= 1 && value <= 31
                                                    : value <= 23;
    if (!in_range) return false;
  }
  return text.empty();
}

}  // namespace millrace::schema::internal
