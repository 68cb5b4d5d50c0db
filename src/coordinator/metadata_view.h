// All metadata as it was at one moment: what every read is answered from, without disk or shard
// hop.
//
// Immutable once published, so any shard may read one. Take it once per request from
// Coordinator::view() and keep it as long as you use what it returned; look again in the next
// request. Copies share entries (ShardedMap), so a new view per DDL is cheap with tens of thousands
// of tables.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "coordinator/sharded_map.h"
#include "metastore/catalog.h"
#include "schema/partition.h"

namespace millrace::coordinator {

// One bucket as GET_METADATA shows it.
struct BucketMetadata {
  BucketId id;
  std::vector<ServerId> replicas;
  // Nothing while no leader has been elected.
  std::optional<metastore::LeaderIsr> state;
};

struct PartitionMetadata {
  metastore::PartitionInfo info;
  std::vector<BucketMetadata> buckets;
};

// A table with its buckets and partitions.
struct TableEntry {
  std::shared_ptr<const metastore::TableMetadata> table;
  // Empty for a partitioned table.
  std::vector<BucketMetadata> buckets;
  // By name; empty for a table without partition keys.
  std::map<std::string, std::shared_ptr<const PartitionMetadata>, std::less<>> partitions;

  const metastore::TableInfo& info() const { return table->info; }
};

struct PartitionEntry {
  std::shared_ptr<const TableEntry> table;
  std::shared_ptr<const PartitionMetadata> partition;
};

struct DatabaseSummary {
  std::string name;
  TimestampMs created;
  int32_t table_count = 0;
};

// GET_CLUSTER_HEALTH's numbers.
struct ClusterHealth {
  enum class Status : int32_t { kGreen = 0, kYellow = 1, kRed = 2, kUnknown = 3 };
  int32_t num_replicas = 0;
  int32_t in_sync_replicas = 0;
  int32_t num_leader_replicas = 0;
  int32_t active_leader_replicas = 0;
  Status status = Status::kGreen;
};

class MetadataView {
 public:
  // ---- Lookups; null when there is none. O(1) ----

  std::shared_ptr<const metastore::DatabaseInfo> FindDatabase(const std::string& name) const;
  std::shared_ptr<const TableEntry> FindTable(const TablePath& path) const;
  std::shared_ptr<const TableEntry> FindTable(TableId id) const;
  std::optional<PartitionEntry> FindPartition(PartitionId id) const;
  // Of a path with a partition.
  std::optional<PartitionEntry> FindPartition(const PhysicalTablePath& path) const;

  // ---- The read APIs, with the errors that Fluss gives ----

  // Sorted.
  std::vector<std::string> ListDatabases() const;
  // Sorted by name. Visits every table.
  std::vector<DatabaseSummary> ListDatabaseSummaries() const;
  // kDatabaseNotExist.
  Result<std::shared_ptr<const metastore::DatabaseInfo>> GetDatabase(const std::string& name) const;
  // Names, sorted. kDatabaseNotExist. Visits every table.
  Result<std::vector<std::string>> ListTables(const std::string& database) const;
  // kTableNotExist.
  Result<std::shared_ptr<const TableEntry>> GetTable(const TablePath& path) const;
  // The current schema when no id is given. kSchemaNotExist, for an unknown table too.
  struct SchemaVersion {
    SchemaId id;
    std::shared_ptr<const schema::Schema> schema;
  };
  Result<SchemaVersion> GetSchema(const TablePath& path, std::optional<SchemaId> id) const;
  // Partitions that have all the values of `spec`, sorted by name. kTableNotExist,
  // kTableNotPartitioned, kPartitionSpecInvalid when `spec` names what is no partition key.
  Result<std::vector<std::shared_ptr<const PartitionMetadata>>> ListPartitions(
      const TablePath& path, const schema::PartitionSpec& spec) const;
  // Visits every bucket.
  ClusterHealth Health() const;

  // Server options set at run time.
  const metastore::ServerConfigs& server_configs() const { return server_configs_; }

  size_t table_count() const { return tables_.size(); }
  size_t partition_count() const { return partitions_.size(); }
  // Every table, in no particular order.
  template <class Visit>
  void ForEachTable(Visit visit) const {
    tables_.ForEach(
        [&](const TablePath&, const std::shared_ptr<const TableEntry>& entry) { visit(entry); });
  }

  // ---- For the coordinator, on a copy that is not published yet ----

  void PutDatabase(metastore::DatabaseInfo database);
  void RemoveDatabase(const std::string& name);
  // Adds the table, or replaces the one of the same path.
  void PutTable(std::shared_ptr<const TableEntry> entry);
  // With its partitions.
  void RemoveTable(const TablePath& path);
  // Buckets whose leader does not serve; the set holds only buckets that exist.
  void SetOffline(const TableBucket& bucket) { offline_.insert(bucket); }
  void SetServerConfigs(metastore::ServerConfigs configs) { server_configs_ = std::move(configs); }

 private:
  void Forget(const TableEntry& entry, const PartitionMetadata& partition);

  std::map<std::string, std::shared_ptr<const metastore::DatabaseInfo>> databases_;
  ShardedMap<TablePath, std::shared_ptr<const TableEntry>> tables_;
  ShardedMap<TableId, TablePath> table_paths_;
  struct PartitionPlace {
    TableId table;
    std::string name;
  };
  ShardedMap<PartitionId, PartitionPlace> partitions_;
  std::set<TableBucket> offline_;
  metastore::ServerConfigs server_configs_;
};

}  // namespace millrace::coordinator
