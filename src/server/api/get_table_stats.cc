// GET_TABLE_STATS 1059, version 0. Tablet server. Needs READ on the table.
#include "protocol/log.pb.h"
#include "replica/replica_manager.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

runtime::Task<Result<Body>> GetTableStats(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::GetTableStatsRequest>(call.body));
  proto::GetTableStatsResponse response;
  for (const auto& wanted : request.buckets_req()) {
    auto* entry = response.add_buckets_resp();
    if (wanted.has_partition_id()) entry->set_partition_id(wanted.partition_id());
    entry->set_bucket_id(wanted.bucket_id());
    TableBucket bucket = {{request.table_id()}, PartitionOf(wanted), {wanted.bucket_id()}};
    auto rows = co_await call.services.replicas.CountRows(bucket);
    if (rows) {
      entry->set_row_count(*rows);
    } else {
      SetError(*entry, rows.error());
    }
  }
  co_return Encode(response);
}

}  // namespace millrace::server
