// A table's schema at one schema id, and its JSON form (docs/formats/descriptors.md).
//
// Values: owned by whoever holds them, safe to read from any shard.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/data_type.h"

namespace millrace::schema {

// Arrays, maps and rows in each other; deeper types are refused.
inline constexpr int kMaxTypeDepth = 32;

// How the rows of one key are merged in a column of an aggregating table.
enum class AggFunctionType : uint8_t {
  kSum,
  kProduct,
  kMax,
  kMin,
  kLastValue,
  kLastValueIgnoreNulls,
  kFirstValue,
  kFirstValueIgnoreNulls,
  kListAgg,
  kStringAgg,
  kBoolAnd,
  kBoolOr,
  kRbm32,
  kRbm64,
};

// "last_value_ignore_nulls"; parsing ignores case and takes '-' for '_'.
std::string_view AggFunctionName(AggFunctionType type);
std::optional<AggFunctionType> AggFunctionFromName(std::string_view name);

struct AggFunction {
  AggFunctionType type = AggFunctionType::kLastValue;
  std::map<std::string, std::string> parameters = {};

  bool operator==(const AggFunction&) const = default;
};

struct Column {
  std::string name;
  DataType type;
  std::optional<std::string> comment = std::nullopt;
  std::optional<AggFunction> agg = std::nullopt;
  int32_t id = kNoFieldId;

  bool operator==(const Column&) const = default;
};

// Columns in the order of the rows. Ids are unique over columns and the fields nested in them,
// never reused, and at most `highest_field_id`, which only grows over the life of a table.
struct Schema {
  std::vector<Column> columns;
  std::vector<std::string> primary_key = {};     // empty for log tables
  std::vector<std::string> auto_increment = {};  // at most one
  int32_t highest_field_id = -1;

  bool operator==(const Schema&) const = default;

  bool HasPrimaryKey() const { return !primary_key.empty(); }
  std::optional<int> ColumnIndex(std::string_view name) const;
  const Column* FindColumn(std::string_view name) const;  // null if there is none
};

// Reads a schema and brings it into normal form: columns without ids get their positions, columns
// of the primary key become NOT NULL, a missing highest_field_id becomes the highest one in use.
// kInvalidTable for anything else than a schema, with the place and what was expected.
Result<Schema> ParseSchema(std::string_view json);

// Reads one type, e.g. of a column to add. kInvalidTable likewise.
Result<DataType> ParseDataType(std::string_view json);

// Compact JSON with the keys in Fluss's order, so that equal schemas give equal bytes.
std::string SchemaToJson(const Schema& schema);
std::string DataTypeToJson(const DataType& type);

// Checks the rules that ParseSchema enforces on a schema that came another way (made in code, or
// changed), and normalises it: unique names, unique ids, keys that exist. kInvalidTable.
Result<Schema> NormalizeSchema(Schema schema);

// A normalised schema at the start of its life: numbers columns and nested fields in order,
// whatever ids they carry. kInvalidTable as NormalizeSchema.
Result<Schema> MakeSchema(std::vector<Column> columns, std::vector<std::string> primary_key = {},
                          std::vector<std::string> auto_increment = {});

// Gives every nested field of `type` a new id, counting up from `highest_field_id`, which is left
// at the last one given. A field comes before the fields inside it. kInvalidTable past 2^31-1.
Result<DataType> AssignFieldIds(DataType type, int32_t& highest_field_id);

}  // namespace millrace::schema
