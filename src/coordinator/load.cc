#include "coordinator/load.h"

#include <fmt/format.h>

#include <unordered_map>

#include "coordinator/decide/buckets.h"

namespace millrace::coordinator {
namespace {

std::vector<BucketMetadata> BucketsOf(const metastore::BucketStates& states) {
  std::vector<BucketMetadata> buckets;
  for (const auto& [id, replicas] : states.assignment) {
    BucketMetadata bucket{id, replicas, std::nullopt};
    auto state = states.leader_isr.find(id);
    if (state != states.leader_isr.end()) bucket.state = state->second;
    buckets.push_back(std::move(bucket));
  }
  return buckets;
}

DroppedReplicas Leftover(std::string node, const metastore::BucketStates& states,
                         std::optional<PartitionId> partition) {
  DroppedReplicas dropped{std::move(node), {}};
  for (const auto& [id, replicas] : states.assignment) {
    dropped.replicas.push_back({.bucket = {states.table_id, partition, id}, .path = std::nullopt});
  }
  return dropped;
}

Error Contradiction(const TablePath& path, std::string_view what) {
  return {ErrorCode::kUnknownServerError,
          fmt::format("metadata of table {}: {}", path.ToString(), what)};
}

}  // namespace

Result<Loaded> BuildState(metastore::Catalog catalog) {
  Loaded loaded;
  State& state = loaded.state;
  state.next_table = catalog.next_table;
  state.next_partition = catalog.next_partition;
  loaded.next_writer = catalog.next_writer;
  state.has_server_configs = catalog.has_server_configs;
  state.view.SetServerConfigs(std::move(catalog.server_configs));
  for (auto& database : catalog.databases) state.view.PutDatabase(std::move(database));

  // Assignments that a table or partition claims are taken out; what is left over was dropped.
  std::unordered_map<TableId, std::shared_ptr<TableEntry>> entries;
  for (auto& table : catalog.tables) {
    auto entry = std::make_shared<TableEntry>();
    entry->table = table;
    if (auto buckets = catalog.table_buckets.find(table->info.id);
        buckets != catalog.table_buckets.end()) {
      entry->buckets = BucketsOf(buckets->second);
      catalog.table_buckets.erase(buckets);
    }
    if (!entries.emplace(table->info.id, entry).second) {
      return Contradiction(table->info.path, "its id is another table's, too");
    }
  }
  for (auto& info : catalog.partitions) {
    auto entry = entries.find(info.table_id);
    if (entry == entries.end()) {
      return Error{ErrorCode::kUnknownServerError,
                   fmt::format("metadata of partition {}: there is no table {}", info.name,
                               info.table_id.value)};
    }
    auto partition = std::make_shared<PartitionMetadata>();
    partition->info = info;
    if (auto buckets = catalog.partition_buckets.find(info.id);
        buckets != catalog.partition_buckets.end()) {
      partition->buckets = BucketsOf(buckets->second);
      catalog.partition_buckets.erase(buckets);
    }
    entry->second->partitions[info.name] = std::move(partition);
  }
  for (auto& [id, entry] : entries) {
    AddReplicas(*entry, loaded.replicas);
    state.view.PutTable(std::move(entry));
  }

  for (const auto& [id, states] : catalog.table_buckets) {
    loaded.dropped.push_back(Leftover(metastore::paths::TableAssignment(id), states, std::nullopt));
  }
  for (const auto& [id, states] : catalog.partition_buckets) {
    loaded.dropped.push_back(Leftover(metastore::paths::PartitionAssignment(id), states, id));
  }
  return loaded;
}

}  // namespace millrace::coordinator
