// Arrays, maps and rows inside of rows: their elements as cells, and their binary form from cells
// (docs/formats/rows.md).
//
// A nested value is the bytes() of a cell. Nested rows are read and written by a RowCodec of
// NestedRowTypes(). Any shard.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "schema/cell.h"
#include "schema/data_type.h"
#include "schema/table_config.h"
#include "schema/value_form.h"

namespace millrace::schema {

// The elements of an array. A view of its bytes.
class ArrayView {
 public:
  // `array` is well-formed: RowCodec::Decode() has given it, or CheckNested() agreed. `element` is
  // the type of its elements.
  ArrayView(Bytes array, const DataType& element);

  int32_t size() const { return size_; }
  // Element `position`, from 0 to size() - 1: a view of the array's bytes, in binary form again if
  // it is nested. NULL is to be expected whatever the type says: writers store it without a look.
  Cell operator[](int32_t position) const;

 private:
  Bytes array_;
  int32_t size_;
  ValueForm form_;
};

// The entries of a map of this MAP type, well-formed as above: as many keys as values.
struct MapView {
  MapView(Bytes map, const DataType& type);

  ArrayView keys;
  ArrayView values;
};

// The types of a ROW's fields, in order, as RowCodec takes them.
std::vector<DataType> NestedRowTypes(const DataType& row);

// Appends the binary form of an array of these elements to `to`, which they don't point into.
// `element` is the array's element type; nested elements are in binary form already. Allocates
// nothing but what `to` grows by.
void EncodeArray(const DataType& element, std::span<const Cell> elements, std::string& to);

// The same for a map of this MAP type, with as many keys as values.
void EncodeMap(const DataType& type, std::span<const Cell> keys, std::span<const Cell> values,
               std::string& to);

// Whether `value` is a well-formed ARRAY, MAP or ROW of this type in all depth, with its nested
// rows in this format. kCorruptRecord says what is wrong.
Result<void> CheckNested(KvFormat format, const DataType& type, Bytes value);

}  // namespace millrace::schema
