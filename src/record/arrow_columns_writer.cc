#include "record/arrow_columns_writer.h"

#include <cstring>
#include <utility>

#include "base/endian.h"
#include "record/arrow_writer.h"
#include "record/buffer_codec.h"
#include "schema/nested_value.h"

namespace millrace::record {
namespace {

using schema::ArrowCompression;
using schema::Cell;
using schema::DataType;

constexpr size_t kOffsetSize = sizeof(int32_t);
// Larger buffers are not kept for the next message.
constexpr size_t kKeptSizeMax = size_t{1} << 20;

size_t BitmapSize(size_t rows) {
  return (rows + 7) / 8;
}

size_t Padded(size_t size) {
  return (size + 7) & ~size_t{7};
}

template <class T>
void Put(std::byte* values, size_t row, int64_t value) {
  StoreLittle(values + row * sizeof(T), static_cast<T>(value));
}

void PutBit(std::byte* values, size_t row, bool value) {
  std::byte& byte = values[row / 8];
  if (row % 8 == 0) byte = std::byte{0};
  byte |= std::byte{value} << (row % 8);
}

// Wraps around, as Java does, for times that the unit can not express.
int64_t InUnits(int64_t ms, int64_t units_per_ms, int64_t more = 0) {
  return static_cast<int64_t>(static_cast<uint64_t>(ms) * static_cast<uint64_t>(units_per_ms) +
                              static_cast<uint64_t>(more));
}

void PutDecimal(std::byte* to, int64_t unscaled) {
  StoreLittle(to, unscaled);
  StoreLittle(to + 8, unscaled < 0 ? int64_t{-1} : int64_t{0});
}

// `unscaled` is big-endian two's complement.
void PutLargeDecimal(std::byte* to, Bytes unscaled) {
  bool negative = !unscaled.empty() && (unscaled.front() & std::byte{0x80}) != std::byte{0};
  std::memset(to, negative ? 0xFF : 0, kArrowDecimalSize);
  size_t size = std::min(unscaled.size(), kArrowDecimalSize);
  for (size_t i = 0; i < size; ++i) to[i] = unscaled[unscaled.size() - 1 - i];
}

void PutFixedBytes(std::byte* to, size_t width, Bytes value) {
  size_t size = std::min(value.size(), width);
  if (size > 0) std::memcpy(to, value.data(), size);
  std::memset(to + size, 0, width - size);
}

}  // namespace

ArrowColumnsWriter::Column::Column(const DataType& type, schema::KvFormat nested_format)
    : kind(ArrowKindOf(type)), width(static_cast<uint32_t>(ArrowWidth(type))), type(&type) {
  if (kind == ArrowKind::kMap) {
    children.push_back(Column(Column(type.children[0].type, nested_format),
                              Column(type.children[1].type, nested_format)));
    return;
  }
  for (const schema::DataField& child : type.children) {
    children.push_back(Column(child.type, nested_format));
  }
  if (kind == ArrowKind::kRow) {
    row_codec.emplace(nested_format, schema::NestedRowTypes(type));
    row_cells.resize(children.size());
  }
}

ArrowColumnsWriter::Column::Column(Column key, Column value) : kind(ArrowKind::kRow), width(0) {
  children.push_back(std::move(key));
  children.push_back(std::move(value));
}

ArrowColumnsWriter::ArrowColumnsWriter(std::vector<DataType> types, schema::KvFormat nested_format,
                                       ArrowCompression compression, int zstd_level)
    : types_(std::move(types)), compression_(compression), zstd_level_(zstd_level) {
  for (const DataType& type : types_) {
    columns_.push_back(Column(type, nested_format));
    schema::ArrowNodes count = schema::CountArrow(type);
    node_count_ += static_cast<uint32_t>(count.nodes);
    buffer_count_ += static_cast<uint32_t>(count.buffers);
  }
}

void ArrowColumnsWriter::Add(std::span<const Cell> row) {
  for (size_t i = 0; i < columns_.size(); ++i) Append(columns_[i], row[i]);
  ++rows_;
}

// ---- Appending

void ArrowColumnsWriter::Grow(Column& column) {
  // Wide values are not prepared for rows that may never come.
  size_t rows = std::max<size_t>(2 * column.capacity, column.width > 256 ? 1 : 64);
  size_t bitmap_before = BitmapSize(column.capacity);
  size_t bitmap = BitmapSize(rows);
  column.validity.Reserve(bitmap);
  // The last byte before has the bits up to its end.
  std::memset(column.validity.data() + bitmap_before, 0xFF, bitmap - bitmap_before);
  switch (column.kind) {
    case ArrowKind::kBoolean:
      column.values.Reserve(bitmap);
      break;
    case ArrowKind::kText:
    case ArrowKind::kArray:
    case ArrowKind::kMap:
      column.values.Reserve((rows + 1) * kOffsetSize);
      Put<int32_t>(column.values.data(), 0, 0);
      break;
    default:
      column.values.Reserve(rows * column.width);
  }
  column.capacity = rows;
}

inline void ArrowColumnsWriter::Append(Column& column, Cell cell) {
  if (column.rows == column.capacity) [[unlikely]]
    Grow(column);
  size_t row = column.rows++;
  std::byte* values = column.values.data();
  if (cell.is_null()) return AppendNull(column, row);
  switch (column.kind) {
    case ArrowKind::kBoolean:
      return PutBit(values, row, cell.number() != 0);
    case ArrowKind::kInt8:
      return Put<int8_t>(values, row, cell.number());
    case ArrowKind::kInt16:
      return Put<int16_t>(values, row, cell.number());
    case ArrowKind::kInt32:
    case ArrowKind::kFloat:
      return Put<int32_t>(values, row, cell.number());
    case ArrowKind::kInt64:
      return Put<int64_t>(values, row, cell.number());
    case ArrowKind::kTimeSeconds:
      return Put<int32_t>(values, row, cell.number() / 1000);
    case ArrowKind::kTimeMicros:
      return Put<int64_t>(values, row, InUnits(cell.number(), 1000));
    case ArrowKind::kTimeNanos:
      return Put<int64_t>(values, row, InUnits(cell.number(), 1'000'000));
    case ArrowKind::kTimestampSeconds:
      return Put<int64_t>(values, row, cell.timestamp_ms() / 1000);
    case ArrowKind::kTimestampMicros:
      return Put<int64_t>(values, row,
                          InUnits(cell.timestamp_ms(), 1000, cell.timestamp_nanos() / 1000));
    case ArrowKind::kTimestampNanos:
      return Put<int64_t>(values, row,
                          InUnits(cell.timestamp_ms(), 1'000'000, cell.timestamp_nanos()));
    case ArrowKind::kDecimal:
      return PutDecimal(values + row * kArrowDecimalSize, cell.number());
    case ArrowKind::kLargeDecimal:
      return PutLargeDecimal(values + row * kArrowDecimalSize, cell.bytes());
    case ArrowKind::kFixedBytes:
      return PutFixedBytes(values + row * column.width, column.width, cell.bytes());
    case ArrowKind::kText: {
      Bytes text = cell.bytes();
      size_t end = column.data_size + text.size();
      column.data.Reserve(end);
      if (!text.empty())
        std::memcpy(column.data.data() + column.data_size, text.data(), text.size());
      column.data_size = end;
      return Put<int32_t>(values, row + 1, static_cast<int64_t>(end));
    }
    case ArrowKind::kArray:
    case ArrowKind::kMap:
    case ArrowKind::kRow:
      return AppendNested(column, row, cell.bytes());
  }
}

void ArrowColumnsWriter::AppendNull(Column& column, size_t row) {
  ++column.null_count;
  column.validity.data()[row / 8] &= ~(std::byte{1} << (row % 8));
  std::byte* values = column.values.data();
  switch (column.kind) {
    case ArrowKind::kBoolean:
      return PutBit(values, row, false);
    case ArrowKind::kText:
    case ArrowKind::kArray:
    case ArrowKind::kMap:
      return StoreLittle(values + (row + 1) * kOffsetSize,
                         LoadLittle<int32_t>(values + row * kOffsetSize));
    case ArrowKind::kRow:
      for (Column& child : column.children) Append(child, Cell());
      return;
    default:
      std::memset(values + row * column.width, 0, column.width);
  }
}

void ArrowColumnsWriter::AppendNested(Column& column, size_t row, Bytes value) {
  std::byte* offsets = column.values.data();
  Column& child = column.children.front();
  switch (column.kind) {
    case ArrowKind::kArray: {
      schema::ArrayView elements(value, column.type->children[0].type);
      for (int32_t i = 0; i < elements.size(); ++i) Append(child, elements[i]);
      break;
    }
    case ArrowKind::kMap: {
      schema::MapView map(value, *column.type);
      for (int32_t i = 0; i < map.keys.size(); ++i) AppendEntry(child, map.keys[i], map.values[i]);
      break;
    }
    default:
      auto decoded = column.row_codec->Decode(value, column.row_cells);
      MILLRACE_CHECK(decoded, decoded.error().message);
      for (size_t i = 0; i < column.children.size(); ++i) {
        Append(column.children[i], column.row_cells[i]);
      }
      return;
  }
  Put<int32_t>(offsets, row + 1, static_cast<int64_t>(child.rows));
}

void ArrowColumnsWriter::AppendEntry(Column& entries, Cell key, Cell value) {
  if (entries.rows == entries.capacity) Grow(entries);
  ++entries.rows;
  Append(entries.children[0], key);
  Append(entries.children[1], value);
}

// ---- The message

// Calls `visit` with each buffer of the column's own node. The bits of its last validity byte that
// stand for no row are ones.
template <class Visit>
void ArrowColumnsWriter::VisitBuffers(const Column& column, Visit visit) {
  const std::byte* values = column.values.data();
  visit(Bytes(column.validity.data(), BitmapSize(column.rows)));
  switch (column.kind) {
    case ArrowKind::kBoolean:
      return visit(Bytes(values, BitmapSize(column.rows)));
    case ArrowKind::kText:
    case ArrowKind::kArray:
    case ArrowKind::kMap:
      // Nothing, not even the first offset, for children without rows.
      visit(Bytes(values, column.rows == 0 ? 0 : (column.rows + 1) * kOffsetSize));
      if (column.kind == ArrowKind::kText) visit(Bytes(column.data.data(), column.data_size));
      return;
    case ArrowKind::kRow:
      return;
    default:
      return visit(Bytes(values, column.rows * column.width));
  }
}

namespace {

// The columns and what is nested in them, in the order of the message's nodes.
template <class Columns, class Visit>
void VisitColumns(Columns& columns, Visit visit) {
  for (auto& column : columns) {
    visit(column);
    VisitColumns(column.children, visit);
  }
}

}  // namespace

struct ArrowColumnsWriter::Message {
  ArrowHeadWriter head;
  std::byte* body;
  size_t size = 0;

  // A buffer of `length` bytes has been written at the end.
  void Added(size_t length) {
    head.AddBuffer({static_cast<int64_t>(size), static_cast<int64_t>(length)});
    std::memset(body + size + length, 0, Padded(length) - length);
    size += Padded(length);
  }
};

size_t ArrowColumnsWriter::head_size() const {
  return ArrowHeadWriter::Size(node_count_, buffer_count_, compression_);
}

size_t ArrowColumnsWriter::body_size() const {
  size_t added = compression_ == ArrowCompression::kNone ? 0 : kArrowSizeSize;
  size_t size = 0;
  VisitColumns(columns_, [&](const Column& column) {
    VisitBuffers(column, [&](Bytes buffer) { size += Padded(buffer.size()) + added; });
  });
  return size;
}

size_t ArrowColumnsWriter::MessageBound() const {
  if (compression_ == ArrowCompression::kNone) return head_size() + body_size();
  size_t body = 0;
  VisitColumns(columns_, [&](const Column& column) {
    VisitBuffers(column, [&](Bytes buffer) {
      body += Padded(CompressedBufferBound(compression_, buffer.size()));
    });
  });
  return head_size() + body;
}

size_t ArrowColumnsWriter::WriteMessage(std::byte* to) {
  std::memset(to, 0, head_size());
  Message message{.head = ArrowHeadWriter(to, static_cast<int64_t>(rows_), node_count_,
                                          buffer_count_, compression_),
                  .body = to + head_size()};
  VisitColumns(columns_, [&](Column& column) {
    message.head.AddNode(
        {static_cast<int64_t>(column.rows), static_cast<int64_t>(column.null_count)});
    if (column.rows % 8 != 0) {
      column.validity.data()[column.rows / 8] &= std::byte{0xFF} >> (8 - column.rows % 8);
    }
    VisitBuffers(column, [&](Bytes buffer) {
      std::byte* end = message.body + message.size;
      if (compression_ != ArrowCompression::kNone) {
        message.Added(CompressBuffer(compression_, zstd_level_, buffer, end));
        return;
      }
      if (!buffer.empty()) std::memcpy(end, buffer.data(), buffer.size());
      message.Added(buffer.size());
    });
  });
  message.head.SetBodyLength(message.size);
  Clear();
  return head_size() + message.size;
}

void ArrowColumnsWriter::Clear() {
  VisitColumns(columns_, [](Column& column) { ClearColumn(column); });
  rows_ = 0;
}

void ArrowColumnsWriter::ClearColumn(Column& column) {
  if (column.values.capacity() > kKeptSizeMax) {
    column.values.Free();
    column.validity.Free();
    column.capacity = 0;
  } else if (column.rows > 0) {
    std::memset(column.validity.data(), 0xFF, BitmapSize(column.rows));
  }
  if (column.data.capacity() > kKeptSizeMax) column.data.Free();
  column.rows = 0;
  column.null_count = 0;
  column.data_size = 0;
}

}  // namespace millrace::record
