// Rows of one schema in one of the row formats, COMPACTED or INDEXED, to cells and back
// (docs/formats/rows.md).
//
// Immutable after construction: any shard.
#pragma once

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

class RowCodec {
 public:
  // The types of the row's columns, in order.
  RowCodec(KvFormat format, std::vector<DataType> types);

  KvFormat format() const { return format_; }
  size_t column_count() const { return types_.size(); }
  const std::vector<DataType>& types() const { return types_; }

  // Reads `row` into the first column_count() of `cells`, which point into it where they are views.
  // Checks everything that a reader relies on: that all lengths fit, nothing is left over, columns
  // that are NOT NULL have values, and nested values are well-formed in all depth. Text is not
  // checked to be UTF-8. The error (kCorruptRecord) says what is wrong with which column, counted
  // from 0; cells are in any state then. Allocates nothing for a row that is good.
  Result<void> Decode(Bytes row, std::span<Cell> cells) const;

  // Appends the row to `to`, which the first column_count() of `cells` don't point into. They must
  // fit the types; nested ones are in the binary form of this format. INDEXED rows cut CHAR and
  // BINARY to their length in bytes.
  void Encode(std::span<const Cell> cells, std::string& to) const;

 private:
  void EncodeCompacted(const Cell* cells, std::string& to) const;
  void EncodeIndexed(const Cell* cells, std::string& to) const;

  KvFormat format_;
  std::vector<DataType> types_;
  std::vector<ColumnForm> forms_;  // of the types
  size_t with_length_ = 0;         // columns that have lengths in front of INDEXED rows
  size_t size_max_ = 0;            // of a row without the bytes that cells point to
};

}  // namespace millrace::schema
