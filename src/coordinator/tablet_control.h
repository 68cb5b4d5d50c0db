// What the coordinator asks of the tablet server: the seam between the two roles. In one process it
// is implemented by the replica manager; between processes it becomes NOTIFY_LEADER_AND_ISR,
// STOP_REPLICA and UPDATE_METADATA.
#pragma once

#include <memory>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "metastore/catalog.h"
#include "runtime/task.h"

namespace millrace::coordinator {

// One replica that the tablet server is to host, as leader.
struct ReplicaSpec {
  TableBucket bucket;
  PhysicalTablePath path;
  // Schemas (all versions), log format, compression, TTL: shared by all buckets of the table.
  std::shared_ptr<const metastore::TableMetadata> table;
  std::vector<ServerId> replicas;
  metastore::LeaderIsr state;
};

struct ReplicaFailure {
  TableBucket bucket;
  Error error;
};

// Called on the coordinator's shard, one call at a time per table. Implementations hop to the
// shards that own the buckets.
class TabletControl {
 public:
  virtual ~TabletControl() = default;

  // Opens the replicas, new or left by an earlier run; idempotent. Once it is done, all buckets but
  // those returned serve reads and writes. A bucket that fails stays known, and offline.
  virtual runtime::Task<std::vector<ReplicaFailure>> StartReplicas(
      std::vector<ReplicaSpec> replicas) = 0;

  // Stops the replicas and, if asked, deletes their data, directories included, also of buckets
  // that were never started. Returns those that could not be deleted; they are asked for again when
  // the coordinator next starts. `paths` has one entry per bucket: nothing when the name is not
  // known any more, in which case the directory is found by its ids.
  struct StopRequest {
    TableBucket bucket;
    std::optional<PhysicalTablePath> path;
  };
  virtual runtime::Task<std::vector<ReplicaFailure>> StopReplicas(std::vector<StopRequest> replicas,
                                                                  bool delete_data) = 0;

  // The table has a new schema or new properties; its running replicas are to use them. Done before
  // the change is answered, so that the first record with the new schema id is accepted.
  virtual runtime::Task<> UpdateTable(std::shared_ptr<const metastore::TableMetadata> table) = 0;
};

}  // namespace millrace::coordinator
