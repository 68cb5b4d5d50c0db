// Column types: the nineteen type roots of Fluss and the tree of a nested type.
//
// Values: copied and compared like ints, owned by whoever holds them, safe to read from any shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::schema {

enum class TypeRoot : uint8_t {
  kBoolean,
  kTinyInt,
  kSmallInt,
  kInteger,
  kBigInt,
  kFloat,
  kDouble,
  kChar,
  kString,
  kBinary,
  kBytes,
  kDecimal,
  kDate,
  kTime,          // without time zone
  kTimestamp,     // without time zone
  kTimestampLtz,  // with local time zone
  kArray,
  kMap,
  kRow,
};

struct DataField;

// A type. Only the members that `root` gives a meaning are set, the others are 0 or empty.
struct DataType {
  TypeRoot root = TypeRoot::kBoolean;
  bool nullable = true;
  int32_t length = 0;     // kChar (characters), kBinary (bytes): 1 and up
  int32_t precision = 0;  // kDecimal: 1..38 digits; kTime, kTimestamp, kTimestampLtz: 0..9 digits
  int32_t scale = 0;      // kDecimal: 0..precision

  // kArray: the element. kMap: the key (never nullable), then the value. kRow: the fields in order.
  // Elements, keys and values have the names below and no field id.
  std::vector<DataField> children;

  // Equal in everything: nullability, and names, descriptions and ids of nested fields.
  bool operator==(const DataType& other) const;

  // As SQL writes it, e.g. "DECIMAL(10, 2) NOT NULL" or "ROW<`a` INT, `b` ARRAY<STRING>>".
  std::string ToString() const;

  // The same type, nullable or not.
  DataType WithNullable(bool value) const;
  DataType NotNull() const;

  bool IsNested() const { return root >= TypeRoot::kArray; }

  // Nullable types. Arguments must be in the ranges above; ParseDataType is what checks foreign
  // ones.
  static DataType Of(TypeRoot root);
  static DataType Char(int32_t length);
  static DataType Binary(int32_t length);
  static DataType Decimal(int32_t precision, int32_t scale);
  static DataType Time(int32_t precision);
  static DataType Timestamp(int32_t precision);
  static DataType TimestampLtz(int32_t precision);
  static DataType Array(DataType element);
  static DataType Map(DataType key, DataType value);  // makes the key NOT NULL
  static DataType Row(std::vector<DataField> fields);
};

inline constexpr int32_t kNoFieldId = -1;

// A child of a nested type. `field_id` counts in one row of numbers with the ids of the columns.
struct DataField {
  std::string name;
  DataType type;
  std::optional<std::string> description = std::nullopt;
  int32_t field_id = kNoFieldId;

  bool operator==(const DataField& other) const = default;
};

inline DataType DataType::NotNull() const {
  return WithNullable(false);
}

// The root's name in descriptors, e.g. "TIMESTAMP_WITHOUT_TIME_ZONE", and back.
std::string_view TypeRootName(TypeRoot root);
std::optional<TypeRoot> TypeRootFromName(std::string_view name);

// What a record batch holds for a column of this type: field nodes and buffers, in the order of a
// depth-first walk. See docs/formats/descriptors.md.
struct ArrowNodes {
  int nodes = 0;
  int buffers = 0;
  bool operator==(const ArrowNodes&) const = default;
};

// Buffers of the type's own node, without those of its children: 1 for a row (validity), 3 for text
// and bytes of any length (validity, offsets, data), 2 for everything else.
int ArrowBufferCount(const DataType& type);

// Nodes and buffers of the whole tree. A map has one more node than its children make: the struct
// of its entries, with 1 buffer, between the map's node and the key's.
ArrowNodes CountArrow(const DataType& type);

}  // namespace millrace::schema
