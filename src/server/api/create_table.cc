// CREATE_TABLE 1005, version 0. Coordinator. Needs CREATE on the database.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> CreateTable(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::CreateTableRequest>(call.body));
  CO_TRY_ASSIGN(auto descriptor, schema::ParseTableDescriptor(request.table_json()));
  TablePath path = ToPath(request.table_path());
  auto& coordinator = call.services.coordinator;
  CO_TRY(co_await runtime::RunOn(
      coordinator.shard(),
      coordinator.CreateTable(std::move(path), std::move(descriptor), request.ignore_if_exists())));
  co_return Encode(proto::CreateTableResponse());
}

}  // namespace millrace::server
