// ACQUIRE_KV_SNAPSHOT_LEASE 1056, RELEASE_KV_SNAPSHOT_LEASE 1057 and DROP_KV_SNAPSHOT_LEASE 1058,
// version 0. Coordinator.
//
// There are no snapshots yet that a lease could keep. Readers give up a lease also when they read
// none.
#include "protocol/snapshot.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

using runtime::Task;

// All that are asked for are unavailable.
Task<Result<Body>> AcquireKvSnapshotLease(const Call& call) {
  CO_TRY_ASSIGN(auto request,
                protocol::ParseMessage<proto::AcquireKvSnapshotLeaseRequest>(call.body));
  proto::AcquireKvSnapshotLeaseResponse response;
  *response.mutable_unavailable_snapshots() = request.snapshots_to_lease();
  co_return Encode(response);
}

Task<Result<Body>> ReleaseKvSnapshotLease(const Call& call) {
  CO_TRY(protocol::ParseMessage<proto::ReleaseKvSnapshotLeaseRequest>(call.body));
  co_return Encode(proto::ReleaseKvSnapshotLeaseResponse());
}

Task<Result<Body>> DropKvSnapshotLease(const Call& call) {
  CO_TRY(protocol::ParseMessage<proto::DropKvSnapshotLeaseRequest>(call.body));
  co_return Encode(proto::DropKvSnapshotLeaseResponse());
}

}  // namespace millrace::server
