#include "server/request_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/metadata_view.h"
#include "schema/table_config.h"

namespace millrace::server {
namespace {

constexpr int32_t kPrefixedKeysVersion = 2;

bool HasDefaultBucketKey(const schema::TableDescriptor& table) {
  std::vector<std::string> keys = table.schema.primary_key;
  std::erase_if(keys, [&](const std::string& key) {
    return std::ranges::find(table.partition_keys, key) != table.partition_keys.end();
  });
  return table.bucket_keys == keys;
}

// Nullopt where there is none.
std::optional<size_t> BucketCount(const coordinator::MetadataView& view,
                                  const TableBucket& bucket) {
  if (bucket.partition_id) {
    auto entry = view.FindPartition(*bucket.partition_id);
    if (!entry || entry->table->info().id != bucket.table_id) return std::nullopt;
    return entry->partition->buckets.size();
  }
  auto entry = view.FindTable(bucket.table_id);
  if (!entry || entry->table->is_partitioned()) return std::nullopt;
  return entry->buckets.size();
}

}  // namespace

Result<void> CheckAcks(int32_t acks) {
  if (acks >= -1 && acks <= 1) return {};
  return Error{ErrorCode::kInvalidRequiredAcks, fmt::format("Invalid required acks: {}", acks)};
}

Result<void> CheckKeyVersion(const coordinator::MetadataView& view, TableId table,
                             int16_t version) {
  if (version > 0) return {};
  auto entry = view.FindTable(table);
  if (!entry || !entry->info().descriptor.HasPrimaryKey()) return {};
  const auto& info = entry->info();
  TRY_ASSIGN(auto config,
             schema::ParseTableConfig(info.descriptor.properties, schema::UnknownKeys::kIgnore));
  if (!config.datalake_format || config.kv_format_version != kPrefixedKeysVersion ||
      HasDefaultBucketKey(info.descriptor)) {
    return {};
  }
  return Error{ErrorCode::kUnsupportedVersion,
               fmt::format("Keys of table '{}' are encoded in a way that version {} of this "
                           "request does not know: use a newer client.",
                           info.path.ToString(), version)};
}

Result<void> CheckRouting(const coordinator::MetadataView& view, const TableBucket& bucket,
                          std::optional<int32_t> routing_bucket_count) {
  if (!routing_bucket_count) return {};
  auto count = BucketCount(view, bucket);
  if (!count || static_cast<int64_t>(*count) == *routing_bucket_count) return {};
  return Error{ErrorCode::kInvalidBucketRouting,
               fmt::format("{} was chosen out of {} buckets, but there are {}", bucket.ToString(),
                           *routing_bucket_count, *count)};
}

Error NoHistoricalPartition(const TableBucket& bucket) {
  return {ErrorCode::kPartitionSpecInvalid,
          fmt::format("{} is not of a historical partition: there are none, as nothing is tiered "
                      "to a lake",
                      bucket.ToString())};
}

}  // namespace millrace::server
