// DATABASE_EXISTS 1004, version 0. Both roles. False where DESCRIBE is missing.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> DatabaseExists(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::DatabaseExistsRequest>(call.body));
  proto::DatabaseExistsResponse response;
  response.set_exists(call.services.coordinator.view()->FindDatabase(request.database_name()) !=
                      nullptr);
  co_return Encode(response);
}

}  // namespace millrace::server
