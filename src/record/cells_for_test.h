// Rows of any types for tests: values that all formats keep as they are.
#pragma once

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "record/golden_batches.h"
#include "record/row_format.h"
#include "schema/cell.h"
#include "schema/nested_value.h"
#include "schema/row_codec.h"

namespace millrace::record {

// All roots and all units of time, arrays, maps and rows in each other.
inline schema::Schema EveryTypeSchema() {
  using schema::DataType;
  using schema::TypeRoot;
  schema::Schema schema = AllTypesSchema();
  DataType string = DataType::Of(TypeRoot::kString);
  DataType row = DataType::Row({{"flag", DataType::Of(TypeRoot::kBoolean)},
                                {"decimal", DataType::Decimal(38, 0)},
                                {"texts", DataType::Array(string)}});
  for (const DataType& type :
       {DataType::Of(TypeRoot::kInteger).NotNull(), DataType::Decimal(18, 0),
        DataType::Decimal(38, 3), DataType::Time(3), DataType::Time(9), DataType::Timestamp(3),
        DataType::Timestamp(9), DataType::TimestampLtz(0), DataType::TimestampLtz(6),
        DataType::TimestampLtz(9), DataType::Binary(300), DataType::Array(row),
        DataType::Map(DataType::Of(TypeRoot::kBigInt), row),
        DataType::Array(DataType::Array(DataType::Decimal(20, 1))),
        DataType::Map(string, DataType::Map(string, DataType::Timestamp(9))),
        DataType::Array(DataType::Of(TypeRoot::kBoolean).NotNull()),
        DataType::Row({{"row", row}, {"binary", DataType::Binary(2)}})}) {
    std::string name = "more" + std::to_string(schema.columns.size());
    schema.columns.push_back({.name = name, .type = type, .id = ++schema.highest_field_id});
  }
  return schema;
}

class CellMaker {
 public:
  // Nested values in this format.
  CellMaker(schema::KvFormat format, uint64_t seed) : format_(format), random_(seed) {}

  // `null_percent` of the values that can be are NULL. What the cells refer to lives as long as
  // this.
  std::vector<schema::Cell> Row(const schema::Schema& schema, uint64_t null_percent = 20) {
    std::vector<schema::Cell> cells;
    for (const schema::Column& column : schema.columns) {
      cells.push_back(Any(column.type, null_percent));
    }
    return cells;
  }

  schema::Cell Any(const schema::DataType& type, uint64_t null_percent) {
    using schema::Cell;
    using schema::TypeRoot;
    if (type.nullable && random_() % 100 < null_percent) return Cell();
    switch (type.root) {
      case TypeRoot::kBoolean:
        return Cell::Number(Number(0, 1));
      case TypeRoot::kTinyInt:
        return Cell::Number(Number(INT8_MIN, INT8_MAX));
      case TypeRoot::kSmallInt:
        return Cell::Number(Number(INT16_MIN, INT16_MAX));
      case TypeRoot::kInteger:
      case TypeRoot::kDate:
        return Cell::Number(Number(INT32_MIN, INT32_MAX));
      case TypeRoot::kBigInt:
        return Cell::Number(Number(INT64_MIN, INT64_MAX));
      case TypeRoot::kFloat:
        return Cell::Float(static_cast<float>(Number(-1000, 1000)) / 4);
      case TypeRoot::kDouble:
        return Cell::Double(static_cast<double>(Number(-1000, 1000)) / 4);
      case TypeRoot::kChar:
        return Text(Number(1, type.length));
      case TypeRoot::kString:
      case TypeRoot::kBytes:
        return Text(Number(0, 20));
      case TypeRoot::kBinary:
        return Text(type.length);
      case TypeRoot::kDecimal:
        return type.precision <= schema::kCompactDecimalDigits ? Cell::Number(Number(-99999, 99999))
                                                               : LargeDecimal();
      case TypeRoot::kTime:
        return Cell::Number(type.precision == 0 ? Number(0, 86'399) * 1000 : Number(0, 86'399'999));
      case TypeRoot::kTimestamp:
      case TypeRoot::kTimestampLtz:
        return Timestamp(type.precision);
      case TypeRoot::kArray: {
        const auto& element = type.children[0].type;
        auto elements = Several(element, Number(0, 3));
        EncodeArray(element, elements, kept_.emplace_back());
        return Cell::Of(AsBytes(kept_.back()));
      }
      case TypeRoot::kMap: {
        int64_t size = Number(0, 3);
        auto keys = Several(type.children[0].type, size);
        auto values = Several(type.children[1].type, size);
        EncodeMap(type, keys, values, kept_.emplace_back());
        return Cell::Of(AsBytes(kept_.back()));
      }
      case TypeRoot::kRow: {
        std::vector<Cell> fields;
        for (const auto& field : type.children) fields.push_back(Any(field.type, 20));
        schema::RowCodec codec(format_, schema::NestedRowTypes(type));
        codec.Encode(fields, kept_.emplace_back());
        return Cell::Of(AsBytes(kept_.back()));
      }
    }
    return Cell();
  }

 private:
  int64_t Number(int64_t min, int64_t max) {
    return std::uniform_int_distribution<int64_t>(min, max)(random_);
  }

  schema::Cell Text(int64_t size) {
    std::string& text = kept_.emplace_back();
    for (int64_t i = 0; i < size; ++i) text.push_back(static_cast<char>(Number('a', 'z')));
    return schema::Cell::Of(AsBytes(text));
  }

  schema::Cell LargeDecimal() {
    // The first byte is one that doesn't only repeat the sign of the next.
    std::string& text = kept_.emplace_back();
    text.push_back(static_cast<char>(Number(2, 0x7e) * (Number(0, 1) * 2 - 1)));
    for (int64_t i = Number(0, 15); i > 0; --i)
      text.push_back(static_cast<char>(Number(-128, 127)));
    return schema::Cell::Of(AsBytes(text));
  }

  schema::Cell Timestamp(int32_t precision) {
    int64_t ms = Number(-9'000'000'000, 9'000'000'000);
    if (precision == 0) return schema::Cell::Timestamp(ms / 1000 * 1000, 0);
    if (precision <= 3) return schema::Cell::Timestamp(ms, 0);
    if (precision <= 6)
      return schema::Cell::Timestamp(ms, static_cast<int32_t>(Number(0, 999)) * 1000);
    return schema::Cell::Timestamp(ms, static_cast<int32_t>(Number(0, 999'999)));
  }

  std::vector<schema::Cell> Several(const schema::DataType& type, int64_t count) {
    std::vector<schema::Cell> cells;
    for (int64_t i = 0; i < count; ++i) cells.push_back(Any(type, 20));
    return cells;
  }

  schema::KvFormat format_;
  std::mt19937_64 random_;
  std::deque<std::string> kept_;
};

// A row as text, by which rows are compared and kept.
inline std::string AsRow(const std::vector<schema::DataType>& types,
                         std::span<const schema::Cell> cells) {
  std::string row;
  schema::RowCodec(schema::KvFormat::kCompacted, types).Encode(cells, row);
  return row;
}

}  // namespace millrace::record
