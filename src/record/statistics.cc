#include "record/statistics.h"

#include "base/endian.h"

namespace millrace::record {
namespace {

using schema::TypeRoot;

constexpr size_t kVersionAt = 0;
constexpr size_t kSizeAt = 1;
constexpr size_t kIndexesAt = 3;
constexpr int8_t kVersion = 1;

constexpr size_t kSlotSize = 8;
// The null bits of a row follow a byte that stands in front of them.
constexpr size_t kNullBitsFrom = 8;
// The last byte of a slot that holds a short value itself is this and the value's size.
constexpr uint8_t kInlineMark = 0x80;
constexpr int kCompactDecimalDigits = 18;
constexpr int kCompactTimestampDigits = 3;

size_t NullAreaSize(size_t fields) {
  return (fields + 63 + kNullBitsFrom) / 64 * 8;
}

// A row that has passed the size check of Parse().
class AlignedRow {
 public:
  AlignedRow(Bytes row, size_t fields) : row_(row), null_area_size_(NullAreaSize(fields)) {}

  // None if the field can not be read, which is not the same as a null.
  std::optional<StatisticsValue> Read(size_t field, const schema::DataType& type) const {
    size_t bit = field + kNullBitsFrom;
    if ((std::to_integer<int>(row_[bit / 8]) >> (bit % 8) & 1) != 0) return StatisticsValue();
    const std::byte* slot = row_.data() + null_area_size_ + field * kSlotSize;
    switch (type.root) {
      case TypeRoot::kBoolean:
        return LoadLittle<uint8_t>(slot) != 0;
      case TypeRoot::kTinyInt:
        return int64_t{LoadLittle<int8_t>(slot)};
      case TypeRoot::kSmallInt:
        return int64_t{LoadLittle<int16_t>(slot)};
      case TypeRoot::kInteger:
      case TypeRoot::kDate:
      case TypeRoot::kTime:
        return int64_t{LoadLittle<int32_t>(slot)};
      case TypeRoot::kBigInt:
        return LoadLittle<int64_t>(slot);
      case TypeRoot::kFloat:
        return double{LoadLittle<float>(slot)};
      case TypeRoot::kDouble:
        return LoadLittle<double>(slot);
      case TypeRoot::kChar:
      case TypeRoot::kString:
        return ReadString(slot);
      case TypeRoot::kDecimal:
        return ReadDecimal(slot, type);
      case TypeRoot::kTimestamp:
      case TypeRoot::kTimestampLtz:
        return ReadTimestamp(slot, type);
      default:
        return std::nullopt;
    }
  }

 private:
  // What a slot's offset, its upper half, refers to.
  std::optional<Bytes> Variable(uint64_t slot, size_t size) const {
    size_t offset = slot >> 32;
    if (offset > row_.size() || size > row_.size() - offset) return std::nullopt;
    return row_.subspan(offset, size);
  }

  std::optional<StatisticsValue> ReadString(const std::byte* slot) const {
    auto last = LoadLittle<uint8_t>(slot + 7);
    if ((last & kInlineMark) != 0) {
      size_t size = last & ~kInlineMark;
      if (size >= kSlotSize) return std::nullopt;
      return AsText({slot, size});
    }
    auto value = LoadLittle<uint64_t>(slot);
    auto bytes = Variable(value, static_cast<uint32_t>(value));
    if (!bytes) return std::nullopt;
    return AsText(*bytes);
  }

  std::optional<StatisticsValue> ReadDecimal(const std::byte* slot,
                                             const schema::DataType& type) const {
    if (type.precision <= kCompactDecimalDigits) return Decimal{LoadLittle<int64_t>(slot)};
    auto value = LoadLittle<uint64_t>(slot);
    size_t size = static_cast<uint32_t>(value);
    auto bytes = Variable(value, size);
    if (!bytes || size == 0 || size > sizeof(Decimal)) return std::nullopt;
    // Two's complement, the highest byte first.
    auto result = static_cast<unsigned __int128>(Decimal{LoadLittle<int8_t>(bytes->data())});
    for (std::byte byte : bytes->subspan(1)) result = result << 8 | std::to_integer<uint8_t>(byte);
    return static_cast<Decimal>(result);
  }

  std::optional<StatisticsValue> ReadTimestamp(const std::byte* slot,
                                               const schema::DataType& type) const {
    if (type.precision <= kCompactTimestampDigits) return Timestamp{LoadLittle<int64_t>(slot), 0};
    auto value = LoadLittle<uint64_t>(slot);
    auto millis = Variable(value, sizeof(int64_t));
    if (!millis) return std::nullopt;
    return Timestamp{LoadLittle<int64_t>(millis->data()), static_cast<int32_t>(value)};
  }

  Bytes row_;
  size_t null_area_size_;
};

// Takes a row and the size in front of it off `rest`.
std::optional<Bytes> TakeRow(Bytes& rest, size_t fields) {
  if (rest.size() < sizeof(int32_t)) return std::nullopt;
  auto size = LoadLittle<int32_t>(rest.data());
  rest = rest.subspan(sizeof(int32_t));
  if (size < 0 || static_cast<size_t>(size) > rest.size() ||
      static_cast<size_t>(size) < NullAreaSize(fields) + fields * kSlotSize) {
    return std::nullopt;
  }
  Bytes row = rest.first(static_cast<size_t>(size));
  rest = rest.subspan(row.size());
  return row;
}

int16_t IndexAt(Bytes block, size_t entry) {
  return LoadLittle<int16_t>(block.data() + kIndexesAt + entry * sizeof(int16_t));
}

}  // namespace

std::optional<Statistics> Statistics::Parse(Bytes block, size_t column_count) {
  if (block.size() < kIndexesAt || LoadLittle<int8_t>(block.data() + kVersionAt) != kVersion) {
    return std::nullopt;
  }
  Statistics statistics;
  statistics.block_ = block;
  statistics.size_ = LoadLittle<int16_t>(block.data() + kSizeAt);
  if (statistics.size_ <= 0) return std::nullopt;
  auto size = static_cast<size_t>(statistics.size_);

  // Positions and null counts, then the rows.
  size_t rows_at = kIndexesAt + size * (sizeof(int16_t) + sizeof(int32_t));
  if (block.size() < rows_at) return std::nullopt;
  for (size_t i = 0; i < size; ++i) {
    int16_t index = IndexAt(block, i);
    if (index < 0 || static_cast<size_t>(index) >= column_count) return std::nullopt;
  }
  Bytes rest = block.subspan(rows_at);
  auto min_row = TakeRow(rest, size);
  if (!min_row) return std::nullopt;
  auto max_row = TakeRow(rest, size);
  if (!max_row) return std::nullopt;
  statistics.min_row_ = *min_row;
  statistics.max_row_ = *max_row;
  return statistics;
}

std::optional<ColumnStatistics> Statistics::Find(size_t position,
                                                 const schema::DataType& type) const {
  auto size = static_cast<size_t>(size_);
  for (size_t i = 0; i < size; ++i) {
    if (static_cast<size_t>(IndexAt(block_, i)) != position) continue;
    ColumnStatistics column;
    column.null_count = LoadLittle<int32_t>(block_.data() + kIndexesAt + size * sizeof(int16_t) +
                                            i * sizeof(int32_t));
    auto min = AlignedRow(min_row_, size).Read(i, type);
    auto max = AlignedRow(max_row_, size).Read(i, type);
    if (!min || !max) return std::nullopt;
    column.min = *min;
    column.max = *max;
    return column;
  }
  return std::nullopt;
}

}  // namespace millrace::record
