// CREATE_DATABASE 1001, version 0. Coordinator. Needs CREATE on the cluster.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> CreateDatabase(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::CreateDatabaseRequest>(call.body));
  schema::DatabaseDescriptor descriptor;
  if (request.has_database_json()) {
    CO_TRY_ASSIGN(descriptor, schema::ParseDatabaseDescriptor(request.database_json()));
  }
  auto& coordinator = call.services.coordinator;
  CO_TRY(co_await runtime::RunOn(
      coordinator.shard(),
      coordinator.CreateDatabase(request.database_name(), std::move(descriptor),
                                 request.ignore_if_exists())));
  co_return Encode(proto::CreateDatabaseResponse());
}

}  // namespace millrace::server
