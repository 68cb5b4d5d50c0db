// What Fluss keeps about databases, tables and partitions, and how it lies in the tree of nodes
// (docs/formats/metadata.md). Structs and pure functions, usable anywhere, and LoadCatalog.
//
// Decoding ignores members it does not know. A value that is no JSON, or lacks what it must have,
// is an Error of code kUnknownServerError that names the node.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "metastore/store.h"
#include "schema/table_descriptor.h"

namespace millrace::metastore {

struct DatabaseInfo {
  std::string name;
  schema::DatabaseDescriptor descriptor;
  TimestampMs created;
  TimestampMs modified;
  friend bool operator==(const DatabaseInfo&, const DatabaseInfo&) = default;
};

struct TableInfo {
  TablePath path;
  TableId id;
  // Of the current schema, which is descriptor.schema.
  SchemaId schema_id;
  schema::TableDescriptor descriptor;
  // Where the table's remote files go; the cluster's default when absent.
  std::optional<std::string> remote_data_dir;
  TimestampMs created;
  TimestampMs modified;
};

// A table with its whole history of schemas, the current one included. Immutable once shared.
struct TableMetadata {
  TableInfo info;
  std::map<SchemaId, std::shared_ptr<const schema::Schema>> schemas;
  // The descriptor as clients get it, made once because GET_METADATA sends it all the time.
  std::string descriptor_json;

  bool is_partitioned() const { return info.descriptor.IsPartitioned(); }
  // Of the table, or of each of its partitions.
  int32_t bucket_count() const { return info.descriptor.bucket_count.value_or(1); }
};

struct PartitionInfo {
  PartitionId id;
  TableId table_id;
  // The values of the partition keys, joined with '$'.
  std::string name;
  std::optional<std::string> remote_data_dir;
  friend bool operator==(const PartitionInfo&, const PartitionInfo&) = default;
};

// Replicas of the buckets of a table or partition; the first of each is the preferred leader.
using Assignment = std::map<BucketId, std::vector<ServerId>>;

struct LeaderIsr {
  // -1: none.
  ServerId leader;
  LeaderEpoch leader_epoch;
  std::vector<ServerId> isr;
  int32_t coordinator_epoch = 0;
  // One more at each write of the node.
  int32_t bucket_epoch = 0;
  std::vector<ServerId> standby_replicas;
  friend bool operator==(const LeaderIsr&, const LeaderIsr&) = default;
};

// A node that holds the next number to give out.
struct Counter {
  int64_t next = 0;
  // Of the node; nothing while there is none.
  std::optional<int32_t> version;
  friend bool operator==(const Counter&, const Counter&) = default;
};

// ---- Paths: the one place that spells them ----

namespace paths {
inline constexpr std::string_view kDatabases = "/metadata/databases";
inline constexpr std::string_view kTableCounter = "/metadata/table_seqid";
inline constexpr std::string_view kPartitionCounter = "/metadata/partition_seqid";
inline constexpr std::string_view kWriterCounter = "/metadata/writer_id";
inline constexpr std::string_view kTableAssignments = "/tabletservers/tables";
inline constexpr std::string_view kPartitionAssignments = "/tabletservers/partitions";
inline constexpr std::string_view kServerConfigs = "/config/server/global";

std::string Database(std::string_view name);
std::string Table(const TablePath& path);
std::string Schema(const TablePath& path, SchemaId id);
std::string Partitions(const TablePath& path);
std::string Partition(const TablePath& path, std::string_view name);
std::string AutoIncrement(const TablePath& path, int32_t column_id);
std::string TableAssignment(TableId id);
std::string PartitionAssignment(PartitionId id);
// Below the assignment node of the bucket's table or partition.
std::string Buckets(const TableBucket& bucket);
std::string Bucket(const TableBucket& bucket);
std::string LeaderIsr(const TableBucket& bucket);
}  // namespace paths

// ---- Values of nodes ----

std::string EncodeDatabase(const DatabaseInfo& database);
Result<DatabaseInfo> DecodeDatabase(std::string_view name, std::string_view json);

// The table node holds all but the schema, which has nodes of its own.
std::string EncodeTable(const TableInfo& table);
// schema_id and descriptor.schema are left for the caller to fill.
Result<TableInfo> DecodeTable(const TablePath& path, std::string_view json);

std::string EncodePartition(const PartitionInfo& partition);
Result<PartitionInfo> DecodePartition(std::string_view name, std::string_view json);

std::string EncodeTableAssignment(const Assignment& assignment);
std::string EncodePartitionAssignment(TableId table, const Assignment& assignment);
struct DecodedAssignment {
  // Of partition assignments only.
  std::optional<TableId> table_id;
  Assignment buckets;
};
Result<DecodedAssignment> DecodeAssignment(std::string_view path, std::string_view json);

std::string EncodeLeaderIsr(const LeaderIsr& state);
Result<LeaderIsr> DecodeLeaderIsr(std::string_view path, std::string_view json);

std::string EncodeCounter(int64_t next);
Result<int64_t> DecodeCounter(std::string_view path, std::string_view value);

// Server options set at run time.
using ServerConfigs = std::map<std::string, std::optional<std::string>>;
std::string EncodeServerConfigs(const ServerConfigs& configs);
Result<ServerConfigs> DecodeServerConfigs(std::string_view json);

// ---- Steps for Store::Commit ----

// Advances the counter to `next`; does not fit when someone else did.
Op AdvanceCounterOp(std::string_view path, const Counter& counter, int64_t next);
// The counter after it.
Counter Advanced(const Counter& counter, int64_t next);
// The nodes of the assignment and, below it, of each bucket's leader and ISR. `state` has every
// bucket of the assignment.
std::vector<Op> CreateAssignmentOps(TableId table, std::optional<PartitionId> partition,
                                    const Assignment& assignment,
                                    const std::map<BucketId, LeaderIsr>& state);

// ---- Reading ----

// A node without a value, or none, is a counter at 0.
runtime::Task<Result<Counter>> LoadCounter(Store& store, std::string path);

struct BucketStates {
  TableId table_id;
  Assignment assignment;
  // Buckets that have a leader_isr node.
  std::map<BucketId, LeaderIsr> leader_isr;
};

struct Catalog {
  std::vector<DatabaseInfo> databases;
  std::vector<std::shared_ptr<const TableMetadata>> tables;
  std::vector<PartitionInfo> partitions;
  // With those of tables and partitions that have been dropped, but not yet cleaned up.
  std::map<TableId, BucketStates> table_buckets;
  std::map<PartitionId, BucketStates> partition_buckets;
  Counter next_table;
  Counter next_partition;
  Counter next_writer;
  ServerConfigs server_configs;
  // Whether there is a node of them yet.
  bool has_server_configs = false;
};

// Reads the catalog. A database, table or partition that can not be decoded is an Error: to go on
// without it would lose it.
runtime::Task<Result<Catalog>> LoadCatalog(Store& store);

}  // namespace millrace::metastore
