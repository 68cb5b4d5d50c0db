// REGISTER_PRODUCER_OFFSETS 1053, version 0. Coordinator. Needs WRITE on all tables named.
#include "coordinator/coordinator.h"
#include "protocol/cluster.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {
namespace {

constexpr int64_t kDefaultTtlMs = int64_t{24} * 60 * 60 * 1000;
constexpr int64_t kMaxTtlMs = int64_t{366} * kDefaultTtlMs;
constexpr int kCreated = 0, kWasThere = 1;

}  // namespace

runtime::Task<Result<Body>> RegisterProducerOffsets(const Call& call) {
  CO_TRY_ASSIGN(auto request,
                protocol::ParseMessage<proto::RegisterProducerOffsetsRequest>(call.body));
  int64_t ttl_ms = request.has_ttl_ms() ? request.ttl_ms() : kDefaultTtlMs;
  int64_t now = runtime::Shard::Current()->clock().WallNow().value;
  metastore::ProducerOffsets offsets;
  offsets.expires = {now + std::clamp<int64_t>(ttl_ms, 0, kMaxTtlMs)};
  for (const auto& table : request.table_offsets()) {
    for (const auto& entry : table.bucket_offsets()) {
      TableBucket bucket = {{table.table_id()}, PartitionOf(entry), {entry.bucket_id()}};
      offsets.buckets.push_back({bucket, {entry.log_end_offset()}});
    }
  }
  auto& coordinator = call.services.coordinator;
  CO_TRY_ASSIGN(
      bool created,
      co_await runtime::RunOn(coordinator.shard(), coordinator.RegisterProducer(
                                                       request.producer_id(), std::move(offsets))));
  proto::RegisterProducerOffsetsResponse response;
  response.set_result(created ? kCreated : kWasThere);
  co_return Encode(response);
}

}  // namespace millrace::server
