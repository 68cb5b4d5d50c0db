// Patterns of partition values such as "yyyy-MM-dd": for the .cc files of this folder only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/table_config.h"
#include "schema/time_zone.h"

namespace millrace::schema::internal {

class TimeFormat {
 public:
  // kInvalidTable, with what is wrong, unless the pattern is: the fields of the unit, from the year
  // down, each of its width (yyyy or uuuu, Q or q, MM or LL, dd, HH), with other characters between
  // them; letters and digits in 'quotes', '' being a quote itself.
  static Result<TimeFormat> Parse(std::string_view pattern, AutoPartitionUnit unit);

  // Of the table: its own pattern if it has a valid one, else the unit's.
  static TimeFormat Of(const AutoPartitionConfig& config);

  // The year is cut to 0000..9999.
  std::string Format(const CivilHour& time) const;

  // Whether the text could have been made by Format: numbers of the right width and range. Any day
  // up to 31 is taken in any month.
  bool Matches(std::string_view text) const;

  const std::string& pattern() const { return pattern_; }

 private:
  enum class Field : uint8_t { kLiteral, kYear, kQuarter, kMonth, kDay, kHour };
  struct Part {
    Field field = Field::kLiteral;
    std::string literal = {};
  };

  static size_t WidthOf(Field field);
  static Result<Field> FieldOf(std::string_view pattern, char letter, size_t width);
  void AddLiteral(char c);
  Result<void> CheckFields(AutoPartitionUnit unit) const;

  std::string pattern_;
  std::vector<Part> parts_;
};

}  // namespace millrace::schema::internal
