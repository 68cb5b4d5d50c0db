// DROP_DATABASE 1002, version 0. Coordinator. Needs DROP on the database.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> DropDatabase(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::DropDatabaseRequest>(call.body));
  auto& coordinator = call.services.coordinator;
  CO_TRY(co_await runtime::RunOn(
      coordinator.shard(),
      coordinator.DropDatabase(request.database_name(), request.ignore_if_not_exists(),
                               request.cascade())));
  co_return Encode(proto::DropDatabaseResponse());
}

}  // namespace millrace::server
