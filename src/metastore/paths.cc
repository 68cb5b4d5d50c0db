#include <fmt/format.h>

#include "metastore/catalog.h"

namespace millrace::metastore::paths {
namespace {

std::string AssignmentOf(const TableBucket& bucket) {
  return bucket.partition_id ? PartitionAssignment(*bucket.partition_id)
                             : TableAssignment(bucket.table_id);
}

}  // namespace

std::string Database(std::string_view name) {
  return fmt::format("{}/{}", kDatabases, name);
}

std::string Table(const TablePath& path) {
  return fmt::format("{}/{}/tables/{}", kDatabases, path.database, path.table);
}

std::string Schema(const TablePath& path, SchemaId id) {
  return fmt::format("{}/schemas/{}", Table(path), id.value);
}

std::string Partitions(const TablePath& path) {
  return Table(path) + "/partitions";
}

std::string Partition(const TablePath& path, std::string_view name) {
  return fmt::format("{}/{}", Partitions(path), name);
}

std::string AutoIncrement(const TablePath& path, int32_t column_id) {
  return fmt::format("{}/auto_inc/col_{}", Table(path), column_id);
}

std::string TableAssignment(TableId id) {
  return fmt::format("{}/{}", kTableAssignments, id.value);
}

std::string PartitionAssignment(PartitionId id) {
  return fmt::format("{}/{}", kPartitionAssignments, id.value);
}

std::string Buckets(const TableBucket& bucket) {
  return AssignmentOf(bucket) + "/buckets";
}

std::string Bucket(const TableBucket& bucket) {
  return fmt::format("{}/{}", Buckets(bucket), bucket.bucket_id.value);
}

std::string LeaderIsr(const TableBucket& bucket) {
  return Bucket(bucket) + "/leader_isr";
}

}  // namespace millrace::metastore::paths
