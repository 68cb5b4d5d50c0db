// DROP_TABLE 1006, version 0. Coordinator. Needs DROP on the table.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> DropTable(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::DropTableRequest>(call.body));
  TablePath path = ToPath(request.table_path());
  auto& coordinator = call.services.coordinator;
  CO_TRY(co_await runtime::RunOn(
      coordinator.shard(), coordinator.DropTable(std::move(path), request.ignore_if_not_exists())));
  co_return Encode(proto::DropTableResponse());
}

}  // namespace millrace::server
