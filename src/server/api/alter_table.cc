// ALTER_TABLE 1044, version 0. Coordinator. Needs ALTER on the table.
#include <fmt/format.h>

#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/config_changes.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

namespace {

Result<schema::AggFunction> ToAggFunction(const proto::PbAddColumn& column) {
  auto type = schema::AggFunctionFromName(column.agg_function_type());
  if (!type) {
    return Error{ErrorCode::kInvalidConfig,
                 "unknown aggregation function " + column.agg_function_type()};
  }
  schema::AggFunction function = {*type};
  for (const auto& parameter : column.agg_function_params()) {
    function.parameters[parameter.key()] = parameter.value();
  }
  return function;
}

Result<schema::AddColumn> ToAddColumn(const proto::PbAddColumn& column) {
  schema::AddColumn add;
  add.name = column.column_name();
  TRY_ASSIGN(add.type, schema::ParseDataType(column.data_type_json()));
  if (column.has_comment()) add.comment = column.comment();
  if (column.has_agg_function_type()) {
    TRY_ASSIGN(add.agg, ToAggFunction(column));
  }
  add.position = static_cast<schema::ColumnPosition>(column.column_position_type());
  return add;
}

// The first change that no Fluss server makes, in words.
std::optional<std::string> Unsupported(const proto::AlterTableRequest& request) {
  if (request.drop_columns_size() > 0) {
    return fmt::format("drop column '{}'", request.drop_columns(0).column_name());
  }
  if (request.rename_columns_size() > 0) {
    return fmt::format("rename column '{}'", request.rename_columns(0).old_column_name());
  }
  if (request.modify_columns_size() > 0) {
    return fmt::format("modify column '{}'", request.modify_columns(0).column_name());
  }
  if (request.has_modify_bucket_count()) return "change the bucket count";
  return std::nullopt;
}

Result<coordinator::TableChanges> ToChanges(const proto::AlterTableRequest& request) {
  coordinator::TableChanges changes;
  TRY_ASSIGN(changes.properties, ToPropertyChanges(request.config_changes()));
  for (const auto& column : request.add_columns()) {
    TRY_ASSIGN(auto add, ToAddColumn(column));
    changes.add_columns.push_back(std::move(add));
  }
  changes.unsupported = Unsupported(request);
  return changes;
}

}  // namespace

runtime::Task<Result<Body>> AlterTable(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::AlterTableRequest>(call.body));
  CO_TRY_ASSIGN(auto changes, ToChanges(request));
  TablePath path = ToPath(request.table_path());
  auto& coordinator = call.services.coordinator;
  CO_TRY(co_await runtime::RunOn(
      coordinator.shard(),
      coordinator.AlterTable(std::move(path), std::move(changes), request.ignore_if_not_exists())));
  co_return Encode(proto::AlterTableResponse());
}

}  // namespace millrace::server
