#include <fmt/format.h>

#include "coordinator/decide/buckets.h"
#include "coordinator/decide/decide.h"

namespace millrace::coordinator {
namespace {

namespace paths = metastore::paths;

Error DatabaseNotExist(const std::string& name) {
  return {ErrorCode::kDatabaseNotExist, fmt::format("Database {} does not exist", name)};
}

}  // namespace

Result<Decision> DecideCreateDatabase(const State& state, const Context& context,
                                      const std::string& name,
                                      const schema::DatabaseDescriptor& descriptor,
                                      bool ignore_if_exists) {
  TRY(schema::ValidateDatabaseName(name));
  if (state.view.FindDatabase(name)) {
    if (ignore_if_exists) return Decision();
    return Error{ErrorCode::kDatabaseAlreadyExist, fmt::format("Database {} already exists", name)};
  }
  metastore::DatabaseInfo database{name, descriptor, context.now, context.now};
  Decision decision{.next = state};
  decision.ops = {metastore::CreateOp(paths::Database(name), metastore::EncodeDatabase(database),
                                      metastore::Parents::kCreate)};
  decision.next.view.PutDatabase(std::move(database));
  return decision;
}

Result<Decision> DecideAlterDatabase(const State& state, const Context& context,
                                     const std::string& name,
                                     const std::vector<schema::PropertyChange>& changes,
                                     const std::optional<std::string>& comment,
                                     bool ignore_if_not_exists) {
  auto current = state.view.FindDatabase(name);
  if (!current) {
    if (ignore_if_not_exists) return Decision();
    return DatabaseNotExist(name);
  }
  metastore::DatabaseInfo database = *current;
  auto& properties = database.descriptor.custom_properties;
  for (const auto& change : changes) {
    if (change.value) properties[change.key] = *change.value;
  }
  for (const auto& change : changes) {
    if (!change.value) properties.erase(change.key);
  }
  if (comment) database.descriptor.comment = comment->empty() ? std::nullopt : comment;
  if (database == *current) return Decision();

  database.modified = context.now;
  Decision decision{.next = state};
  decision.ops = {metastore::SetOp(paths::Database(name), metastore::EncodeDatabase(database))};
  decision.next.view.PutDatabase(std::move(database));
  return decision;
}

Result<Decision> DecideDropDatabase(const State& state, const std::string& name,
                                    bool ignore_if_not_exists, bool cascade) {
  if (name == kDefaultDatabase) {
    return Error{ErrorCode::kUnknownServerError,
                 fmt::format("The default database {} can not be dropped", name)};
  }
  if (!state.view.FindDatabase(name)) {
    if (ignore_if_not_exists) return Decision();
    return DatabaseNotExist(name);
  }
  TRY_ASSIGN(auto tables, state.view.ListTables(name));
  if (!cascade && !tables.empty()) {
    return Error{ErrorCode::kDatabaseNotEmpty,
                 fmt::format("Database {} is not empty: it has {} tables", name, tables.size())};
  }
  Decision decision{.next = state};
  decision.ops = {metastore::DeleteTreeOp(paths::Database(name))};
  for (const std::string& table : tables) {
    auto entry = state.view.FindTable(TablePath{name, table});
    AddDroppedReplicas(*entry, decision.drop);
    decision.next.view.RemoveTable(entry->info().path);
  }
  decision.next.view.RemoveDatabase(name);
  return decision;
}

}  // namespace millrace::coordinator
