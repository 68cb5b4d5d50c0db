// Reads the rows of an Arrow record batch message as cells, whoever wrote it
// (docs/formats/log-batch.md).
//
// One for a list of columns. Keeps its memory from message to message, so that a row allocates
// nothing. Single-threaded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "record/arrow_kind.h"
#include "record/growing_buffer.h"
#include "record/log_batch.h"
#include "schema/cell.h"
#include "schema/row_codec.h"
#include "schema/schema.h"

namespace millrace::record {

class ArrowSource;

class ArrowColumnsReader {
 public:
  // Nested cells will be in the binary form of `nested_format`.
  ArrowColumnsReader(const schema::Schema& schema, schema::KvFormat nested_format);
  ArrowColumnsReader(const ArrowColumnsReader&) = delete;

  // Begins with the message of a batch, whose bytes must stay. Checks that nodes and buffers are
  // those of the columns and fit the batch's record count and each other, and decompresses. At most
  // 2 GiB of buffers. kCorruptRecord.
  Result<void> Open(const LogBatch& batch);
  // Reads a row, below the record count, into a cell per column, which are valid until the next
  // call. kCorruptRecord for values that are out of their type's range, and NULL where there can be
  // none.
  Result<void> Read(size_t row, std::span<schema::Cell> cells);

 private:
  // A field node: a column, or what is nested in one.
  struct Column {
    Column(const schema::DataType& type, schema::KvFormat nested_format);
    // The struct of a map's entries.
    Column(Column key, Column value);

    ArrowKind kind;
    bool nullable;
    bool makes_bytes;                     // its cells are views of `made`
    uint32_t width;                       // ArrowWidth()
    const std::byte* validity = nullptr;  // null: no row is NULL
    const std::byte* offsets = nullptr;
    Bytes values = {};  // or text
    size_t rows = 0;

    std::vector<Column> children = {};
    // Of nested kinds.
    const schema::DataType* type = nullptr;
    std::optional<schema::RowCodec> row_codec = std::nullopt;
    std::vector<schema::Cell> fields = {};

    std::string made = {};
    std::vector<schema::Cell> elements = {};  // as the parent gathers them for one of its values
  };
  static Result<void> Bind(Column& column, size_t rows_min, size_t rows_max, ArrowSource& source);
  static Result<void> BindOffsets(Column& column, ArrowSource& source);
  static Result<void> BindBuffers(Column& column, ArrowSource& source);

  schema::Cell ReadCell(Column& column, size_t row);
  schema::Cell ReadDecimal(const std::byte* value);
  schema::Cell ReadLargeDecimal(Column& column, const std::byte* value);
  schema::Cell ReadTime(int64_t ms);
  schema::Cell ReadNested(Column& column, size_t row);
  size_t ReadElements(Column& column, size_t begin, size_t end);
  size_t ReadFields(Column& column, size_t row);
  schema::Cell Problem(const char* what);

  std::vector<std::string> names_;
  std::vector<schema::DataType> types_;
  std::vector<Column> columns_;
  uint32_t node_count_ = 0;
  uint32_t buffer_count_ = 0;
  GrowingBuffer decompressed_;
  const char* problem_ = nullptr;  // with the value that was read last
};

}  // namespace millrace::record
