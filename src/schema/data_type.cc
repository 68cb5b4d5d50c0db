#include "schema/data_type.h"

#include <array>
#include <utility>

namespace millrace::schema {
namespace {

struct RootNames {
  std::string_view descriptor;
  std::string_view sql;
};

// In the order of TypeRoot.
constexpr std::array<RootNames, 19> kRoots = {{
    {"BOOLEAN", "BOOLEAN"},
    {"TINYINT", "TINYINT"},
    {"SMALLINT", "SMALLINT"},
    {"INTEGER", "INT"},
    {"BIGINT", "BIGINT"},
    {"FLOAT", "FLOAT"},
    {"DOUBLE", "DOUBLE"},
    {"CHAR", "CHAR"},
    {"STRING", "STRING"},
    {"BINARY", "BINARY"},
    {"BYTES", "BYTES"},
    {"DECIMAL", "DECIMAL"},
    {"DATE", "DATE"},
    {"TIME_WITHOUT_TIME_ZONE", "TIME"},
    {"TIMESTAMP_WITHOUT_TIME_ZONE", "TIMESTAMP"},
    {"TIMESTAMP_WITH_LOCAL_TIME_ZONE", "TIMESTAMP_LTZ"},
    {"ARRAY", "ARRAY"},
    {"MAP", "MAP"},
    {"ROW", "ROW"},
}};

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (char c : text) {
    if (c == quote) quoted += quote;
    quoted += c;
  }
  return quoted + quote;
}

std::string RowFieldText(const DataField& field) {
  std::string text = Quoted(field.name, '`') + " " + field.type.ToString();
  if (field.description) text += " " + Quoted(*field.description, '\'');
  return text;
}

std::string Arguments(const DataType& type) {
  switch (type.root) {
    case TypeRoot::kChar:
    case TypeRoot::kBinary:
      return "(" + std::to_string(type.length) + ")";
    case TypeRoot::kDecimal:
      return "(" + std::to_string(type.precision) + ", " + std::to_string(type.scale) + ")";
    case TypeRoot::kTime:
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      return "(" + std::to_string(type.precision) + ")";
    case TypeRoot::kArray:
    case TypeRoot::kMap:
    case TypeRoot::kRow: {
      std::string text = "<";
      for (const DataField& child : type.children) {
        if (&child != &type.children.front()) text += ", ";
        text += type.root == TypeRoot::kRow ? RowFieldText(child) : child.type.ToString();
      }
      return text + ">";
    }
    default:
      return "";
  }
}

DataType WithPrecision(TypeRoot root, int32_t precision) {
  DataType type = DataType::Of(root);
  type.precision = precision;
  return type;
}

}  // namespace

bool DataType::operator==(const DataType& other) const {
  return root == other.root && nullable == other.nullable && length == other.length &&
         precision == other.precision && scale == other.scale && children == other.children;
}

std::string DataType::ToString() const {
  std::string text(kRoots[static_cast<size_t>(root)].sql);
  text += Arguments(*this);
  if (!nullable) text += " NOT NULL";
  return text;
}

DataType DataType::WithNullable(bool value) const {
  DataType copy = *this;
  copy.nullable = value;
  return copy;
}

DataType DataType::Of(TypeRoot root) {
  DataType type;
  type.root = root;
  return type;
}

DataType DataType::Char(int32_t length) {
  DataType type = Of(TypeRoot::kChar);
  type.length = length;
  return type;
}

DataType DataType::Binary(int32_t length) {
  DataType type = Of(TypeRoot::kBinary);
  type.length = length;
  return type;
}

DataType DataType::Decimal(int32_t precision, int32_t scale) {
  DataType type = WithPrecision(TypeRoot::kDecimal, precision);
  type.scale = scale;
  return type;
}

DataType DataType::Time(int32_t precision) {
  return WithPrecision(TypeRoot::kTime, precision);
}

DataType DataType::Timestamp(int32_t precision) {
  return WithPrecision(TypeRoot::kTimestamp, precision);
}

DataType DataType::TimestampLtz(int32_t precision) {
  return WithPrecision(TypeRoot::kTimestampLtz, precision);
}

DataType DataType::Array(DataType element) {
  DataType type = Of(TypeRoot::kArray);
  type.children.push_back({.name = "element", .type = std::move(element)});
  return type;
}

DataType DataType::Map(DataType key, DataType value) {
  key.nullable = false;
  DataType type = Of(TypeRoot::kMap);
  type.children.push_back({.name = "key", .type = std::move(key)});
  type.children.push_back({.name = "value", .type = std::move(value)});
  return type;
}

DataType DataType::Row(std::vector<DataField> fields) {
  DataType type = Of(TypeRoot::kRow);
  type.children = std::move(fields);
  return type;
}

std::string_view TypeRootName(TypeRoot root) {
  return kRoots[static_cast<size_t>(root)].descriptor;
}

std::optional<TypeRoot> TypeRootFromName(std::string_view name) {
  for (size_t i = 0; i < kRoots.size(); ++i) {
    if (kRoots[i].descriptor == name) return static_cast<TypeRoot>(i);
  }
  return std::nullopt;
}

int ArrowBufferCount(const DataType& type) {
  switch (type.root) {
    case TypeRoot::kRow:
      return 1;
    case TypeRoot::kChar:
    case TypeRoot::kString:
    case TypeRoot::kBytes:
      return 3;
    default:
      return 2;
  }
}

ArrowNodes CountArrow(const DataType& type) {
  ArrowNodes count{.nodes = 1, .buffers = ArrowBufferCount(type)};
  if (type.root == TypeRoot::kMap) {
    count.nodes += 1;
    count.buffers += 1;
  }
  for (const DataField& child : type.children) {
    ArrowNodes inner = CountArrow(child.type);
    count.nodes += inner.nodes;
    count.buffers += inner.buffers;
  }
  return count;
}

}  // namespace millrace::schema
