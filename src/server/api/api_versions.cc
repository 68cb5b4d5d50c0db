// API_VERSIONS 1000, version 0. Both roles, open to all, also before authentication.
// A server that is coordinator and tablet server in one leaves server_type out: clients then don't
// check it.
#include "server/api/handlers.h"
#include "server/api/messages.h"
#include "server/api/table.h"

namespace millrace::server {

runtime::Task<Result<Body>> ApiVersions(const Call& call) {
  CO_TRY(protocol::ParseMessage<proto::ApiVersionsRequest>(call.body));
  proto::ApiVersionsResponse response;
  for (const auto& api : ServedApis()) {
    auto* version = response.add_api_versions();
    version->set_api_key(static_cast<int32_t>(api.key));
    version->set_min_version(0);
    version->set_max_version(api.version_max);
  }
  co_return Encode(response);
}

}  // namespace millrace::server
