// INIT_WRITER 1026, version 0. Tablet server. Needs WRITE on some listed table; the list may be
// empty.
#include "coordinator/coordinator.h"
#include "protocol/log.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> InitWriter(const Call& call) {
  CO_TRY(protocol::ParseMessage<proto::InitWriterRequest>(call.body));
  auto& coordinator = call.services.coordinator;
  CO_TRY_ASSIGN(WriterId id,
                co_await runtime::RunOn(coordinator.shard(), coordinator.NextWriterId()));
  proto::InitWriterResponse response;
  response.set_writer_id(id.value);
  co_return Encode(response);
}

}  // namespace millrace::server
