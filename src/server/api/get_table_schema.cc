// GET_TABLE_SCHEMA 1011, version 0. Both roles. Needs DESCRIBE on the table.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> GetTableSchema(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::GetTableSchemaRequest>(call.body));
  std::optional<SchemaId> id;
  if (request.has_schema_id()) id = SchemaId{request.schema_id()};
  auto view = call.services.coordinator.view();
  CO_TRY_ASSIGN(auto found, view->GetSchema(ToPath(request.table_path()), id));
  proto::GetTableSchemaResponse response;
  response.set_schema_id(found.id.value);
  response.set_schema_json(schema::SchemaToJson(*found.schema));
  co_return Encode(response);
}

}  // namespace millrace::server
