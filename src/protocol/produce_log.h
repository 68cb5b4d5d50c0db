// PRODUCE_LOG, read and written without copying records (ProduceLogRequest, ProduceLogResponse of
// log.proto).
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

// One request, for buckets of one table. Views point into the frame it was parsed from.
struct ProduceLogRequest {
  struct Bucket {
    std::optional<PartitionId> partition_id;
    BucketId bucket_id;
    // Log record batches, one after the other; unchecked. Mutable because the leader stamps offset
    // and time into them where they are.
    MutableBytes records;
    std::optional<int32_t> routing_bucket_count;
    // Set for rows of a historical partition only.
    std::optional<std::string_view> original_partition_name;
  };

  int32_t acks = 0;  // -1, 0 or 1 are valid; unchecked
  TableId table_id;
  int32_t timeout_ms = 0;
  std::vector<Bucket> buckets;  // in the request's order
};

// The request in a frame's body. Of entries for the same bucket only the last is kept, but all that
// name an original partition. Fails with MalformedMessage() when the bytes are no such message, a
// required field is missing, or there are more than kBucketsPerRequestMax buckets.
Result<ProduceLogRequest> ParseProduceLogRequest(MutableBytes body);

// What became of one bucket's records.
struct ProduceLogResult {
  std::optional<PartitionId> partition_id;
  BucketId bucket_id;
  // Offset of the first record (-1 when there was none), or why they were refused.
  Result<Offset> base_offset;
  std::optional<std::string_view> original_partition_name;  // echoed as in the request
};

// Body of the response. Every bucket of the request must be among `results` once.
std::string EncodeProduceLogResponse(std::span<const ProduceLogResult> results);

}  // namespace millrace::protocol
