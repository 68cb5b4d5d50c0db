// Names and numbers of tables, partitions, buckets and log positions. Types of their own, so that
// one is never passed for another; `value` is what goes over the wire.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace millrace {

template <class Tag, class Rep>
struct Id {
  Rep value = 0;
  friend auto operator<=>(const Id&, const Id&) = default;
};

using TableId = Id<struct TableIdTag, int64_t>;
using PartitionId = Id<struct PartitionIdTag, int64_t>;
using BucketId = Id<struct BucketIdTag, int32_t>;
using SchemaId = Id<struct SchemaIdTag, int32_t>;
using WriterId = Id<struct WriterIdTag, int64_t>;
using ServerId = Id<struct ServerIdTag, int32_t>;
using LeaderEpoch = Id<struct LeaderEpochTag, int32_t>;

// Position of a record in a bucket's log: 0 for the first one ever.
struct Offset {
  int64_t value = 0;
  friend auto operator<=>(const Offset&, const Offset&) = default;
  friend Offset operator+(Offset offset, int64_t records) { return {offset.value + records}; }
  friend int64_t operator-(Offset a, Offset b) { return a.value - b.value; }
};

// Milliseconds since 1970-01-01 UTC.
struct TimestampMs {
  int64_t value = 0;
  friend auto operator<=>(const TimestampMs&, const TimestampMs&) = default;
};

struct TablePath {
  std::string database;
  std::string table;
  friend auto operator<=>(const TablePath&, const TablePath&) = default;
  std::string ToString() const { return database + "." + table; }
};

// A table, or one partition of it. `partition` is the partition's values joined with '$'.
struct PhysicalTablePath {
  TablePath table_path;
  std::optional<std::string> partition;
  friend auto operator<=>(const PhysicalTablePath&, const PhysicalTablePath&) = default;
  std::string ToString() const {
    return partition ? table_path.ToString() + "(p=" + *partition + ")" : table_path.ToString();
  }
};

// The unit of storage and leadership. `partition_id` is set exactly for buckets of partitioned
// tables.
struct TableBucket {
  TableId table_id;
  std::optional<PartitionId> partition_id;
  BucketId bucket_id;
  friend auto operator<=>(const TableBucket&, const TableBucket&) = default;
  std::string ToString() const;
};

size_t HashOf(const TableBucket& bucket);

}  // namespace millrace

template <class Tag, class Rep>
struct std::hash<millrace::Id<Tag, Rep>> {
  size_t operator()(const millrace::Id<Tag, Rep>& id) const { return std::hash<Rep>()(id.value); }
};
template <>
struct std::hash<millrace::TableBucket> {
  size_t operator()(const millrace::TableBucket& bucket) const { return millrace::HashOf(bucket); }
};
template <>
struct std::hash<millrace::TablePath> {
  size_t operator()(const millrace::TablePath& path) const {
    return std::hash<std::string>()(path.database) * 31 + std::hash<std::string>()(path.table);
  }
};
