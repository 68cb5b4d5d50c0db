// GET_LATEST_KV_SNAPSHOTS 1023, version 0. Both roles. Needs DESCRIBE on the table.
// Asked for by readers of primary-key tables only; there are none yet.
#include "coordinator/coordinator.h"
#include "protocol/snapshot.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> GetLatestKvSnapshots(const Call& call) {
  CO_TRY_ASSIGN(auto request,
                protocol::ParseMessage<proto::GetLatestKvSnapshotsRequest>(call.body));
  TablePath path = ToPath(request.table_path());
  CO_TRY(call.services.coordinator.view()->GetTable(path));
  co_return Error{ErrorCode::kNonPrimaryKeyTable,
                  "Table '" + path.ToString() + "' has no primary key, so it has no snapshots."};
}

}  // namespace millrace::server
