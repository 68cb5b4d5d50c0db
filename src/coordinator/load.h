// The coordinator's state as the catalog in the store has it.
#pragma once

#include <vector>

#include "coordinator/decide/decide.h"

namespace millrace::coordinator {

struct Loaded {
  State state;
  metastore::Counter next_writer;
  // Every bucket that has a leader.
  std::vector<ReplicaSpec> replicas;
  // What tables and partitions left that were dropped when the coordinator stopped.
  std::vector<DroppedReplicas> dropped;
};

// kUnknownServerError when parts of the catalog contradict each other.
Result<Loaded> BuildState(metastore::Catalog catalog);

}  // namespace millrace::coordinator
