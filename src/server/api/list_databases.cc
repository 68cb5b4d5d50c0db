// LIST_DATABASES 1003, version 0. Both roles. Shows what DESCRIBE allows.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> ListDatabases(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::ListDatabasesRequest>(call.body));
  auto view = call.services.coordinator.view();
  proto::ListDatabasesResponse response;
  if (!request.include_summary()) {
    for (auto& name : view->ListDatabases()) response.add_database_name(std::move(name));
    co_return Encode(response);
  }
  for (const auto& database : view->ListDatabaseSummaries()) {
    auto* summary = response.add_database_summary();
    summary->set_database_name(database.name);
    summary->set_created_time(database.created.value);
    summary->set_table_count(database.table_count);
  }
  co_return Encode(response);
}

}  // namespace millrace::server
