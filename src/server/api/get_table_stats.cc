// GET_TABLE_STATS 1059, version 0. Tablet server. Needs READ on the table.
#include "coordinator/coordinator.h"
#include "protocol/log.pb.h"
#include "replica/replica_manager.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"
#include "server/request_checks.h"

namespace millrace::server {
namespace {

runtime::Task<Result<int64_t>> CountRows(const Call& call, TableBucket bucket,
                                         std::optional<int32_t> routing_bucket_count) {
  CO_TRY(CheckRouting(*call.services.coordinator.view(), bucket, routing_bucket_count));
  co_return co_await call.services.replicas.CountRows(bucket);
}

}  // namespace

runtime::Task<Result<Body>> GetTableStats(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::GetTableStatsRequest>(call.body));
  proto::GetTableStatsResponse response;
  for (const auto& wanted : request.buckets_req()) {
    auto* entry = response.add_buckets_resp();
    if (wanted.has_partition_id()) entry->set_partition_id(wanted.partition_id());
    entry->set_bucket_id(wanted.bucket_id());
    TableBucket bucket = {{request.table_id()}, PartitionOf(wanted), {wanted.bucket_id()}};
    auto rows = co_await CountRows(call, bucket, RoutingOf(wanted));
    if (rows) {
      entry->set_row_count(*rows);
    } else {
      SetError(*entry, rows.error());
    }
  }
  co_return Encode(response);
}

}  // namespace millrace::server
