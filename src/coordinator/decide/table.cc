#include <fmt/format.h>

#include <algorithm>

#include "coordinator/decide/buckets.h"
#include "coordinator/decide/decide.h"

namespace millrace::coordinator {
namespace {

namespace paths = metastore::paths;

using metastore::Parents;

Error TableNotExist(const TablePath& path) {
  return {ErrorCode::kTableNotExist, fmt::format("Table {} does not exist", path.ToString())};
}

// Rules of schema/ know no table names.
Error About(const TablePath& path, Error error) {
  error.message = fmt::format("Table {}: {}", path.ToString(), error.message);
  return error;
}

Result<void> ValidatePath(const TablePath& path) {
  TRY(schema::ValidateDatabaseName(path.database));
  return schema::ValidateTableName(path.table);
}

std::shared_ptr<metastore::TableMetadata> WithDescriptor(const metastore::TableMetadata& table,
                                                         schema::TableDescriptor descriptor) {
  auto changed = std::make_shared<metastore::TableMetadata>(table);
  changed->info.descriptor = std::move(descriptor);
  changed->descriptor_json = schema::TableDescriptorToJson(changed->info.descriptor);
  return changed;
}

// The decision that puts `changed` in place of the entry's table.
Decision Replace(const State& state, const TableEntry& entry,
                 std::shared_ptr<const metastore::TableMetadata> changed) {
  Decision decision{.next = state, .update = changed};
  auto next = std::make_shared<TableEntry>(entry);
  next->table = std::move(changed);
  decision.next.view.PutTable(std::move(next));
  return decision;
}

Result<Decision> AddColumns(const State& state, const TableEntry& entry,
                            const std::vector<schema::AddColumn>& columns) {
  const metastore::TableInfo& info = entry.info();
  schema::TableDescriptor descriptor = info.descriptor;
  auto schema = schema::ApplyAddColumns(info.descriptor, columns);
  if (!schema) return About(info.path, std::move(schema).error());
  if (*schema == info.descriptor.schema) return Decision();
  descriptor.schema = *std::move(schema);

  auto changed = WithDescriptor(*entry.table, std::move(descriptor));
  SchemaId id{info.schema_id.value + 1};
  changed->info.schema_id = id;
  changed->schemas[id] = std::make_shared<const schema::Schema>(changed->info.descriptor.schema);
  Decision decision = Replace(state, entry, changed);
  decision.ops = {metastore::CreateOp(paths::Schema(info.path, id),
                                      schema::SchemaToJson(changed->info.descriptor.schema))};
  return decision;
}

Result<Decision> ChangeProperties(const State& state, const Context& context,
                                  const TableEntry& entry,
                                  const std::vector<schema::PropertyChange>& changes) {
  const metastore::TableInfo& info = entry.info();
  auto descriptor = schema::ApplyPropertyChanges(info.descriptor, changes, context.limits.tables);
  if (!descriptor) return About(info.path, std::move(descriptor).error());
  if (*descriptor == info.descriptor) return Decision();

  auto changed = WithDescriptor(*entry.table, *std::move(descriptor));
  changed->info.modified = context.now;
  Decision decision = Replace(state, entry, changed);
  decision.ops = {metastore::SetOp(paths::Table(info.path), metastore::EncodeTable(changed->info))};
  if (changed->is_partitioned()) decision.auto_partition = info.id;
  return decision;
}

}  // namespace

Result<Decision> DecideCreateTable(const State& state, const Context& context,
                                   const TablePath& path, schema::TableDescriptor descriptor,
                                   bool ignore_if_exists) {
  TRY(ValidatePath(path));
  auto complete = schema::CompleteAndValidate(std::move(descriptor), context.limits.tables);
  if (!complete) return About(path, std::move(complete).error());
  if (ignore_if_exists && state.view.FindTable(path)) return Decision();
  TRY(state.view.GetDatabase(path.database));
  if (state.view.FindTable(path)) {
    return Error{ErrorCode::kTableAlreadyExist,
                 fmt::format("Table {} already exists", path.ToString())};
  }

  auto table = std::make_shared<metastore::TableMetadata>();
  table->info = {.path = path,
                 .id = {state.next_table.next},
                 .schema_id = {1},
                 .descriptor = *std::move(complete),
                 .remote_data_dir = context.remote_data_dir,
                 .created = context.now,
                 .modified = context.now};
  const auto& shared_schema = table->schemas[SchemaId{1}] =
      std::make_shared<const schema::Schema>(table->info.descriptor.schema);
  table->descriptor_json = schema::TableDescriptorToJson(table->info.descriptor);

  Decision decision{.next = state};
  decision.ops = {
      metastore::AdvanceCounterOp(paths::kTableCounter, state.next_table, table->info.id.value + 1),
      metastore::CreateOp(paths::Table(path), metastore::EncodeTable(table->info),
                          Parents::kCreate),
      metastore::CreateOp(paths::Schema(path, {1}), schema::SchemaToJson(*shared_schema),
                          Parents::kCreate)};
  decision.next.next_table = metastore::Advanced(state.next_table, table->info.id.value + 1);

  auto entry = std::make_shared<TableEntry>();
  entry->table = table;
  if (table->is_partitioned()) {
    decision.ops.push_back(metastore::CreateOp(paths::Partitions(path), ""));
    decision.auto_partition = table->info.id;
  } else {
    NewBuckets made = MakeBuckets(*table, std::nullopt, context);
    entry->buckets = std::move(made.buckets);
    std::ranges::move(made.ops, std::back_inserter(decision.ops));
    AddReplicas(*entry, decision.start);
  }
  decision.next.view.PutTable(std::move(entry));
  return decision;
}

Result<Decision> DecideAlterTable(const State& state, const Context& context, const TablePath& path,
                                  const TableChanges& changes, bool ignore_if_not_exists) {
  TRY(ValidatePath(path));
  bool changes_columns = !changes.add_columns.empty() || changes.unsupported;
  if (changes_columns && !changes.properties.empty()) {
    return Error{ErrorCode::kInvalidAlterTable,
                 fmt::format("Table {}: one alteration changes either properties or columns",
                             path.ToString())};
  }
  auto entry = state.view.FindTable(path);
  if (!entry) {
    if (ignore_if_not_exists) return Decision();
    return TableNotExist(path);
  }
  if (changes.unsupported) {
    return Error{
        ErrorCode::kUnknownServerError,
        fmt::format("Table {}: {} is not supported", path.ToString(), *changes.unsupported)};
  }
  if (changes_columns) return AddColumns(state, *entry, changes.add_columns);
  if (changes.properties.empty()) return Decision();
  return ChangeProperties(state, context, *entry, changes.properties);
}

Result<Decision> DecideDropTable(const State& state, const TablePath& path,
                                 bool ignore_if_not_exists) {
  auto entry = state.view.FindTable(path);
  if (!entry) {
    if (ignore_if_not_exists) return Decision();
    return TableNotExist(path);
  }
  Decision decision{.next = state};
  decision.ops = {metastore::DeleteTreeOp(paths::Table(path))};
  AddDroppedReplicas(*entry, decision.drop);
  decision.next.view.RemoveTable(path);
  return decision;
}

}  // namespace millrace::coordinator
