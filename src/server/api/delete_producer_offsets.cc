// DELETE_PRODUCER_OFFSETS 1055, version 0. Coordinator. Needs WRITE on all tables of the offsets.
#include "coordinator/coordinator.h"
#include "protocol/cluster.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> DeleteProducerOffsets(const Call& call) {
  CO_TRY_ASSIGN(auto request,
                protocol::ParseMessage<proto::DeleteProducerOffsetsRequest>(call.body));
  auto& coordinator = call.services.coordinator;
  CO_TRY(co_await runtime::RunOn(coordinator.shard(),
                                 coordinator.DeleteProducer(request.producer_id())));
  co_return Encode(proto::DeleteProducerOffsetsResponse());
}

}  // namespace millrace::server
