// Gathers rows of cells column by column and writes them as an Arrow record batch message, the way
// the Java server's looks (docs/formats/log-batch.md).
//
// Keeps its memory from message to message, but for buffers of more than a megabyte, so that a row
// allocates nothing. Single-threaded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "record/arrow_kind.h"
#include "record/growing_buffer.h"
#include "schema/cell.h"
#include "schema/row_codec.h"
#include "schema/table_config.h"

namespace millrace::record {

class ArrowColumnsWriter {
 public:
  // Nested cells of these columns are in the binary form of `nested_format`.
  ArrowColumnsWriter(std::vector<schema::DataType> types, schema::KvFormat nested_format,
                     schema::ArrowCompression compression, int zstd_level);
  ArrowColumnsWriter(const ArrowColumnsWriter&) = delete;

  // A cell per column, fitting the types; what they refer to is copied.
  void Add(std::span<const schema::Cell> row);
  // Rows since the last message.
  size_t rows() const { return rows_; }
  // Sizes of the message's parts, of its body at most: if nothing can be compressed.
  size_t head_size() const;
  size_t body_size() const;

  // Room that WriteMessage() needs.
  size_t MessageBound() const;
  // Writes the rows, at least one, as a message, returns its size, and forgets them.
  size_t WriteMessage(std::byte* to);
  // Forgets the rows.
  void Clear();

 private:
  // A field node: a column, or what is nested in one.
  struct Column {
    Column(const schema::DataType& type, schema::KvFormat nested_format);
    // The struct of a map's entries.
    Column(Column key, Column value);

    // What each row touches comes first.
    ArrowKind kind;
    uint32_t width;  // ArrowWidth()
    size_t rows = 0;
    size_t capacity = 0;  // rows for which validity and values have room
    size_t null_count = 0;
    GrowingBuffer values;    // or offsets, one more than rows
    GrowingBuffer validity;  // all ones but for nulls, up to the capacity
    GrowingBuffer data;      // of kText
    size_t data_size = 0;

    std::vector<Column> children = {};
    // Of nested kinds.
    const schema::DataType* type = nullptr;
    std::optional<schema::RowCodec> row_codec = std::nullopt;
    std::vector<schema::Cell> row_cells = {};
  };
  struct Message;

  static void Grow(Column& column);
  static void Append(Column& column, schema::Cell cell);
  static void AppendNull(Column& column, size_t row);
  static void AppendNested(Column& column, size_t row, Bytes value);
  static void AppendEntry(Column& entries, schema::Cell key, schema::Cell value);
  static void ClearColumn(Column& column);
  template <class Visit>
  static void VisitBuffers(const Column& column, Visit visit);

  std::vector<schema::DataType> types_;
  schema::ArrowCompression compression_;
  int zstd_level_;
  std::vector<Column> columns_;
  uint32_t node_count_ = 0;
  uint32_t buffer_count_ = 0;
  size_t rows_ = 0;
};

}  // namespace millrace::record
