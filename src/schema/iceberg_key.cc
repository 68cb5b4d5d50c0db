#include "schema/lake_key.h"
#include "schema/row_reader.h"
#include "schema/row_writer.h"

namespace millrace::schema {
namespace {

constexpr int64_t kMicrosPerMs = 1000;
constexpr int32_t kNanosPerMicro = 1000;
constexpr size_t kCompactDecimalSizeMax = sizeof(int64_t);

template <class T>
void AppendNumber(std::string& to, T value) {
  size_t before = to.size();
  to.resize(before + sizeof(T));
  StoreLittle(reinterpret_cast<std::byte*>(to.data() + before), value);
}

// Numbers too large wrap around, as they do in every client.
int64_t Micros(int64_t ms) {
  return static_cast<int64_t>(static_cast<uint64_t>(ms) * static_cast<uint64_t>(kMicrosPerMs));
}

void AppendDecimal(std::string& to, int64_t unscaled) {
  std::byte bytes[sizeof(unscaled)];
  StoreBig(bytes, unscaled);
  to += AsText(TrimDecimal(bytes));
}

bool ReadNumber(TypeRoot root, int64_t number, Cell& cell) {
  int64_t ms = number / kMicrosPerMs, micros = number % kMicrosPerMs;
  if (micros < 0) {
    ms--;
    micros += kMicrosPerMs;
  }
  if (root == TypeRoot::kTimestamp) {
    cell = Cell::Timestamp(ms, static_cast<int32_t>(micros) * kNanosPerMicro);
    return true;
  }
  if (root == TypeRoot::kTime) number = ms;
  cell = Cell::Number(number);
  return root == TypeRoot::kBigInt || number == static_cast<int32_t>(number);
}

bool ReadDecimal(const DataType& type, Bytes key, Cell& cell) {
  if (FormOf(type) == ValueForm::kDecimal) return TakeDecimal(key, cell);
  Bytes bytes = TrimDecimal(key);
  if (bytes.empty() || bytes.size() > kCompactDecimalSizeMax) return false;
  auto unscaled = static_cast<uint64_t>(static_cast<int8_t>(bytes[0]));
  for (std::byte byte : bytes.subspan(1)) unscaled = unscaled << 8 | static_cast<uint8_t>(byte);
  cell = Cell::Number(static_cast<int64_t>(unscaled));
  return true;
}

bool Read(const DataType& type, Bytes key, Cell& cell) {
  ByteReader reader(key);
  switch (type.root) {
    case TypeRoot::kInteger:
    case TypeRoot::kDate:
    case TypeRoot::kTime:
    case TypeRoot::kBigInt:
    case TypeRoot::kTimestamp: {
      int64_t number;
      return reader.Take(number) && reader.left() == 0 && ReadNumber(type.root, number, cell);
    }
    case TypeRoot::kFloat:
    case TypeRoot::kDouble:
      return reader.TakeFixed(FormOf(type), cell) && reader.left() == 0;
    case TypeRoot::kDecimal:
      return ReadDecimal(type, key, cell);
    default:
      cell = Cell::Of(key);
      return true;
  }
}

}  // namespace

bool IsIcebergKey(std::span<const DataType> types) {
  if (types.size() != 1) return false;
  switch (types[0].root) {
    case TypeRoot::kBoolean:
    case TypeRoot::kTinyInt:
    case TypeRoot::kSmallInt:
    case TypeRoot::kTimestampLtz:
      return false;
    default:
      return !types[0].IsNested();
  }
}

void EncodeIcebergKey(const DataType& type, Cell cell, std::string& to) {
  switch (type.root) {
    case TypeRoot::kInteger:
    case TypeRoot::kDate:
    case TypeRoot::kBigInt:
    case TypeRoot::kDouble:
      return AppendNumber(to, cell.number());
    case TypeRoot::kTime:
      return AppendNumber(to, Micros(cell.number()));
    case TypeRoot::kTimestamp:
      return AppendNumber(to, static_cast<uint64_t>(Micros(cell.timestamp_ms())) +
                                  static_cast<uint64_t>(cell.timestamp_nanos() / kNanosPerMicro));
    case TypeRoot::kFloat:
      return AppendNumber(to, static_cast<uint32_t>(cell.number()));
    case TypeRoot::kDecimal:
      if (FormOf(type) == ValueForm::kInt64) return AppendDecimal(to, cell.number());
      [[fallthrough]];
    default:
      to += AsText(cell.bytes());
  }
}

Result<void> DecodeIcebergKey(const DataType& type, Bytes key, Cell& cell) {
  if (!Read(type, key, cell)) return ColumnIsBad(0, type);
  return {};
}

}  // namespace millrace::schema
