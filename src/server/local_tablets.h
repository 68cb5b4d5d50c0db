// The tablet server's side of the coordinator's orders, when both are in one process.
#pragma once

#include <map>

#include "coordinator/tablet_control.h"
#include "replica/replica_manager.h"

namespace millrace::server {

class ScanSessions;

// Called on the coordinator's shard. `replicas` and `scans` must outlive it.
class LocalTablets final : public coordinator::TabletControl {
 public:
  LocalTablets(replica::ReplicaManager& replicas, ScanSessions& scans)
      : replicas_(replicas), scans_(scans) {}

  runtime::Task<std::vector<coordinator::ReplicaFailure>> StartReplicas(
      std::vector<coordinator::ReplicaSpec> replicas) override;
  runtime::Task<std::vector<coordinator::ReplicaFailure>> StopReplicas(
      std::vector<StopRequest> replicas, bool delete_data) override;
  runtime::Task<> UpdateTable(std::shared_ptr<const metastore::TableMetadata> table) override;

 private:
  // What replicas need of the table; counts on with the counters it had.
  Result<std::shared_ptr<const replica::TableFacts>> FactsOf(const metastore::TableMetadata& table);

  replica::ReplicaManager& replicas_;
  ScanSessions& scans_;
  // Of tables that have running replicas.
  std::map<TableId, std::weak_ptr<const replica::TableFacts>> facts_;
};

}  // namespace millrace::server
