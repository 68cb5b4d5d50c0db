// One value of a row: what every row format and Arrow is read into and written from.
//
// A cell doesn't know its type; whoever has it has the column's DataType too. Text, bytes, large
// decimals and nested values are views of memory that the caller keeps alive.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace millrace::schema {

// 16 bytes, copied like an int.
class Cell {
 public:
  // NULL.
  Cell() = default;
  // BOOLEAN (0 or 1), TINYINT to BIGINT, DATE (days since 1970), TIME (milliseconds of the day),
  // DECIMAL of at most kCompactDecimalDigits (unscaled).
  static Cell Number(int64_t number) { return Cell(number, 0); }
  static Cell Float(float value) { return Cell(std::bit_cast<uint32_t>(value), 0); }
  static Cell Double(double value) { return Cell(std::bit_cast<int64_t>(value), 0); }
  // TIMESTAMP and TIMESTAMP_LTZ: milliseconds since 1970, and 0 to 999,999 ns on top.
  static Cell Timestamp(int64_t ms, int32_t nanos) {
    return Cell(ms, static_cast<uint32_t>(nanos));
  }
  // CHAR and STRING (UTF-8, unchecked), BINARY, BYTES, larger DECIMALs (unscaled, big-endian two's
  // complement, 1 to 16 bytes and no more than needed), and ARRAY, MAP, ROW in the binary form of
  // the row format in use (docs/formats/rows.md). CHAR and BINARY are not padded, and clients may
  // have written shorter or longer ones than the type says. At most 2 GiB.
  static Cell Of(Bytes bytes) {
    return Cell(std::bit_cast<int64_t>(bytes.data()), static_cast<uint32_t>(bytes.size()));
  }

  bool is_null() const { return null_; }
  int64_t number() const { return word_; }
  float float_value() const { return std::bit_cast<float>(static_cast<uint32_t>(word_)); }
  double double_value() const { return std::bit_cast<double>(word_); }
  int64_t timestamp_ms() const { return word_; }
  int32_t timestamp_nanos() const { return static_cast<int32_t>(extra_); }
  Bytes bytes() const { return {std::bit_cast<const std::byte*>(word_), extra_}; }

 private:
  Cell(int64_t word, uint32_t extra) : word_(word), extra_(extra), null_(false) {}

  int64_t word_ = 0;    // a number, or an address
  uint32_t extra_ = 0;  // nanoseconds, or a size
  bool null_ = true;
};
static_assert(sizeof(Cell) == 16);

// Decimals of up to so many digits are numbers, larger ones bytes.
inline constexpr int32_t kCompactDecimalDigits = 18;
// Timestamps of up to this precision have no nanoseconds in row formats.
inline constexpr int32_t kCompactTimestampPrecision = 3;

}  // namespace millrace::schema
