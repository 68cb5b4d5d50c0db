// GET_CLUSTER_HEALTH 1062, version 0. Both roles. Needs DESCRIBE on the cluster.
#include "coordinator/coordinator.h"
#include "protocol/cluster.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> GetClusterHealth(const Call& call) {
  auto health = call.services.coordinator.view()->Health();
  proto::GetClusterHealthResponse response;
  response.set_num_replicas(health.num_replicas);
  response.set_in_sync_replicas(health.in_sync_replicas);
  response.set_num_leader_replicas(health.num_leader_replicas);
  response.set_active_leader_replicas(health.active_leader_replicas);
  response.set_status(static_cast<int32_t>(health.status));
  co_return Encode(response);
}

}  // namespace millrace::server
