// How values of a type are stored, as far as row formats, keys and arrays agree on it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "schema/cell.h"
#include "schema/data_type.h"

namespace millrace::schema {

enum class ValueForm : uint8_t {
  kBoolean,
  kInt8,
  kInt16,
  kInt32,  // also DATE and TIME
  kInt64,  // also DECIMALs of few digits, and timestamps of milliseconds
  kFloat,
  kDouble,
  kChar,            // text with a length in its type
  kBinary,          // bytes with a length in its type
  kBytes,           // bytes and text of any length
  kDecimal,         // of many digits: big-endian bytes
  kTimestampNanos,  // milliseconds and nanoseconds
  kNested,          // array, map or row
};

inline ValueForm FormOf(const DataType& type) {
  switch (type.root) {
    case TypeRoot::kBoolean:
      return ValueForm::kBoolean;
    case TypeRoot::kTinyInt:
      return ValueForm::kInt8;
    case TypeRoot::kSmallInt:
      return ValueForm::kInt16;
    case TypeRoot::kInteger:
    case TypeRoot::kDate:
    case TypeRoot::kTime:
      return ValueForm::kInt32;
    case TypeRoot::kBigInt:
      return ValueForm::kInt64;
    case TypeRoot::kFloat:
      return ValueForm::kFloat;
    case TypeRoot::kDouble:
      return ValueForm::kDouble;
    case TypeRoot::kChar:
      return ValueForm::kChar;
    case TypeRoot::kBinary:
      return ValueForm::kBinary;
    case TypeRoot::kString:
    case TypeRoot::kBytes:
      return ValueForm::kBytes;
    case TypeRoot::kDecimal:
      return type.precision <= kCompactDecimalDigits ? ValueForm::kInt64 : ValueForm::kDecimal;
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      return type.precision <= kCompactTimestampPrecision ? ValueForm::kInt64
                                                          : ValueForm::kTimestampNanos;
    case TypeRoot::kArray:
    case TypeRoot::kMap:
    case TypeRoot::kRow:
      break;
  }
  return ValueForm::kNested;
}

// What the row formats need to know of a column.
struct ColumnForm {
  ValueForm form;
  bool nullable;
  int32_t length;  // of kChar and kBinary

  static ColumnForm Of(const DataType& type) { return {FormOf(type), type.nullable, type.length}; }
};

inline size_t NullBitsSize(size_t columns) {
  return (columns + 7) / 8;
}
inline bool NullBit(const std::byte* bits, size_t column) {
  return ((static_cast<uint8_t>(bits[column / 8]) >> (column % 8)) & 1) != 0;
}
inline void SetNullBit(std::byte* bits, size_t column) {
  bits[column / 8] |= static_cast<std::byte>(1 << (column % 8));
}

// Whether INDEXED rows have the value's length in front.
inline bool HasIndexedLength(ValueForm form) {
  return form == ValueForm::kBytes || form == ValueForm::kDecimal || form == ValueForm::kNested;
}

inline constexpr int32_t kNanosPerMs = 1'000'000;

// The shortest form of a decimal's big-endian bytes, which is what cells have; empty if there are
// none, or more than any decimal has.
inline Bytes TrimDecimal(Bytes bytes) {
  constexpr size_t kDecimalSizeMax = 16;
  while (bytes.size() > 1) {
    auto sign = static_cast<int8_t>(bytes[0]);
    if (sign != (static_cast<int8_t>(bytes[1]) >> 7)) break;
    bytes = bytes.subspan(1);
  }
  return bytes.size() > kDecimalSizeMax ? Bytes() : bytes;
}

}  // namespace millrace::schema
