// Values of any type for tests and fuzz targets: made at random, and as text.
#pragma once

#include <cstdio>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "schema/cell.h"
#include "schema/data_type.h"
#include "schema/nested_value.h"
#include "schema/row_codec.h"

namespace millrace::schema {

inline std::string Unhex(std::string_view hex) {
  std::string bytes;
  int high = -1;
  for (char c : hex) {
    if (c == ' ') continue;
    int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high >= 0) bytes += static_cast<char>(high * 16 + digit);
    high = high < 0 ? digit : -1;
  }
  return bytes;
}

inline std::string Hex(Bytes bytes) {
  std::string hex;
  for (std::byte byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x", static_cast<unsigned>(byte));
    hex += digits;
  }
  return hex;
}
inline std::string Hex(std::string_view bytes) {
  return Hex(AsBytes(bytes));
}

// Every type there is, with the precisions at which formats change.
inline std::vector<DataType> FlatTypes() {
  return {DataType::Of(TypeRoot::kBoolean),
          DataType::Of(TypeRoot::kTinyInt),
          DataType::Of(TypeRoot::kSmallInt),
          DataType::Of(TypeRoot::kInteger),
          DataType::Of(TypeRoot::kBigInt),
          DataType::Of(TypeRoot::kFloat),
          DataType::Of(TypeRoot::kDouble),
          DataType::Char(4),
          DataType::Of(TypeRoot::kString),
          DataType::Binary(3),
          DataType::Of(TypeRoot::kBytes),
          DataType::Decimal(5, 2),
          DataType::Decimal(18, 0),
          DataType::Decimal(19, 2),
          DataType::Decimal(38, 10),
          DataType::Of(TypeRoot::kDate),
          DataType::Time(0),
          DataType::Time(9),
          DataType::Timestamp(0),
          DataType::Timestamp(3),
          DataType::Timestamp(4),
          DataType::Timestamp(9),
          DataType::TimestampLtz(3),
          DataType::TimestampLtz(6)};
}

// A nested row's fields by their types; names are of no matter to rows.
inline DataType RowOf(std::vector<DataType> types) {
  std::vector<DataField> fields;
  for (DataType& type : types) fields.push_back({"f", std::move(type)});
  return DataType::Row(std::move(fields));
}

// "null", 12, 'text', x0102, 1700000000123+456000 (ms and ns), [1, 2], {'k': 1}, (1, 'a').
inline std::string CellText(KvFormat format, const DataType& type, Cell cell) {
  if (cell.is_null()) return "null";
  auto list = [&](ArrayView view, const DataType& element) {
    std::vector<std::string> texts;
    for (int32_t i = 0; i < view.size(); i++) texts.push_back(CellText(format, element, view[i]));
    return texts;
  };
  auto joined = [](const std::vector<std::string>& texts, char open, char close) {
    std::string text(1, open);
    for (size_t i = 0; i < texts.size(); i++) text += (i == 0 ? "" : ", ") + texts[i];
    return text + close;
  };
  char number[64];
  switch (type.root) {
    case TypeRoot::kFloat:
      std::snprintf(number, sizeof(number), "%.9g", static_cast<double>(cell.float_value()));
      return number;
    case TypeRoot::kDouble:
      std::snprintf(number, sizeof(number), "%.17g", cell.double_value());
      return number;
    case TypeRoot::kChar:
    case TypeRoot::kString:
      return "'" + std::string(AsText(cell.bytes())) + "'";
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      return std::to_string(cell.timestamp_ms()) + "+" + std::to_string(cell.timestamp_nanos());
    case TypeRoot::kDecimal:
      if (type.precision <= kCompactDecimalDigits) return std::to_string(cell.number());
      [[fallthrough]];
    case TypeRoot::kBinary:
    case TypeRoot::kBytes:
      return "x" + Hex(cell.bytes());
    case TypeRoot::kArray: {
      const DataType& element = type.children[0].type;
      return joined(list(ArrayView(cell.bytes(), element), element), '[', ']');
    }
    case TypeRoot::kMap: {
      MapView map(cell.bytes(), type);
      auto keys = list(map.keys, type.children[0].type);
      auto values = list(map.values, type.children[1].type);
      for (size_t i = 0; i < keys.size(); i++) keys[i] += ": " + values[i];
      return joined(keys, '{', '}');
    }
    case TypeRoot::kRow: {
      RowCodec codec(format, NestedRowTypes(type));
      std::vector<Cell> cells(codec.column_count());
      if (!codec.Decode(cell.bytes(), cells)) return "malformed";
      std::vector<std::string> texts;
      for (size_t i = 0; i < cells.size(); i++)
        texts.push_back(CellText(format, codec.types()[i], cells[i]));
      return joined(texts, '(', ')');
    }
    default:
      return std::to_string(cell.number());
  }
}

inline std::string CellText(const RowCodec& codec, std::span<const Cell> cells) {
  std::string text;
  for (size_t i = 0; i < codec.column_count(); i++)
    text += (i == 0 ? "" : ", ") + CellText(codec.format(), codec.types()[i], cells[i]);
  return text;
}

// Makes types and values. Bytes that cells point to live as long as this does.
class ValueMaker {
 public:
  explicit ValueMaker(uint64_t seed) : random_(seed) {}

  size_t Below(size_t end) { return random_() % end; }

  DataType Type(int depth) {
    size_t choice = Below(depth > 0 ? 7 : 4);
    DataType type;
    if (choice < 4) {
      auto flat = FlatTypes();
      type = flat[Below(flat.size())];
    } else if (choice == 4) {
      type = DataType::Array(Type(depth - 1));
    } else if (choice == 5) {
      type = DataType::Map(Type(depth - 1), Type(depth - 1));
    } else {
      std::vector<DataType> types(Below(4));
      for (DataType& field : types) field = Type(depth - 1);
      type = RowOf(std::move(types));
    }
    return type.WithNullable(Below(4) != 0);
  }

  Cell Value(KvFormat format, const DataType& type) {
    if (type.nullable && Below(4) == 0) return Cell();
    switch (type.root) {
      case TypeRoot::kBoolean:
        return Cell::Number(static_cast<int64_t>(Below(2)));
      case TypeRoot::kTinyInt:
        return Cell::Number(static_cast<int8_t>(Integer()));
      case TypeRoot::kSmallInt:
        return Cell::Number(static_cast<int16_t>(Integer()));
      case TypeRoot::kInteger:
      case TypeRoot::kDate:
      case TypeRoot::kTime:
        return Cell::Number(static_cast<int32_t>(Integer()));
      case TypeRoot::kFloat:
        return Cell::Float(static_cast<float>(Integer()));
      case TypeRoot::kDouble:
        return Cell::Double(static_cast<double>(Integer()) / 4);
      case TypeRoot::kChar:
        return Text(Below(static_cast<size_t>(type.length) + 1));
      case TypeRoot::kString:
      case TypeRoot::kBytes:
        return Text(Below(20));
      case TypeRoot::kBinary:
        return Text(static_cast<size_t>(type.length));
      case TypeRoot::kDecimal:
        return type.precision <= kCompactDecimalDigits ? Cell::Number(Integer()) : Decimal();
      case TypeRoot::kTimestamp:
      case TypeRoot::kTimestampLtz:
        return Cell::Timestamp(Integer(), type.precision <= kCompactTimestampPrecision
                                              ? 0
                                              : static_cast<int32_t>(Below(1'000'000)));
      case TypeRoot::kArray:
      case TypeRoot::kMap:
      case TypeRoot::kRow:
        return Nested(format, type);
      default:
        return Cell::Number(Integer());
    }
  }

  std::vector<Cell> Row(const RowCodec& codec) {
    std::vector<Cell> cells;
    for (const DataType& type : codec.types()) cells.push_back(Value(codec.format(), type));
    return cells;
  }

 private:
  // As often short as long.
  int64_t Integer() { return static_cast<int64_t>(random_()) >> Below(64); }

  Cell Keep(std::string bytes) { return Cell::Of(AsBytes(kept_.emplace_back(std::move(bytes)))); }

  Cell Text(size_t size) {
    std::string text;
    for (size_t i = 0; i < size; i++) text += static_cast<char>('a' + Below(26));
    return Keep(std::move(text));
  }
  Cell Decimal() {
    std::string bytes;
    for (size_t i = Below(16) + 1; i > 0; i--) bytes += static_cast<char>(random_());
    return Cell::Of(TrimDecimal(Keep(std::move(bytes)).bytes()));
  }
  Cell Nested(KvFormat format, const DataType& type) {
    std::string bytes;
    if (type.root == TypeRoot::kArray) {
      const DataType& element = type.children[0].type;
      EncodeArray(element, Values(format, element, Below(8) == 0 ? Below(70) : Below(5)), bytes);
    } else if (type.root == TypeRoot::kMap) {
      size_t size = Below(4);
      auto keys = Values(format, type.children[0].type, size);
      auto values = Values(format, type.children[1].type, size);
      EncodeMap(type, keys, values, bytes);
    } else {
      RowCodec codec(format, NestedRowTypes(type));
      codec.Encode(Row(codec), bytes);
    }
    return Keep(std::move(bytes));
  }
  std::vector<Cell> Values(KvFormat format, const DataType& type, size_t size) {
    std::vector<Cell> cells;
    for (size_t i = 0; i < size; i++) cells.push_back(Value(format, type));
    return cells;
  }

  std::mt19937_64 random_;
  std::deque<std::string> kept_;
};

}  // namespace millrace::schema
