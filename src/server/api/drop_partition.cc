// DROP_PARTITION 1037, version 0. Coordinator. Needs WRITE on the table.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"
#include "server/api/partition_spec.h"

namespace millrace::server {

runtime::Task<Result<Body>> DropPartition(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::DropPartitionRequest>(call.body));
  CO_TRY_ASSIGN(auto spec, ToPartitionSpec(request.partition_spec()));
  TablePath path = ToPath(request.table_path());
  auto& coordinator = call.services.coordinator;
  CO_TRY(co_await runtime::RunOn(
      coordinator.shard(),
      coordinator.DropPartition(std::move(path), std::move(spec), request.ignore_if_not_exists())));
  co_return Encode(proto::DropPartitionResponse());
}

}  // namespace millrace::server
