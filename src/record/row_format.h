// The row formats of a table: of its log's records, and of the nested values in cells.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "schema/cell.h"
#include "schema/data_type.h"
#include "schema/schema.h"
#include "schema/table_config.h"

namespace millrace::record {

std::vector<schema::DataType> TypesOf(const schema::Schema& schema);

// Of the records that are rows: in INDEXED and COMPACTED logs.
inline schema::KvFormat RowFormatOf(schema::LogFormat log_format) {
  return log_format == schema::LogFormat::kIndexed ? schema::KvFormat::kIndexed
                                                   : schema::KvFormat::kCompacted;
}

// Whether values of `type` differ between the formats: only those with a ROW in them do.
bool DependsOnRowFormat(const schema::DataType& type);

// Converts the nested cells of rows in place: for tables whose log and KV format differ. Allocates.
class NestedConverter {
 public:
  // Does nothing where the formats are the same.
  NestedConverter(schema::KvFormat from, schema::KvFormat to,
                  const std::vector<schema::DataType>& types);

  bool needed() const { return !columns_.empty(); }
  // The cells are valid until the next call.
  void Convert(std::span<schema::Cell> cells);

 private:
  struct Column {
    size_t position;
    schema::DataType type;
    std::string converted;
  };
  schema::KvFormat from_;
  schema::KvFormat to_;
  std::vector<Column> columns_;
};

}  // namespace millrace::record
