// A request that names a bucket twice means the last entry alone.
#pragma once

#include <vector>

#include "base/ids.h"

namespace millrace::protocol {

// Most buckets one hot request may name: far more than a table has, and few enough to keep what is
// decoded from a frame in proportion to it.
inline constexpr size_t kBucketsPerRequestMax = 200'000;

// For each of `buckets` whether no later one is the same.
std::vector<bool> LastOfEach(const std::vector<TableBucket>& buckets);

// Leaves of a request's entries, all of one table, the last for each bucket. Those that name an
// original partition all stay: they are about different partitions, in one bucket.
template <class Entry>
void KeepLastOfEach(std::vector<Entry>& entries) {
  if (entries.size() < 2) return;
  std::vector<TableBucket> buckets;
  buckets.reserve(entries.size());
  for (const auto& entry : entries) buckets.push_back({{}, entry.partition_id, entry.bucket_id});
  std::vector<bool> last = LastOfEach(buckets);
  size_t index = 0;
  std::erase_if(entries, [&](const Entry& entry) {
    return !last[index++] && !entry.original_partition_name;
  });
}

}  // namespace millrace::protocol
