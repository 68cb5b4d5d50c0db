// LOOKUP and PREFIX_LOOKUP, read without copying keys and written in one buffer (kv.proto).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace millrace::protocol {

// Most keys one request may have, of all its buckets.
inline constexpr size_t kKeysPerRequestMax = 1'000'000;

// One request of either kind, for buckets of one table. Views point into the frame it was parsed
// from.
struct LookupRequest {
  struct Bucket {
    std::optional<PartitionId> partition_id;
    BucketId bucket_id;
    size_t keys_begin = 0, keys_end = 0;  // in `keys`
    std::optional<int32_t> routing_bucket_count;
    // Set for keys of a historical partition only.
    std::optional<std::string_view> original_partition_name;
  };

  TableId table_id;
  std::vector<Bucket> buckets;  // in the request's order
  std::vector<Bytes> keys;      // or prefixes of keys
  // Of LOOKUP alone: keys without a row get one, acknowledged as `acks` says.
  bool insert_if_not_exists = false;
  std::optional<int32_t> acks;  // unchecked; there whenever keys are to be inserted

  std::span<const Bytes> KeysOf(const Bucket& bucket) const {
    return std::span(keys).subspan(bucket.keys_begin, bucket.keys_end - bucket.keys_begin);
  }
};

// The request in a frame's body. Of entries for the same bucket only the last is kept, but all that
// name an original partition. Fails with MalformedMessage() when the bytes are no such message, a
// required field is missing (of an insert, acks and timeout_ms too), or there are more than
// kBucketsPerRequestMax buckets or kKeysPerRequestMax keys.
Result<LookupRequest> ParseLookupRequest(Bytes body);
Result<LookupRequest> ParsePrefixLookupRequest(Bytes body);

// What was found in one bucket.
struct LookupResult {
  std::optional<PartitionId> partition_id;
  BucketId bucket_id;
  std::optional<Error> error = std::nullopt;  // if set, there are no values
  // As many as keys, in their order.
  std::span<const std::optional<Bytes>> values = {};
  std::optional<std::string_view> original_partition_name = std::nullopt;  // echoed
};

struct PrefixLookupResult {
  std::optional<PartitionId> partition_id;
  BucketId bucket_id;
  std::optional<Error> error = std::nullopt;
  // Those of the first prefix, then those of the second, and so on.
  std::span<const Bytes> values = {};
  // For each prefix, the index in `values` behind its last; not descending.
  std::span<const size_t> ends = {};
};

// Bodies of the responses. Every bucket of the request must be among `results` once, and all must
// fit kResponseBodySizeMax (frame.h): a value takes up to 12 bytes more than it has.
std::string EncodeLookupResponse(std::span<const LookupResult> results);
std::string EncodePrefixLookupResponse(std::span<const PrefixLookupResult> results);

}  // namespace millrace::protocol
