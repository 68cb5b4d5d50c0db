#include "record/arrow_columns_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/endian.h"
#include "record/arrow_message.h"
#include "record/arrow_source.h"
#include "schema/nested_value.h"

namespace millrace::record {
namespace {

using schema::Cell;
using schema::DataType;

constexpr size_t kOffsetSize = sizeof(int32_t);
// More than an element takes in an array, beside its bytes.
constexpr size_t kElementSizeMax = 40;

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

size_t BitmapSize(size_t rows) {
  return (rows + 7) / 8;
}

bool Bit(const std::byte* bits, size_t row) {
  return (bits[row / 8] >> (row % 8) & std::byte{1}) != std::byte{0};
}

template <class T>
T Get(const std::byte* values, size_t row) {
  return LoadLittle<T>(values + row * sizeof(T));
}

// Of a time in `units` to the millisecond, the latter from 0 on.
Cell TimestampOf(int64_t time, int64_t units) {
  int64_t ms = time / units;
  int64_t rest = time % units;
  if (rest < 0) {
    rest += units;
    --ms;
  }
  return Cell::Timestamp(ms, static_cast<int32_t>(rest * (1'000'000 / units)));
}

bool MakesBytes(ArrowKind kind) {
  return kind == ArrowKind::kLargeDecimal || kind >= ArrowKind::kArray;
}

bool HasBytes(ArrowKind kind) {
  return MakesBytes(kind) || kind == ArrowKind::kText || kind == ArrowKind::kFixedBytes;
}

}  // namespace

ArrowColumnsReader::Column::Column(const DataType& type, schema::KvFormat nested_format)
    : kind(ArrowKindOf(type)),
      nullable(type.nullable),
      makes_bytes(MakesBytes(kind)),
      width(static_cast<uint32_t>(ArrowWidth(type))),
      type(&type) {
  if (kind == ArrowKind::kMap) {
    children.push_back(Column(Column(type.children[0].type, nested_format),
                              Column(type.children[1].type, nested_format)));
    return;
  }
  for (const schema::DataField& child : type.children) {
    children.push_back(Column(child.type, nested_format));
  }
  if (kind == ArrowKind::kRow) row_codec.emplace(nested_format, schema::NestedRowTypes(type));
}

ArrowColumnsReader::Column::Column(Column key, Column value)
    : kind(ArrowKind::kRow), nullable(false), makes_bytes(false), width(0) {
  children.push_back(std::move(key));
  children.push_back(std::move(value));
}

ArrowColumnsReader::ArrowColumnsReader(const schema::Schema& schema,
                                       schema::KvFormat nested_format) {
  for (const schema::Column& column : schema.columns) {
    names_.push_back(column.name);
    types_.push_back(column.type);
    schema::ArrowNodes count = schema::CountArrow(column.type);
    node_count_ += static_cast<uint32_t>(count.nodes);
    buffer_count_ += static_cast<uint32_t>(count.buffers);
  }
  for (const DataType& type : types_) columns_.push_back(Column(type, nested_format));
}

// ---- Opening

Result<void> ArrowColumnsReader::Open(const LogBatch& batch) {
  TRY_ASSIGN(ArrowMessage message, ArrowMessage::Parse(batch));
  auto rows = static_cast<size_t>(batch.record_count());
  if (message.length() != batch.record_count()) {
    return Corrupt(fmt::format("Arrow record batch with {} rows in a log batch with {} records",
                               message.length(), rows));
  }
  if (message.node_count() != node_count_ || message.buffer_count() != buffer_count_) {
    return Corrupt(
        fmt::format("Arrow record batch with {} nodes and {} buffers, schema {} has {} and {}",
                    message.node_count(), message.buffer_count(), batch.schema_id().value,
                    node_count_, buffer_count_));
  }
  if (batch.bytes().size() - message.body_position() < message.body_length()) {
    return Corrupt("Arrow body cut short");
  }
  ArrowSource source(message, batch);
  TRY(source.Prepare(decompressed_));
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (auto bound = Bind(columns_[i], rows, rows, source); !bound) {
      return Corrupt(fmt::format("Arrow column {}: {}", names_[i], bound.error().message));
    }
  }
  return {};
}

Result<void> ArrowColumnsReader::Bind(Column& column, size_t rows_min, size_t rows_max,
                                      ArrowSource& source) {
  auto [rows, null_count] = source.NextNode();
  if (rows < static_cast<int64_t>(rows_min) || rows > static_cast<int64_t>(rows_max)) {
    return Corrupt(fmt::format("a node of {} rows, not {} to {}", rows, rows_min, rows_max));
  }
  if (null_count < 0 || null_count > rows) {
    return Corrupt(fmt::format("{} nulls in {} rows", null_count, rows));
  }
  column.rows = static_cast<size_t>(rows);
  // Writers may leave it out, or write anything, where nothing is null.
  Bytes validity = source.NextBuffer();
  column.validity = null_count == 0 ? nullptr : validity.data();
  if (null_count > 0 && validity.size() < BitmapSize(column.rows)) {
    return Corrupt(fmt::format("{} bytes of validity for {} rows", validity.size(), rows));
  }
  return BindBuffers(column, source);
}

Result<void> ArrowColumnsReader::BindBuffers(Column& column, ArrowSource& source) {
  switch (column.kind) {
    case ArrowKind::kText:
      TRY(BindOffsets(column, source));
      column.values = source.NextBuffer();
      break;
    case ArrowKind::kArray:
    case ArrowKind::kMap:
      TRY(BindOffsets(column, source));
      break;
    case ArrowKind::kRow:
      for (Column& child : column.children) TRY(Bind(child, column.rows, column.rows, source));
      return {};
    default:
      column.values = source.NextBuffer();
      size_t needed =
          column.kind == ArrowKind::kBoolean ? BitmapSize(column.rows) : column.rows * column.width;
      if (column.values.size() >= needed) return {};
      return Corrupt(fmt::format("{} bytes of values for {} rows of {}", column.values.size(),
                                 column.rows, column.width));
  }
  auto end =
      column.rows == 0 ? size_t{0} : static_cast<size_t>(Get<int32_t>(column.offsets, column.rows));
  if (column.kind != ArrowKind::kText) {
    size_t rows_max = std::max(end, source.rows_max());
    if (end > source.rows_max()) return Corrupt(fmt::format("{} elements", end));
    return Bind(column.children.front(), end, rows_max, source);
  }
  if (end <= column.values.size()) return {};
  return Corrupt(fmt::format("text up to {} in {} bytes", end, column.values.size()));
}

Result<void> ArrowColumnsReader::BindOffsets(Column& column, ArrowSource& source) {
  Bytes offsets = source.NextBuffer();
  column.offsets = offsets.data();
  if (column.rows == 0) return {};  // not even the first one is needed
  if (offsets.size() / kOffsetSize < column.rows + 1) {
    return Corrupt(fmt::format("{} bytes of offsets for {} rows", offsets.size(), column.rows));
  }
  int32_t before = 0;
  bool falls = false;
  for (size_t i = 0; i <= column.rows; ++i) {
    auto offset = Get<int32_t>(offsets.data(), i);
    falls |= offset < before;
    before = offset;
  }
  if (falls) return Corrupt("offsets that fall");
  return {};
}

// ---- Reading

Result<void> ArrowColumnsReader::Read(size_t row, std::span<Cell> cells) {
  problem_ = nullptr;
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    if (column.makes_bytes) column.made.clear();
    cells[i] = ReadCell(column, row);
    if (problem_ != nullptr) [[unlikely]] {
      return Corrupt(fmt::format("record {} has {} in column {}", row, problem_, names_[i]));
    }
  }
  return {};
}

Cell ArrowColumnsReader::Problem(const char* what) {
  problem_ = what;
  return Cell();
}

// Bytes that it makes are appended to `column.made`.
Cell ArrowColumnsReader::ReadCell(Column& column, size_t row) {
  if (column.validity != nullptr && !Bit(column.validity, row)) {
    return column.nullable ? Cell() : Problem("NULL where there can be none");
  }
  const std::byte* values = column.values.data();
  switch (column.kind) {
    case ArrowKind::kBoolean:
      return Cell::Number(Bit(values, row) ? 1 : 0);
    case ArrowKind::kInt8:
      return Cell::Number(Get<int8_t>(values, row));
    case ArrowKind::kInt16:
      return Cell::Number(Get<int16_t>(values, row));
    case ArrowKind::kInt32:
      return Cell::Number(Get<int32_t>(values, row));
    case ArrowKind::kInt64:
      return Cell::Number(Get<int64_t>(values, row));
    case ArrowKind::kFloat:
      return Cell::Float(Get<float>(values, row));
    case ArrowKind::kTimeSeconds:
      return ReadTime(int64_t{Get<int32_t>(values, row)} * 1000);
    case ArrowKind::kTimeMicros:
      return ReadTime(Get<int64_t>(values, row) / 1000);
    case ArrowKind::kTimeNanos:
      return ReadTime(Get<int64_t>(values, row) / 1'000'000);
    case ArrowKind::kTimestampSeconds: {
      int64_t ms = 0;
      if (__builtin_mul_overflow(Get<int64_t>(values, row), int64_t{1000}, &ms)) {
        return Problem("a time out of range");
      }
      return Cell::Timestamp(ms, 0);
    }
    case ArrowKind::kTimestampMicros:
      return TimestampOf(Get<int64_t>(values, row), 1000);
    case ArrowKind::kTimestampNanos:
      return TimestampOf(Get<int64_t>(values, row), 1'000'000);
    case ArrowKind::kDecimal:
      return ReadDecimal(values + row * kArrowDecimalSize);
    case ArrowKind::kLargeDecimal:
      return ReadLargeDecimal(column, values + row * kArrowDecimalSize);
    case ArrowKind::kFixedBytes:
      return Cell::Of(column.values.subspan(row * column.width, column.width));
    case ArrowKind::kText: {
      auto begin = static_cast<size_t>(Get<int32_t>(column.offsets, row));
      auto end = static_cast<size_t>(Get<int32_t>(column.offsets, row + 1));
      return Cell::Of(column.values.subspan(begin, end - begin));
    }
    case ArrowKind::kArray:
    case ArrowKind::kMap:
    case ArrowKind::kRow:
      return ReadNested(column, row);
  }
  __builtin_unreachable();
}

Cell ArrowColumnsReader::ReadTime(int64_t ms) {
  return ms == static_cast<int32_t>(ms) ? Cell::Number(ms) : Problem("a time out of range");
}

Cell ArrowColumnsReader::ReadDecimal(const std::byte* value) {
  auto low = LoadLittle<int64_t>(value);
  auto high = LoadLittle<int64_t>(value + 8);
  return high == (low < 0 ? -1 : 0) ? Cell::Number(low) : Problem("a decimal out of range");
}

Cell ArrowColumnsReader::ReadLargeDecimal(Column& column, const std::byte* value) {
  // The highest bytes that only repeat the sign are left out.
  auto sign = [&](size_t byte) { return (value[byte] & std::byte{0x80}) != std::byte{0}; };
  bool negative = sign(kArrowDecimalSize - 1);
  std::byte filler = negative ? std::byte{0xFF} : std::byte{0};
  size_t size = kArrowDecimalSize;
  while (size > 1 && value[size - 1] == filler && sign(size - 2) == negative) --size;
  size_t begin = column.made.size();
  for (size_t i = size; i > 0; --i) column.made.push_back(static_cast<char>(value[i - 1]));
  return Cell::Of(AsBytes(column.made).subspan(begin));
}

Cell ArrowColumnsReader::ReadNested(Column& column, size_t row) {
  Column* child = column.children.empty() ? nullptr : &column.children.front();
  size_t size = 0;
  size_t begin = 0;
  size_t end = 0;
  if (column.kind != ArrowKind::kRow) {
    begin = static_cast<size_t>(Get<int32_t>(column.offsets, row));
    end = static_cast<size_t>(Get<int32_t>(column.offsets, row + 1));
  }
  switch (column.kind) {
    case ArrowKind::kArray:
      size = ReadElements(*child, begin, end);
      break;
    case ArrowKind::kMap:
      if (child->validity != nullptr) return Problem("a NULL entry");
      size = ReadElements(child->children[0], begin, end);
      if (problem_ == nullptr) size += ReadElements(child->children[1], begin, end);
      break;
    default:
      size = ReadFields(column, row);
  }
  if (problem_ != nullptr) return Cell();
  if (size > INT32_MAX) return Problem("a value of more than 2 GiB");
  size_t made = column.made.size();
  switch (column.kind) {
    case ArrowKind::kArray:
      EncodeArray(column.type->children[0].type, child->elements, column.made);
      break;
    case ArrowKind::kMap:
      EncodeMap(*column.type, child->children[0].elements, child->children[1].elements,
                column.made);
      break;
    default:
      column.row_codec->Encode(column.fields, column.made);
  }
  return Cell::Of(AsBytes(column.made).subspan(made));
}

// Reads the column's rows from `begin` to `end` to its elements. Returns more bytes than they will
// take in an array.
size_t ArrowColumnsReader::ReadElements(Column& column, size_t begin, size_t end) {
  column.elements.clear();
  column.made.clear();
  for (size_t row = begin; row < end && problem_ == nullptr; ++row) {
    column.elements.push_back(ReadCell(column, row));
  }
  size_t size = 0;
  if (HasBytes(column.kind)) {
    for (Cell& cell : column.elements) {
      if (cell.is_null()) continue;
      // What was made has moved since, but is all there, one after the other.
      if (column.makes_bytes) {
        cell = Cell::Of(AsBytes(column.made).subspan(size, cell.bytes().size()));
      }
      size += cell.bytes().size();
    }
  }
  return size + kElementSizeMax * (end - begin + 1);
}

size_t ArrowColumnsReader::ReadFields(Column& column, size_t row) {
  column.fields.clear();
  size_t size = 0;
  for (Column& child : column.children) {
    size += ReadElements(child, row, row + 1);
    if (problem_ != nullptr) break;
    column.fields.push_back(child.elements.front());
  }
  return size;
}

}  // namespace millrace::record
