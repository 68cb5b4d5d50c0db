// ALTER_CLUSTER_CONFIGS 1046, version 0. Coordinator. Needs ALTER on the cluster.
#include "coordinator/coordinator.h"
#include "protocol/cluster.pb.h"
#include "server/api/config_changes.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> AlterClusterConfigs(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::AlterClusterConfigsRequest>(call.body));
  CO_TRY_ASSIGN(auto changes, ToConfigChanges(request.alter_configs()));
  auto& coordinator = call.services.coordinator;
  CO_TRY(
      co_await runtime::RunOn(coordinator.shard(), coordinator.AlterConfigs(std::move(changes))));
  co_return Encode(proto::AlterClusterConfigsResponse());
}

}  // namespace millrace::server
