// GET_LAKE_SNAPSHOT 1032, version 0. Both roles. Needs DESCRIBE on the table.
// Nothing is tiered to a lake yet.
#include "coordinator/coordinator.h"
#include "protocol/lake.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> GetLakeSnapshot(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::GetLakeSnapshotRequest>(call.body));
  TablePath path = ToPath(request.table_path());
  CO_TRY(call.services.coordinator.view()->GetTable(path));
  co_return Error{ErrorCode::kLakeSnapshotNotExist,
                  "Table '" + path.ToString() + "' has no lake snapshot."};
}

}  // namespace millrace::server
