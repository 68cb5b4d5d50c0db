#include "schema/schema.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <unordered_set>
#include <utility>

#include "schema/text.h"

namespace millrace::schema {
namespace {

// In the order of AggFunctionType.
constexpr std::array<std::string_view, 14> kAggNames = {
    "sum",         "product",
    "max",         "min",
    "last_value",  "last_value_ignore_nulls",
    "first_value", "first_value_ignore_nulls",
    "listagg",     "string_agg",
    "bool_and",    "bool_or",
    "rbm32",       "rbm64",
};

Error Invalid(std::string message) {
  return {ErrorCode::kInvalidTable, std::move(message)};
}

// The first name that is blank or comes twice, described.
Result<void> CheckNames(const auto& named, std::string_view what) {
  std::unordered_set<std::string_view> seen;
  for (const auto& item : named) {
    if (IsBlank(item.name)) return Invalid(std::string(what) + " with a blank name");
    if (!seen.insert(item.name).second) {
      return Invalid(std::string(what) + " '" + item.name + "' is declared twice");
    }
  }
  return {};
}

Result<void> CheckFieldNames(const DataType& type, const std::string& column) {
  if (type.root == TypeRoot::kRow) {
    TRY(CheckNames(type.children, "column '" + column + "': field"));
  }
  for (const DataField& child : type.children) TRY(CheckFieldNames(child.type, column));
  return {};
}

void CollectFieldIds(const DataType& type, std::vector<int32_t>& ids) {
  for (const DataField& child : type.children) {
    if (type.root == TypeRoot::kRow) ids.push_back(child.field_id);
    CollectFieldIds(child.type, ids);
  }
}

Result<void> NormalizeIds(Schema& schema) {
  auto has_no_id = [](const Column& column) { return column.id == kNoFieldId; };
  auto without = std::count_if(schema.columns.begin(), schema.columns.end(), has_no_id);
  if (without == std::ssize(schema.columns)) {
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      schema.columns[i].id = static_cast<int32_t>(i);
    }
  } else if (without != 0) {
    return Invalid("either all columns or none must have an id; " + std::to_string(without) +
                   " of " + std::to_string(schema.columns.size()) + " have none");
  }

  std::vector<int32_t> ids;
  for (const Column& column : schema.columns) {
    ids.push_back(column.id);
    CollectFieldIds(column.type, ids);
  }
  std::sort(ids.begin(), ids.end());
  auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice != ids.end()) {
    return Invalid("the id " + std::to_string(*twice) +
                   " is used twice among columns and nested fields");
  }
  int32_t highest = ids.empty() ? kNoFieldId : ids.back();
  if (schema.highest_field_id == kNoFieldId) schema.highest_field_id = highest;
  if (schema.highest_field_id < highest) {
    return Invalid("highest_field_id " + std::to_string(schema.highest_field_id) +
                   " is below the id " + std::to_string(highest));
  }
  return {};
}

Result<void> NormalizePrimaryKey(Schema& schema) {
  std::unordered_set<std::string_view> seen;
  for (const std::string& name : schema.primary_key) {
    if (!seen.insert(name).second) return Invalid("primary key column '" + name + "' comes twice");
    auto column = std::find_if(schema.columns.begin(), schema.columns.end(),
                               [&](const Column& candidate) { return candidate.name == name; });
    if (column == schema.columns.end()) {
      return Invalid("primary key column '" + name + "' does not exist");
    }
    if (column->agg) {
      return Invalid("primary key column '" + name + "' can not have an aggregation function");
    }
    column->type.nullable = false;
  }
  return {};
}

Result<void> CheckAutoIncrement(const Schema& schema) {
  if (schema.auto_increment.empty()) return {};
  if (schema.auto_increment.size() > 1) {
    return Invalid("a table has at most one auto-increment column, not " +
                   Joined(schema.auto_increment));
  }
  const std::string& name = schema.auto_increment.front();
  if (!schema.HasPrimaryKey()) {
    return Invalid("auto-increment column '" + name + "' needs a table with a primary key");
  }
  const Column* column = schema.FindColumn(name);
  if (column == nullptr) return Invalid("auto-increment column '" + name + "' does not exist");
  if (std::ranges::find(schema.primary_key, name) != schema.primary_key.end()) {
    return Invalid("auto-increment column '" + name + "' can not be part of the primary key");
  }
  if (column->type.root != TypeRoot::kInteger && column->type.root != TypeRoot::kBigInt) {
    return Invalid("auto-increment column '" + name + "' must be INT or BIGINT, not " +
                   column->type.ToString());
  }
  return {};
}

}  // namespace

std::string_view AggFunctionName(AggFunctionType type) {
  return kAggNames[static_cast<size_t>(type)];
}

std::optional<AggFunctionType> AggFunctionFromName(std::string_view name) {
  std::string wanted = LowerCase(Trimmed(name));
  std::ranges::replace(wanted, '-', '_');
  auto it = std::ranges::find(kAggNames, wanted);
  if (it == kAggNames.end()) return std::nullopt;
  return static_cast<AggFunctionType>(it - kAggNames.begin());
}

std::optional<int> Schema::ColumnIndex(std::string_view name) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return static_cast<int>(i);
  }
  return std::nullopt;
}

const Column* Schema::FindColumn(std::string_view name) const {
  std::optional<int> index = ColumnIndex(name);
  return index ? &columns[*index] : nullptr;
}

Result<Schema> NormalizeSchema(Schema schema) {
  TRY(CheckNames(schema.columns, "column"));
  for (const Column& column : schema.columns) TRY(CheckFieldNames(column.type, column.name));
  TRY(NormalizeIds(schema));
  TRY(NormalizePrimaryKey(schema));
  TRY(CheckAutoIncrement(schema));
  return schema;
}

Result<Schema> MakeSchema(std::vector<Column> columns, std::vector<std::string> primary_key,
                          std::vector<std::string> auto_increment) {
  Schema schema{.columns = std::move(columns),
                .primary_key = std::move(primary_key),
                .auto_increment = std::move(auto_increment)};
  for (Column& column : schema.columns) {
    column.id = ++schema.highest_field_id;
    TRY_ASSIGN(column.type, AssignFieldIds(std::move(column.type), schema.highest_field_id));
  }
  return NormalizeSchema(std::move(schema));
}

Result<DataType> AssignFieldIds(DataType type, int32_t& highest_field_id) {
  for (DataField& child : type.children) {
    if (type.root == TypeRoot::kRow) {
      if (highest_field_id == std::numeric_limits<int32_t>::max()) {
        return Invalid("field '" + child.name + "': all field ids up to 2147483647 are used up");
      }
      child.field_id = ++highest_field_id;
    }
    TRY_ASSIGN(child.type, AssignFieldIds(std::move(child.type), highest_field_id));
  }
  return type;
}

}  // namespace millrace::schema
