// DESCRIBE_CLUSTER_CONFIGS 1045, version 0. Both roles. Needs DESCRIBE on the cluster.
#include "coordinator/coordinator.h"
#include "protocol/cluster.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> DescribeClusterConfigs(const Call& call) {
  proto::DescribeClusterConfigsResponse response;
  for (const auto& entry : call.services.coordinator.DescribeConfigs()) {
    auto* config = response.add_configs();
    config->set_config_key(entry.key);
    if (entry.value) config->set_config_value(*entry.value);
    config->set_config_source(entry.dynamic ? "DYNAMIC_SERVER_CONFIG" : "INITIAL_SERVER_CONFIG");
  }
  co_return Encode(response);
}

}  // namespace millrace::server
