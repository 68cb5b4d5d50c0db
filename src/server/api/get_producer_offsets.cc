// GET_PRODUCER_OFFSETS 1054, version 0. Coordinator. Tables without READ are left out.
#include "coordinator/coordinator.h"
#include "protocol/cluster.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

// An empty answer: there are none.
runtime::Task<Result<Body>> GetProducerOffsets(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::GetProducerOffsetsRequest>(call.body));
  auto& coordinator = call.services.coordinator;
  CO_TRY_ASSIGN(auto found,
                co_await runtime::RunOn(coordinator.shard(),
                                        coordinator.FindProducer(request.producer_id())));
  proto::GetProducerOffsetsResponse response;
  if (!found) co_return Encode(response);
  response.set_producer_id(request.producer_id());
  response.set_expiration_time(found->expires.value);
  proto::PbProducerTableOffsets* table = nullptr;
  for (const auto& [bucket, end] : found->buckets) {
    if (!table || table->table_id() != bucket.table_id.value) {
      table = response.add_table_offsets();
      table->set_table_id(bucket.table_id.value);
    }
    auto* entry = table->add_bucket_offsets();
    if (bucket.partition_id) entry->set_partition_id(bucket.partition_id->value);
    entry->set_bucket_id(bucket.bucket_id.value);
    entry->set_log_end_offset(end.value);
  }
  co_return Encode(response);
}

}  // namespace millrace::server
