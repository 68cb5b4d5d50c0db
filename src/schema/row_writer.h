// Writes the values of the two row formats, one after the other (docs/formats/rows.md).
#pragma once

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/endian.h"
#include "base/varint.h"
#include "schema/cell.h"
#include "schema/value_form.h"

namespace millrace::schema {

// The bytes at most that a value takes in either format, without those that its cell points to or
// its type's length demands.
inline constexpr size_t kValueHeadSizeMax = kVarint64SizeMax + kVarint32SizeMax;

inline bool HasBytes(ValueForm form) {
  return form == ValueForm::kChar || form == ValueForm::kBinary || HasIndexedLength(form);
}

// What a value of an INDEXED row takes beyond that.
inline size_t IndexedBytesSize(ColumnForm column, Cell cell) {
  return HasIndexedLength(column.form) ? cell.bytes().size() : static_cast<size_t>(column.length);
}

inline std::byte* StoreBytes(std::byte* to, Bytes bytes) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

template <class T>
std::byte* StoreNumber(std::byte* to, T value) {
  StoreLittle(to, value);
  return to + sizeof(T);
}

// What TakeFixed() takes.
inline std::byte* StoreFixed(std::byte* to, ValueForm form, Cell cell) {
  switch (form) {
    case ValueForm::kBoolean:
    case ValueForm::kInt8:
      return StoreNumber(to, static_cast<int8_t>(cell.number()));
    case ValueForm::kInt16:
      return StoreNumber(to, static_cast<int16_t>(cell.number()));
    case ValueForm::kInt32:
    case ValueForm::kFloat:
      return StoreNumber(to, static_cast<int32_t>(cell.number()));
    default:
      return StoreNumber(to, cell.number());
  }
}

// Writes a value and returns the address after it. There is room for kValueHeadSizeMax bytes, and
// those that the cell points to.
inline std::byte* StoreCompacted(std::byte* to, ColumnForm column, Cell cell) {
  switch (column.form) {
    case ValueForm::kInt32:
      return StoreVarint(to, static_cast<uint32_t>(cell.number()));
    case ValueForm::kInt64:
      return StoreVarint(to, static_cast<uint64_t>(cell.number()));
    case ValueForm::kTimestampNanos:
      to = StoreVarint(to, static_cast<uint64_t>(cell.timestamp_ms()));
      return StoreVarint(to, static_cast<uint32_t>(cell.timestamp_nanos()));
    case ValueForm::kChar:
    case ValueForm::kBinary:
    case ValueForm::kBytes:
    case ValueForm::kDecimal:
    case ValueForm::kNested:
      to = StoreVarint(to, cell.bytes().size());
      return StoreBytes(to, cell.bytes());
    default:
      return StoreFixed(to, column.form, cell);
  }
}

// The same in an INDEXED row, with room for kValueHeadSizeMax + IndexedBytesSize(). `lengths` is
// where the next length goes.
inline std::byte* StoreIndexed(std::byte* to, ColumnForm column, Cell cell, std::byte*& lengths) {
  switch (column.form) {
    case ValueForm::kTimestampNanos:
      to = StoreNumber(to, cell.timestamp_ms());
      return StoreNumber(to, cell.timestamp_nanos());
    case ValueForm::kChar:
    case ValueForm::kBinary: {
      auto length = static_cast<size_t>(column.length);
      Bytes bytes = cell.bytes().first(std::min(cell.bytes().size(), length));
      std::memset(StoreBytes(to, bytes), 0, length - bytes.size());
      return to + length;
    }
    case ValueForm::kBytes:
    case ValueForm::kDecimal:
    case ValueForm::kNested:
      lengths = StoreNumber(lengths, static_cast<uint32_t>(cell.bytes().size()));
      return StoreBytes(to, cell.bytes());
    default:
      return StoreFixed(to, column.form, cell);
  }
}

}  // namespace millrace::schema
