// The buckets of a table or partition in decisions: made, handed to the tablet server, dropped.
#pragma once

#include <vector>

#include "coordinator/decide/decide.h"

namespace millrace::coordinator {

struct NewBuckets {
  std::vector<BucketMetadata> buckets;
  std::vector<metastore::Op> ops;
};

// `table` (a partition of it, if given) with all its buckets on the one tablet server, which leads
// them.
NewBuckets MakeBuckets(const metastore::TableMetadata& table, std::optional<PartitionId> partition,
                       const Context& context);

// What the tablet server has to know to host the buckets that have a leader.
void AddReplicas(const std::shared_ptr<const metastore::TableMetadata>& table,
                 const PartitionMetadata* partition, const std::vector<BucketMetadata>& buckets,
                 std::vector<ReplicaSpec>& to);
// Of the table and all its partitions.
void AddReplicas(const TableEntry& entry, std::vector<ReplicaSpec>& to);

void AddDroppedPartition(const TableEntry& entry, const PartitionMetadata& partition,
                         std::vector<DroppedReplicas>& to);
// The table and all its partitions.
void AddDroppedReplicas(const TableEntry& entry, std::vector<DroppedReplicas>& to);

}  // namespace millrace::coordinator
