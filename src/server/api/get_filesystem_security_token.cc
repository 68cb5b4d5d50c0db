// GET_FILESYSTEM_SECURITY_TOKEN 1025, version 0. Both roles, open to all.
// Every log scanner asks at its start. Local files need no token.
#include "protocol/snapshot.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> GetFilesystemSecurityToken(const Call&) {
  proto::GetFileSystemSecurityTokenResponse response;
  response.set_schema("file");
  response.set_token("");
  co_return Encode(response);
}

}  // namespace millrace::server
