#include "server/request_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/metadata_view.h"

namespace millrace::server {
namespace {

using coordinator::MetadataView;

int CodeOf(const Result<void>& checked) {
  return checked ? 0 : static_cast<int>(checked.error().code);
}

struct Table {
  int64_t id = 1;
  std::vector<std::string> primary_key = {"a", "b"};
  std::vector<std::string> partition_keys = {};
  std::vector<std::string> bucket_keys = {"a", "b"};
  schema::Properties properties = {};
  int buckets = 3;
  // Buckets of the partition 10 + id.
  int partition_buckets = 0;
};

std::vector<coordinator::BucketMetadata> Buckets(int count) {
  return std::vector<coordinator::BucketMetadata>(static_cast<size_t>(count));
}

void AddTable(MetadataView& view, const Table& table) {
  auto metadata = std::make_shared<metastore::TableMetadata>();
  metadata->info.path = {"db", "t" + std::to_string(table.id)};
  metadata->info.id = {table.id};
  metadata->info.descriptor.schema.primary_key = table.primary_key;
  metadata->info.descriptor.partition_keys = table.partition_keys;
  metadata->info.descriptor.bucket_keys = table.bucket_keys;
  metadata->info.descriptor.properties = table.properties;
  auto entry = std::make_shared<coordinator::TableEntry>();
  entry->table = metadata;
  if (table.partition_buckets > 0) {
    auto partition = std::make_shared<coordinator::PartitionMetadata>();
    partition->info.id = {10 + table.id};
    partition->info.table_id = {table.id};
    partition->info.name = "p";
    partition->buckets = Buckets(table.partition_buckets);
    entry->partitions["p"] = partition;
  } else {
    entry->buckets = Buckets(table.buckets);
  }
  view.PutTable(entry);
}

TEST(RequestChecks, Acks) {
  const std::pair<int32_t, int> cases[] = {{-1, 0}, {0, 0}, {1, 0}, {2, 18}, {-2, 18}};
  for (const auto& [acks, code] : cases) EXPECT_EQ(CodeOf(CheckAcks(acks)), code) << acks;
}

TEST(RequestChecks, KeysOfVersion0) {
  const schema::Properties lake = {{"table.datalake.format", "paimon"},
                                   {"table.kv.format-version", "2"}};
  const schema::Properties old_lake = {{"table.datalake.format", "paimon"}};
  const schema::Properties no_lake = {{"table.kv.format-version", "2"}};
  struct Case {
    Table table;
    int code;  // of version 0
  };
  const Case cases[] = {
      {{.properties = lake}, 0},
      {{.bucket_keys = {"a"}, .properties = lake}, 2},
      {{.bucket_keys = {"b", "a"}, .properties = lake}, 2},
      {{.bucket_keys = {"a"}, .properties = old_lake}, 0},
      {{.bucket_keys = {"a"}, .properties = no_lake}, 0},
      {{.partition_keys = {"b"}, .bucket_keys = {"a"}, .properties = lake}, 0},
      {{.primary_key = {}, .bucket_keys = {"a"}, .properties = lake}, 0},
  };
  for (size_t i = 0; i < std::size(cases); i++) {
    MetadataView view;
    AddTable(view, cases[i].table);
    EXPECT_EQ(CodeOf(CheckKeyVersion(view, {1}, 0)), cases[i].code) << i;
    EXPECT_EQ(CodeOf(CheckKeyVersion(view, {1}, 1)), 0) << i;
    EXPECT_EQ(CodeOf(CheckKeyVersion(view, {2}, 0)), 0) << "a table that is not known";
  }
}

TEST(RequestChecks, Routing) {
  MetadataView view;
  AddTable(view, {.id = 1, .buckets = 3});
  AddTable(view, {.id = 2, .partition_keys = {"b"}, .bucket_keys = {"a"}, .partition_buckets = 4});
  const TableBucket plain = {{1}, std::nullopt, {0}}, parted = {{2}, PartitionId{12}, {0}};
  struct Case {
    TableBucket bucket;
    std::optional<int32_t> count;
    int code;
  };
  const Case cases[] = {
      {plain, std::nullopt, 0},
      {plain, 3, 0},
      {plain, 4, 74},
      {plain, 0, 74},
      {plain, -3, 74},
      {parted, 4, 0},
      {parted, 3, 74},
      {{{1}, PartitionId{12}, {0}}, 9, 0},  // of another table
      {{{2}, PartitionId{99}, {0}}, 9, 0},  // none
      {{{2}, std::nullopt, {0}}, 9, 0},     // none either
      {{{3}, std::nullopt, {0}}, 9, 0},
  };
  for (size_t i = 0; i < std::size(cases); i++) {
    const auto& c = cases[i];
    EXPECT_EQ(CodeOf(CheckRouting(view, c.bucket, c.count)), c.code) << i;
  }
  EXPECT_EQ(CheckRouting(view, plain, 5).error().message,
            plain.ToString() + " was chosen out of 5 buckets, but there are 3");
}

}  // namespace
}  // namespace millrace::server
