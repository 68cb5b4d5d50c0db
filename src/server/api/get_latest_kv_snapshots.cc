// GET_LATEST_KV_SNAPSHOTS 1023, version 0. Both roles. Needs DESCRIBE on the table.
//
// There are none yet. A bucket's entry without an id says so, and its readers begin with the log.
#include "coordinator/coordinator.h"
#include "protocol/snapshot.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {
namespace {

using coordinator::PartitionMetadata;
using coordinator::TableEntry;

// Null for a table without partitions.
Result<std::shared_ptr<const PartitionMetadata>> FindPartition(
    const TableEntry& table, const proto::GetLatestKvSnapshotsRequest& request) {
  std::string path = table.info().path.ToString();
  if (!table.table->is_partitioned()) {
    if (!request.has_partition_name()) return nullptr;
    return Error{ErrorCode::kTableNotPartitioned,
                 "Table '" + path + "' is not a partitioned table."};
  }
  if (!request.has_partition_name()) {
    return Error{ErrorCode::kPartitionNotExists,
                 "Table '" + path + "' is partitioned, and the request names no partition."};
  }
  auto found = table.partitions.find(request.partition_name());
  if (found != table.partitions.end()) return found->second;
  return Error{ErrorCode::kPartitionNotExists, "Partition '" + request.partition_name() +
                                                   "' of table '" + path + "' does not exist."};
}

}  // namespace

runtime::Task<Result<Body>> GetLatestKvSnapshots(const Call& call) {
  CO_TRY_ASSIGN(auto request,
                protocol::ParseMessage<proto::GetLatestKvSnapshotsRequest>(call.body));
  TablePath path = ToPath(request.table_path());
  CO_TRY_ASSIGN(auto table, call.services.coordinator.view()->GetTable(path));
  if (!table->info().descriptor.HasPrimaryKey()) {
    co_return Error{ErrorCode::kNonPrimaryKeyTable,
                    "Table '" + path.ToString() + "' has no primary key, so it has no snapshots."};
  }
  CO_TRY_ASSIGN(auto partition, FindPartition(*table, request));
  proto::GetLatestKvSnapshotsResponse response;
  response.set_table_id(table->info().id.value);
  if (partition) response.set_partition_id(partition->info.id.value);
  for (const auto& bucket : partition ? partition->buckets : table->buckets) {
    response.add_latest_snapshots()->set_bucket_id(bucket.id.value);
  }
  co_return Encode(response);
}

}  // namespace millrace::server
