#include "schema/alter.h"

#include <limits>
#include <utility>

#include "schema/table_config.h"

namespace millrace::schema {
namespace {

Error InvalidAlter(std::string message) {
  return {ErrorCode::kInvalidAlterTable, std::move(message)};
}

Result<void> CheckAddedColumn(const Schema& schema, const AddColumn& column) {
  if (schema.FindColumn(column.name) != nullptr) {
    return InvalidAlter("column '" + column.name + "' exists already");
  }
  if (column.position != ColumnPosition::kLast) {
    return Error{ErrorCode::kUnknownServerError,
                 "column '" + column.name + "' can only be added at the end"};
  }
  if (!column.type.nullable) {
    return Error{ErrorCode::kUnknownServerError,
                 "column '" + column.name + "' must be nullable: the rows there are have no value"};
  }
  if (schema.highest_field_id == std::numeric_limits<int32_t>::max()) {
    return Error{ErrorCode::kInvalidTable,
                 "column '" + column.name + "': all field ids up to 2147483647 are used up"};
  }
  return {};
}

bool IsLakeName(std::string_view key) {
  return key == "table.datalake.database-name" || key == "table.datalake.table-name";
}

// A table from before the cluster had a lake did not get the lake's bucketing, so only a table
// whose rows go to any bucket may join it.
Result<void> CheckLakeKey(const TableDescriptor& table, const TableConfig& config,
                          const std::string& key) {
  if (!key.starts_with("table.datalake.")) return {};
  bool has_no_bucketing = !table.HasPrimaryKey() && table.bucket_keys.empty();
  if (!config.datalake_format && !(has_no_bucketing && key == "table.datalake.enabled")) {
    return InvalidAlter("'" + key + "' can not be altered: the table has no lake format");
  }
  if (config.datalake_enabled && IsLakeName(key)) {
    return InvalidAlter("'" + key + "' can not be altered while 'table.datalake.enabled' is true");
  }
  return {};
}

Result<void> CheckAlterable(const TableDescriptor& table, const TableConfig& config,
                            const std::string& key) {
  if (!IsTableProperty(key)) return {};
  const TableOption* option = FindTableOption(key);
  if (option == nullptr || !option->alterable) {
    return InvalidAlter("table property '" + key + "' can not be altered");
  }
  if (key == "table.kv.standby-replica.enabled" && !table.HasPrimaryKey()) {
    return InvalidAlter("'" + key + "' needs a table with a primary key");
  }
  return CheckLakeKey(table, config, key);
}

TableDescriptor Changed(TableDescriptor table, const std::vector<PropertyChange>& changes) {
  auto properties_of = [&table](const std::string& key) -> Properties& {
    return IsTableProperty(key) ? table.properties : table.custom_properties;
  };
  for (const PropertyChange& change : changes) {
    if (change.value) properties_of(change.key)[change.key] = *change.value;
  }
  for (const PropertyChange& change : changes) {
    if (!change.value) properties_of(change.key).erase(change.key);
  }
  return table;
}

// Turning the lake on binds the table to the cluster's format.
Result<void> BindToLake(TableDescriptor& table, const TableConfig& before,
                        const ClusterLimits& limits) {
  TRY_ASSIGN(TableConfig after, ParseTableConfig(table.properties, UnknownKeys::kIgnore));
  if (!after.datalake_enabled || before.datalake_enabled) return {};
  if (!limits.datalake_enabled || !limits.datalake_format) {
    return InvalidAlter(
        "'table.datalake.enabled' can not be set: this cluster has no lake enabled");
  }
  table.properties.try_emplace("table.datalake.format", Name(*limits.datalake_format));
  return {};
}

}  // namespace

Result<Schema> ApplyAddColumns(const TableDescriptor& table, const std::vector<AddColumn>& added) {
  Schema schema = table.schema;
  for (const AddColumn& request : added) {
    TRY(CheckAddedColumn(schema, request));
    Column column{.name = request.name, .comment = request.comment, .agg = request.agg};
    column.id = ++schema.highest_field_id;
    TRY_ASSIGN(column.type, AssignFieldIds(request.type, schema.highest_field_id));
    schema.columns.push_back(std::move(column));
  }
  TRY_ASSIGN(schema, NormalizeSchema(std::move(schema)));
  TRY_ASSIGN(TableConfig config, ParseTableConfig(table.properties, UnknownKeys::kIgnore));
  TRY(ValidateColumns(schema, config));
  return schema;
}

Result<TableDescriptor> ApplyPropertyChanges(const TableDescriptor& table,
                                             const std::vector<PropertyChange>& changes,
                                             const ClusterLimits& limits) {
  TRY_ASSIGN(TableConfig config, ParseTableConfig(table.properties, UnknownKeys::kIgnore));
  for (const PropertyChange& change : changes) TRY(CheckAlterable(table, config, change.key));
  TableDescriptor changed = Changed(table, changes);
  if (changed == table) return changed;
  TRY(BindToLake(changed, config, limits));
  TRY(ValidateTable(changed, limits));
  return changed;
}

}  // namespace millrace::schema
