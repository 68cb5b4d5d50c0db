#include "base/ids.h"

#include <fmt/format.h>

namespace millrace {

std::string TableBucket::ToString() const {
  if (!partition_id) return fmt::format("table {} bucket {}", table_id.value, bucket_id.value);
  return fmt::format("table {} partition {} bucket {}", table_id.value, partition_id->value,
                     bucket_id.value);
}

// Mixes all bits (the finaliser of MurmurHash3), since shards are chosen by the remainder.
size_t HashOf(const TableBucket& bucket) {
  auto mix = [](uint64_t x) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
  };
  uint64_t partition = bucket.partition_id ? bucket.partition_id->value + 1 : 0;
  return mix(mix(mix(bucket.table_id.value) + partition) + bucket.bucket_id.value);
}

}  // namespace millrace
