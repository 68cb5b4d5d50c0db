// GET_DATABASE_INFO 1035, version 0. Both roles. Needs DESCRIBE on the database.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> GetDatabaseInfo(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::GetDatabaseInfoRequest>(call.body));
  auto view = call.services.coordinator.view();
  CO_TRY_ASSIGN(auto database, view->GetDatabase(request.database_name()));
  proto::GetDatabaseInfoResponse response;
  response.set_database_json(schema::DatabaseDescriptorToJson(database->descriptor));
  response.set_created_time(database->created.value);
  response.set_modified_time(database->modified.value);
  co_return Encode(response);
}

}  // namespace millrace::server
