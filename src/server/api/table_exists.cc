// TABLE_EXISTS 1010, version 0. Both roles. False where DESCRIBE is missing.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> TableExists(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::TableExistsRequest>(call.body));
  proto::TableExistsResponse response;
  auto table = call.services.coordinator.view()->FindTable(ToPath(request.table_path()));
  response.set_exists(table != nullptr);
  co_return Encode(response);
}

}  // namespace millrace::server
