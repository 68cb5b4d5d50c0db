#include "schema/time_zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <algorithm>
#include <cctype>
#include <chrono>

namespace millrace::schema::internal {
namespace {

// Only the names of the database itself: the library would also open a path outside of it.
bool IsZoneName(std::string_view name) {
  auto is_allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '+' || c == '-' ||
           c == '/';
  };
  return !name.empty() && name.size() <= 64 && name.front() != '/' && name != "localtime" &&
         std::ranges::all_of(name, is_allowed);
}

std::optional<int> Digits(std::string_view text, size_t min, size_t max) {
  if (text.size() < min || text.size() > max) return std::nullopt;
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// GMT+8, GMT+08, GMT+0830, GMT+08:30: hours and minutes east of Greenwich. As Java has it; the
// database's Etc/GMT+8 counts the other way.
std::optional<cctz::time_zone> OffsetZone(std::string_view name) {
  if (name.size() < 5 || !name.starts_with("GMT") || (name[3] != '+' && name[3] != '-')) {
    return std::nullopt;
  }
  std::string_view text = name.substr(4);
  size_t colon = text.find(':');
  std::optional<int> hours;
  std::optional<int> minutes = 0;
  if (colon != std::string_view::npos) {
    hours = Digits(text.substr(0, colon), 1, 2);
    minutes = Digits(text.substr(colon + 1), 2, 2);
  } else if (text.size() > 2) {
    hours = Digits(text.substr(0, text.size() - 2), 1, 2);
    minutes = Digits(text.substr(text.size() - 2), 2, 2);
  } else {
    hours = Digits(text, 1, 2);
  }
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  std::chrono::seconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return cctz::fixed_time_zone(name[3] == '-' ? -offset : offset);
}

std::optional<cctz::time_zone> FindZone(std::string_view name) {
  if (std::optional<cctz::time_zone> zone = OffsetZone(name)) return zone;
  cctz::time_zone zone;
  if (!IsZoneName(name) || !cctz::load_time_zone(std::string(name), &zone)) return std::nullopt;
  return zone;
}

// The same day `months` later, or the last one of a shorter month.
cctz::civil_day AddMonths(cctz::civil_second from, int64_t months) {
  cctz::civil_month month = cctz::civil_month(from) + months;
  cctz::civil_day last = cctz::civil_day(month + 1) - 1;
  return std::min(cctz::civil_day(month) + (from.day() - 1), last);
}

CivilHour FieldsOf(cctz::civil_hour time) {
  return {.year = time.year(), .month = time.month(), .day = time.day(), .hour = time.hour()};
}

}  // namespace

bool IsKnownZone(std::string_view name) {
  return FindZone(name).has_value();
}

CivilHour CivilAfter(TimestampMs now, int64_t offset, AutoPartitionUnit unit,
                     const std::optional<std::string>& name) {
  cctz::time_zone zone =
      name ? FindZone(*name).value_or(cctz::utc_time_zone()) : cctz::local_time_zone();
  auto since_epoch = std::chrono::floor<std::chrono::seconds>(
      std::chrono::duration<int64_t, std::milli>(now.value));
  cctz::time_point<cctz::seconds> instant{since_epoch};
  // An hour is one of real time, also where the clocks are changed.
  if (unit == AutoPartitionUnit::kHour) instant += std::chrono::hours(offset);
  cctz::civil_second local = cctz::convert(instant, zone);
  switch (unit) {
    case AutoPartitionUnit::kYear:
      return FieldsOf(cctz::civil_hour(AddMonths(local, offset * 12)));
    case AutoPartitionUnit::kQuarter:
      return FieldsOf(cctz::civil_hour(AddMonths(local, offset * 3)));
    case AutoPartitionUnit::kMonth:
      return FieldsOf(cctz::civil_hour(AddMonths(local, offset)));
    case AutoPartitionUnit::kDay:
      return FieldsOf(cctz::civil_hour(cctz::civil_day(local) + offset));
    case AutoPartitionUnit::kHour:
      return FieldsOf(cctz::civil_hour(local));
  }
  return FieldsOf(cctz::civil_hour(local));
}

}  // namespace millrace::schema::internal
