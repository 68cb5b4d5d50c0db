// AUTHENTICATE 1038, version 0. Both roles, open to all.
// A listener without authentication takes the protocol PLAINTEXT and nothing else.
#include <fmt/format.h>
#include <strings.h>

#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> Authenticate(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::AuthenticateRequest>(call.body));
  if (strcasecmp(request.protocol().c_str(), "PLAINTEXT") != 0) {
    co_return Error{ErrorCode::kAuthenticate, fmt::format("listener {} takes PLAINTEXT, not {}",
                                                          call.peer.listener, request.protocol())};
  }
  co_return Encode(proto::AuthenticateResponse());
}

}  // namespace millrace::server
