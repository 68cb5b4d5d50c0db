// LIST_TABLES 1008, version 0. Both roles. Shows what DESCRIBE allows.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> ListTables(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::ListTablesRequest>(call.body));
  auto view = call.services.coordinator.view();
  CO_TRY_ASSIGN(auto names, view->ListTables(request.database_name()));
  proto::ListTablesResponse response;
  for (auto& name : names) response.add_table_name(std::move(name));
  co_return Encode(response);
}

}  // namespace millrace::server
