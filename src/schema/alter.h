// ALTER_TABLE: what a table is after a change. The caller decides whether the request as a whole
// makes sense (properties or columns, not both) and gives the new schema its id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/schema.h"
#include "schema/table_descriptor.h"
#include "schema/validation.h"

namespace millrace::schema {

// Where a request wants a new column. Numbers of the wire; only kLast is served.
enum class ColumnPosition : int32_t { kLast = 0, kFirst = 1, kAfter = 3 };

struct AddColumn {
  std::string name;
  DataType type;  // ids of nested fields are given anew
  std::optional<std::string> comment = std::nullopt;
  std::optional<AggFunction> agg = std::nullopt;
  ColumnPosition position = ColumnPosition::kLast;
};

// The table with the columns added at the end, in order. Ids count on from highest_field_id: the
// column's, then those of the fields inside it.
//
//   kInvalidAlterTable   a column of that name exists
//   kUnknownServerError  not nullable, or not last (Fluss's code for it)
//   kInvalidTable        a blank or reserved name, or no more ids
//   kInvalidConfig       an aggregation function on a table that does not aggregate, or one that
//   does
//                        not fit the column
Result<Schema> ApplyAddColumns(const TableDescriptor& table, const std::vector<AddColumn>& added);

// One step of an ALTER_TABLE of properties: the new value, or none to go back to the default. Keys
// that start with "table." are table properties, all others custom properties.
struct PropertyChange {
  std::string key;
  std::optional<std::string> value = std::nullopt;
};

// The table with its properties changed: all sets first, then all resets, as Fluss has it. Returns
// an equal descriptor when nothing changes.
//
//   kInvalidAlterTable  a table property that can not be changed, or not on this table
//   kInvalidConfig, kInvalidTable, kBucketMaxNum  the outcome is no valid table, as
//   CompleteAndValidate
Result<TableDescriptor> ApplyPropertyChanges(const TableDescriptor& table,
                                             const std::vector<PropertyChange>& changes,
                                             const ClusterLimits& limits);

}  // namespace millrace::schema
