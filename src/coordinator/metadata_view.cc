#include "coordinator/metadata_view.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::coordinator {
namespace {

Error TableNotExist(const TablePath& path) {
  return {ErrorCode::kTableNotExist, fmt::format("Table {} does not exist", path.ToString())};
}

}  // namespace

std::shared_ptr<const metastore::DatabaseInfo> MetadataView::FindDatabase(
    const std::string& name) const {
  auto found = databases_.find(name);
  return found == databases_.end() ? nullptr : found->second;
}

std::shared_ptr<const TableEntry> MetadataView::FindTable(const TablePath& path) const {
  const auto* entry = tables_.Find(path);
  return entry ? *entry : nullptr;
}

std::shared_ptr<const TableEntry> MetadataView::FindTable(TableId id) const {
  const TablePath* path = table_paths_.Find(id);
  return path ? FindTable(*path) : nullptr;
}

std::optional<PartitionEntry> MetadataView::FindPartition(PartitionId id) const {
  const PartitionPlace* place = partitions_.Find(id);
  if (!place) return std::nullopt;
  auto table = FindTable(place->table);
  auto partition = table->partitions.at(place->name);
  return PartitionEntry{std::move(table), std::move(partition)};
}

std::optional<PartitionEntry> MetadataView::FindPartition(const PhysicalTablePath& path) const {
  auto table = FindTable(path.table_path);
  if (!table || !path.partition) return std::nullopt;
  auto found = table->partitions.find(*path.partition);
  if (found == table->partitions.end()) return std::nullopt;
  auto partition = found->second;
  return PartitionEntry{std::move(table), std::move(partition)};
}

std::vector<std::string> MetadataView::ListDatabases() const {
  std::vector<std::string> names;
  for (const auto& [name, database] : databases_) names.push_back(name);
  return names;
}

std::vector<DatabaseSummary> MetadataView::ListDatabaseSummaries() const {
  std::map<std::string, int32_t> table_counts;
  ForEachTable([&](const auto& entry) { table_counts[entry->info().path.database]++; });
  std::vector<DatabaseSummary> summaries;
  for (const auto& [name, database] : databases_) {
    summaries.push_back({name, database->created, table_counts[name]});
  }
  return summaries;
}

Result<std::shared_ptr<const metastore::DatabaseInfo>> MetadataView::GetDatabase(
    const std::string& name) const {
  auto database = FindDatabase(name);
  if (database) return database;
  return Error{ErrorCode::kDatabaseNotExist, fmt::format("Database {} does not exist", name)};
}

Result<std::vector<std::string>> MetadataView::ListTables(const std::string& database) const {
  TRY(GetDatabase(database));
  std::vector<std::string> names;
  ForEachTable([&](const auto& entry) {
    const TablePath& path = entry->info().path;
    if (path.database == database) names.push_back(path.table);
  });
  std::ranges::sort(names);
  return names;
}

Result<std::shared_ptr<const TableEntry>> MetadataView::GetTable(const TablePath& path) const {
  auto entry = FindTable(path);
  if (entry) return entry;
  return TableNotExist(path);
}

Result<MetadataView::SchemaVersion> MetadataView::GetSchema(const TablePath& path,
                                                            std::optional<SchemaId> id) const {
  auto entry = FindTable(path);
  if (!entry) {
    return Error{ErrorCode::kSchemaNotExist,
                 fmt::format("No schema: table {} does not exist", path.ToString())};
  }
  SchemaId wanted = id.value_or(entry->info().schema_id);
  auto found = entry->table->schemas.find(wanted);
  if (found != entry->table->schemas.end()) return SchemaVersion{wanted, found->second};
  return Error{ErrorCode::kSchemaNotExist,
               fmt::format("Table {} has no schema {}, its newest is {}", path.ToString(),
                           wanted.value, entry->info().schema_id.value)};
}

Result<std::vector<std::shared_ptr<const PartitionMetadata>>> MetadataView::ListPartitions(
    const TablePath& path, const schema::PartitionSpec& spec) const {
  TRY_ASSIGN(auto entry, GetTable(path));
  const auto& keys = entry->info().descriptor.partition_keys;
  if (keys.empty()) {
    return Error{ErrorCode::kTableNotPartitioned,
                 fmt::format("Table {} is not partitioned", path.ToString())};
  }
  std::vector<std::shared_ptr<const PartitionMetadata>> partitions;
  TRY(schema::PartitionMatches(keys, "",
                               spec));  // the keys are right, even if there are no partitions
  for (const auto& [name, partition] : entry->partitions) {
    TRY_ASSIGN(bool matches, schema::PartitionMatches(keys, name, spec));
    if (matches) partitions.push_back(partition);
  }
  return partitions;
}

ClusterHealth MetadataView::Health() const {
  ClusterHealth health;
  auto count = [&](const std::vector<BucketMetadata>& buckets) {
    for (const BucketMetadata& bucket : buckets) {
      health.num_replicas += static_cast<int32_t>(bucket.replicas.size());
      health.num_leader_replicas++;
      if (!bucket.state) continue;
      health.in_sync_replicas += static_cast<int32_t>(bucket.state->isr.size());
      if (bucket.state->leader.value >= 0) health.active_leader_replicas++;
    }
  };
  ForEachTable([&](const auto& entry) {
    count(entry->buckets);
    for (const auto& [name, partition] : entry->partitions) count(partition->buckets);
  });
  health.active_leader_replicas -= static_cast<int32_t>(offline_.size());
  if (health.active_leader_replicas < health.num_leader_replicas) {
    health.status = ClusterHealth::Status::kRed;
  } else if (health.in_sync_replicas < health.num_replicas) {
    health.status = ClusterHealth::Status::kYellow;
  }
  return health;
}

void MetadataView::PutDatabase(metastore::DatabaseInfo database) {
  std::string name = database.name;
  databases_[name] = std::make_shared<const metastore::DatabaseInfo>(std::move(database));
}

void MetadataView::RemoveDatabase(const std::string& name) {
  databases_.erase(name);
}

void MetadataView::PutTable(std::shared_ptr<const TableEntry> entry) {
  const TablePath& path = entry->info().path;
  TableId id = entry->info().id;
  if (auto old = FindTable(path)) {
    for (const auto& [name, partition] : old->partitions) {
      if (!entry->partitions.contains(name)) Forget(*old, *partition);
    }
  } else {
    table_paths_.Set(id, path);
  }
  for (const auto& [name, partition] : entry->partitions) {
    if (!partitions_.Find(partition->info.id)) partitions_.Set(partition->info.id, {id, name});
  }
  tables_.Set(path, std::move(entry));
}

void MetadataView::RemoveTable(const TablePath& path) {
  auto entry = FindTable(path);
  if (!entry) return;
  TableId id = entry->info().id;
  for (const auto& [name, partition] : entry->partitions) Forget(*entry, *partition);
  std::erase_if(offline_, [&](const TableBucket& bucket) { return bucket.table_id == id; });
  table_paths_.Erase(id);
  tables_.Erase(path);
}

void MetadataView::Forget(const TableEntry& entry, const PartitionMetadata& partition) {
  partitions_.Erase(partition.info.id);
  std::erase_if(offline_, [&](const TableBucket& bucket) {
    return bucket.table_id == entry.info().id && bucket.partition_id == partition.info.id;
  });
}

}  // namespace millrace::coordinator
