#include "coordinator/decide/buckets.h"

namespace millrace::coordinator {

NewBuckets MakeBuckets(const metastore::TableMetadata& table, std::optional<PartitionId> partition,
                       const Context& context) {
  metastore::Assignment assignment;
  std::map<BucketId, metastore::LeaderIsr> states;
  NewBuckets made;
  for (int32_t i = 0; i < table.bucket_count(); i++) {
    BucketId id{i};
    assignment[id] = {context.tablet_server};
    states[id] = {.leader = context.tablet_server, .isr = {context.tablet_server}};
    made.buckets.push_back({id, assignment[id], states[id]});
  }
  made.ops = metastore::CreateAssignmentOps(table.info.id, partition, assignment, states);
  return made;
}

void AddReplicas(const std::shared_ptr<const metastore::TableMetadata>& table,
                 const PartitionMetadata* partition, const std::vector<BucketMetadata>& buckets,
                 std::vector<ReplicaSpec>& to) {
  std::optional<PartitionId> partition_id;
  PhysicalTablePath path{table->info.path, std::nullopt};
  if (partition) {
    partition_id = partition->info.id;
    path.partition = partition->info.name;
  }
  for (const BucketMetadata& bucket : buckets) {
    if (!bucket.state) continue;
    to.push_back({.bucket = {table->info.id, partition_id, bucket.id},
                  .path = path,
                  .table = table,
                  .replicas = bucket.replicas,
                  .state = *bucket.state});
  }
}

void AddReplicas(const TableEntry& entry, std::vector<ReplicaSpec>& to) {
  AddReplicas(entry.table, nullptr, entry.buckets, to);
  for (const auto& [name, partition] : entry.partitions) {
    AddReplicas(entry.table, partition.get(), partition->buckets, to);
  }
}

void AddDroppedPartition(const TableEntry& entry, const PartitionMetadata& partition,
                         std::vector<DroppedReplicas>& to) {
  DroppedReplicas dropped{metastore::paths::PartitionAssignment(partition.info.id), {}};
  for (const BucketMetadata& bucket : partition.buckets) {
    dropped.replicas.push_back({.bucket = {entry.info().id, partition.info.id, bucket.id},
                                .path = PhysicalTablePath{entry.info().path, partition.info.name}});
  }
  to.push_back(std::move(dropped));
}

void AddDroppedReplicas(const TableEntry& entry, std::vector<DroppedReplicas>& to) {
  for (const auto& [name, partition] : entry.partitions) AddDroppedPartition(entry, *partition, to);
  if (entry.table->is_partitioned()) return;
  DroppedReplicas dropped{metastore::paths::TableAssignment(entry.info().id), {}};
  for (const BucketMetadata& bucket : entry.buckets) {
    dropped.replicas.push_back({.bucket = {entry.info().id, std::nullopt, bucket.id},
                                .path = PhysicalTablePath{entry.info().path, std::nullopt}});
  }
  to.push_back(std::move(dropped));
}

}  // namespace millrace::coordinator
