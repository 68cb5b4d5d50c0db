// Reads the values of the two row formats, one after the other: what RowCodec::Decode(), keys and
// CheckNested() are made of (docs/formats/rows.md).
#pragma once

#include "base/bytes.h"
#include "base/endian.h"
#include "base/result.h"
#include "base/varint.h"
#include "schema/cell.h"
#include "schema/nested_value.h"
#include "schema/value_form.h"

namespace millrace::schema {

// Takes values off the front of some bytes.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  size_t left() const { return static_cast<size_t>(end_ - at_); }

  // False, and nothing was done, if there are not so many bytes left.
  bool Take(size_t size, Bytes& bytes) {
    if (left() < size) [[unlikely]]
      return false;
    bytes = {at_, size};
    at_ += size;
    return true;
  }
  template <class T>
  bool Take(T& value) {
    if (left() < sizeof(T)) [[unlikely]]
      return false;
    value = LoadLittle<T>(at_);
    at_ += sizeof(T);
    return true;
  }
  template <class T>
  bool TakeVarint(T& value) {
    const std::byte* after = LoadVarint(at_, end_, value);
    if (!after) [[unlikely]]
      return false;
    at_ = after;
    return true;
  }

  // The forms that all formats store alike; false also for the others.
  bool TakeFixed(ValueForm form, Cell& cell) {
    switch (form) {
      case ValueForm::kBoolean: {
        uint8_t value;
        if (!Take(value)) return false;
        cell = Cell::Number(value != 0);
        return true;
      }
      case ValueForm::kInt8:
        return TakeNumber<int8_t>(cell);
      case ValueForm::kInt16:
        return TakeNumber<int16_t>(cell);
      case ValueForm::kInt32:
        return TakeNumber<int32_t>(cell);
      case ValueForm::kInt64:
      case ValueForm::kDouble:
        return TakeNumber<int64_t>(cell);
      case ValueForm::kFloat:
        return TakeNumber<uint32_t>(cell);
      default:
        return false;
    }
  }

 private:
  template <class T>
  bool TakeNumber(Cell& cell) {
    T value;
    if (!Take(value)) return false;
    cell = Cell::Number(value);
    return true;
  }

  const std::byte* at_;
  const std::byte* end_;
};

inline bool TakeTimestamp(int64_t ms, uint32_t nanos, Cell& cell) {
  if (nanos >= static_cast<uint32_t>(kNanosPerMs)) return false;
  cell = Cell::Timestamp(ms, static_cast<int32_t>(nanos));
  return true;
}

inline bool TakeDecimal(Bytes bytes, Cell& cell) {
  bytes = TrimDecimal(bytes);
  cell = Cell::Of(bytes);
  return !bytes.empty();
}

// Values of COMPACTED rows, and of keys, which are such rows without null bits.
class CompactedReader {
 public:
  explicit CompactedReader(Bytes bytes) : rest_(bytes) {}

  // Takes what is in front of the values.
  bool TakeHead(size_t columns, size_t /*with_length*/, Bytes& null_bits) {
    return rest_.Take(NullBitsSize(columns), null_bits);
  }
  // Takes a value; false if it is none. Nested values are not looked into.
  bool Take(ColumnForm column, Cell& cell) {
    switch (column.form) {
      case ValueForm::kInt32: {
        uint32_t value;
        if (!rest_.TakeVarint(value)) return false;
        cell = Cell::Number(static_cast<int32_t>(value));
        return true;
      }
      case ValueForm::kInt64: {
        uint64_t value;
        if (!rest_.TakeVarint(value)) return false;
        cell = Cell::Number(static_cast<int64_t>(value));
        return true;
      }
      case ValueForm::kChar:
      case ValueForm::kBinary:
      case ValueForm::kBytes:
      case ValueForm::kNested: {
        Bytes bytes;
        if (!TakeBytes(bytes)) return false;
        cell = Cell::Of(bytes);
        return true;
      }
      case ValueForm::kDecimal: {
        Bytes bytes;
        return TakeBytes(bytes) && TakeDecimal(bytes, cell);
      }
      case ValueForm::kTimestampNanos: {
        uint64_t ms;
        uint32_t nanos;
        return rest_.TakeVarint(ms) && rest_.TakeVarint(nanos) &&
               TakeTimestamp(static_cast<int64_t>(ms), nanos, cell);
      }
      default:
        return rest_.TakeFixed(column.form, cell);
    }
  }
  size_t left() const { return rest_.left(); }

 private:
  bool TakeBytes(Bytes& bytes) {
    uint32_t size;
    return rest_.TakeVarint(size) && rest_.Take(size, bytes);
  }

  ByteReader rest_;
};

// Values of INDEXED rows.
class IndexedReader {
 public:
  explicit IndexedReader(Bytes bytes) : lengths_(Bytes()), rest_(bytes) {}

  // `with_length`: how many columns have lengths in front.
  bool TakeHead(size_t columns, size_t with_length, Bytes& null_bits) {
    Bytes lengths;
    if (!rest_.Take(NullBitsSize(columns), null_bits)) return false;
    if (!rest_.Take(with_length * sizeof(uint32_t), lengths)) return false;
    lengths_ = ByteReader(lengths);
    return true;
  }
  bool Take(ColumnForm column, Cell& cell) {
    switch (column.form) {
      case ValueForm::kChar: {
        Bytes bytes;
        if (!rest_.Take(static_cast<size_t>(column.length), bytes)) return false;
        while (!bytes.empty() && bytes.back() == std::byte{0})
          bytes = bytes.first(bytes.size() - 1);
        cell = Cell::Of(bytes);
        return true;
      }
      case ValueForm::kBinary: {
        Bytes bytes;
        if (!rest_.Take(static_cast<size_t>(column.length), bytes)) return false;
        cell = Cell::Of(bytes);
        return true;
      }
      case ValueForm::kBytes:
      case ValueForm::kNested: {
        Bytes bytes;
        if (!TakeBytes(bytes)) return false;
        cell = Cell::Of(bytes);
        return true;
      }
      case ValueForm::kDecimal: {
        Bytes bytes;
        return TakeBytes(bytes) && TakeDecimal(bytes, cell);
      }
      case ValueForm::kTimestampNanos: {
        int64_t ms;
        uint32_t nanos;
        return rest_.Take(ms) && rest_.Take(nanos) && TakeTimestamp(ms, nanos, cell);
      }
      default:
        return rest_.TakeFixed(column.form, cell);
    }
  }
  size_t left() const { return rest_.left(); }

 private:
  bool TakeBytes(Bytes& bytes) {
    uint32_t size;
    return lengths_.Take(size) && rest_.Take(size, bytes);
  }

  ByteReader lengths_;
  ByteReader rest_;
};

// What is wrong with a row, in words. kCorruptRecord.
Error RowCutShort(size_t size);
Error RowTooLong(size_t left);
Error ColumnIsNull(size_t column, const DataType& type);
Error ColumnIsBad(size_t column, const DataType& type);
Error InColumn(size_t column, const Error& nested);

// Reads a row of the format of `Reader`. `columns` has count(), with_length() (HasIndexedLength),
// and for each form(i), type(i) and the cell(i) to read it into.
template <class Reader, class Columns>
Result<void> ReadRow(KvFormat format, Bytes row, Columns columns) {
  Reader reader(row);
  Bytes null_bits;
  size_t count = columns.count();
  if (!reader.TakeHead(count, columns.with_length(), null_bits)) [[unlikely]]
    return RowCutShort(row.size());
  for (size_t i = 0; i < count; i++) {
    ColumnForm form = columns.form(i);
    if (NullBit(null_bits.data(), i)) {
      if (!form.nullable) [[unlikely]]
        return ColumnIsNull(i, columns.type(i));
      columns.cell(i) = Cell();
      continue;
    }
    if (!reader.Take(form, columns.cell(i))) [[unlikely]]
      return ColumnIsBad(i, columns.type(i));
    if (form.form != ValueForm::kNested) continue;
    auto checked = CheckNested(format, columns.type(i), columns.cell(i).bytes());
    if (!checked) return InColumn(i, checked.error());
  }
  if (reader.left() != 0) [[unlikely]]
    return RowTooLong(reader.left());
  return {};
}

}  // namespace millrace::schema
