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

}  // namespace millrace::protocol
