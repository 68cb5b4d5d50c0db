#include "record/row_format.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "base/check.h"
#include "schema/nested_value.h"
#include "schema/row_codec.h"

namespace millrace::record {
namespace {

using schema::ArrayView;
using schema::Cell;
using schema::DataType;
using schema::KvFormat;
using schema::TypeRoot;

class Converter {
 public:
  Converter(KvFormat from, KvFormat to) : from_(from), to_(to) {}

  void Convert(const DataType& type, Bytes value, std::string& out) {
    // Views of what is kept here until `out` has it.
    std::deque<std::string> kept;
    switch (type.root) {
      case TypeRoot::kArray: {
        const DataType& element = type.children[0].type;
        EncodeArray(element, Elements(ArrayView(value, element), element, kept), out);
        break;
      }
      case TypeRoot::kMap: {
        schema::MapView map(value, type);
        EncodeMap(type, Elements(map.keys, type.children[0].type, kept),
                  Elements(map.values, type.children[1].type, kept), out);
        break;
      }
      default: {
        std::vector<DataType> types = schema::NestedRowTypes(type);
        std::vector<Cell> cells(types.size());
        auto decoded = schema::RowCodec(from_, types).Decode(value, cells);
        MILLRACE_CHECK(decoded, decoded.error().message);
        for (size_t i = 0; i < cells.size(); ++i) cells[i] = Converted(types[i], cells[i], kept);
        schema::RowCodec(to_, std::move(types)).Encode(cells, out);
      }
    }
  }

 private:
  std::vector<Cell> Elements(const ArrayView& array, const DataType& element,
                             std::deque<std::string>& kept) {
    std::vector<Cell> cells;
    cells.reserve(static_cast<size_t>(array.size()));
    for (int32_t i = 0; i < array.size(); ++i) cells.push_back(Converted(element, array[i], kept));
    return cells;
  }

  Cell Converted(const DataType& type, Cell cell, std::deque<std::string>& kept) {
    if (cell.is_null() || !DependsOnRowFormat(type)) return cell;
    Convert(type, cell.bytes(), kept.emplace_back());
    return Cell::Of(AsBytes(kept.back()));
  }

  KvFormat from_;
  KvFormat to_;
};

}  // namespace

std::vector<DataType> TypesOf(const schema::Schema& schema) {
  std::vector<DataType> types;
  for (const schema::Column& column : schema.columns) types.push_back(column.type);
  return types;
}

bool DependsOnRowFormat(const DataType& type) {
  return type.root == TypeRoot::kRow ||
         std::ranges::any_of(type.children, [](const schema::DataField& child) {
           return DependsOnRowFormat(child.type);
         });
}

NestedConverter::NestedConverter(KvFormat from, KvFormat to, const std::vector<DataType>& types)
    : from_(from), to_(to) {
  if (from == to) return;
  for (size_t i = 0; i < types.size(); ++i) {
    if (DependsOnRowFormat(types[i])) columns_.push_back({i, types[i], {}});
  }
}

void NestedConverter::Convert(std::span<Cell> cells) {
  for (Column& column : columns_) {
    Cell& cell = cells[column.position];
    if (cell.is_null()) continue;
    column.converted.clear();
    Converter(from_, to_).Convert(column.type, cell.bytes(), column.converted);
    cell = Cell::Of(AsBytes(column.converted));
  }
}

}  // namespace millrace::record
