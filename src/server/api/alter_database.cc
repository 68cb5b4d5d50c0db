// ALTER_DATABASE 1060, version 0. Coordinator. Needs ALTER on the database.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/config_changes.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> AlterDatabase(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::AlterDatabaseRequest>(call.body));
  CO_TRY_ASSIGN(auto changes, ToPropertyChanges(request.config_changes()));
  std::optional<std::string> comment;
  if (request.has_comment()) comment = request.comment();
  auto& coordinator = call.services.coordinator;
  CO_TRY(co_await runtime::RunOn(
      coordinator.shard(),
      coordinator.AlterDatabase(request.database_name(), std::move(changes), std::move(comment),
                                request.ignore_if_not_exists())));
  co_return Encode(proto::AlterDatabaseResponse());
}

}  // namespace millrace::server
