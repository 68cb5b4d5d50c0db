// LIST_PARTITION_INFOS 1009, version 0. Both roles. Needs DESCRIBE on the table.
#include "coordinator/coordinator.h"
#include "protocol/catalog.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"
#include "server/api/partition_spec.h"

namespace millrace::server {

runtime::Task<Result<Body>> ListPartitionInfos(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::ListPartitionInfosRequest>(call.body));
  schema::PartitionSpec wanted;
  if (request.has_partial_partition_spec()) {
    CO_TRY_ASSIGN(wanted, ToPartitionSpec(request.partial_partition_spec()));
  }
  TablePath path = ToPath(request.table_path());
  auto view = call.services.coordinator.view();
  CO_TRY_ASSIGN(auto partitions, view->ListPartitions(path, wanted));
  CO_TRY_ASSIGN(auto entry, view->GetTable(path));
  proto::ListPartitionInfosResponse response;
  for (const auto& partition : partitions) {
    auto* info = response.add_partitions_info();
    info->set_partition_id(partition->info.id.value);
    SetPartitionSpec(*info->mutable_partition_spec(), entry->info().descriptor.partition_keys,
                     partition->info.name);
    if (partition->info.remote_data_dir)
      info->set_remote_data_dir(*partition->info.remote_data_dir);
    info->set_bucket_count(static_cast<int32_t>(partition->buckets.size()));
  }
  // No table has partitions of the system's own yet.
  if (request.include_system_partitions()) response.set_system_partitions_included(true);
  co_return Encode(response);
}

}  // namespace millrace::server
