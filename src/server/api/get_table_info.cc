// GET_TABLE_INFO 1007, version 0. Both roles. Needs DESCRIBE on the table.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> GetTableInfo(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::GetTableInfoRequest>(call.body));
  auto view = call.services.coordinator.view();
  CO_TRY_ASSIGN(auto entry, view->GetTable(ToPath(request.table_path())));
  const auto& info = entry->info();
  proto::GetTableInfoResponse response;
  response.set_table_id(info.id.value);
  response.set_schema_id(info.schema_id.value);
  response.set_table_json(entry->table->descriptor_json);
  response.set_created_time(info.created.value);
  response.set_modified_time(info.modified.value);
  if (info.remote_data_dir) response.set_remote_data_dir(*info.remote_data_dir);
  co_return Encode(response);
}

}  // namespace millrace::server
