// PUT_KV, read and written without copying records (PutKvRequest, PutKvResponse of kv.proto).
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
struct PutKvRequest {
  struct Bucket {
    std::optional<PartitionId> partition_id;
    BucketId bucket_id;
    Bytes records;  // one KV record batch; unchecked
    std::optional<int32_t> routing_bucket_count;
    // Set for rows of a historical partition only.
    std::optional<std::string_view> original_partition_name;
  };

  int32_t acks = 0;  // -1, 0 or 1 are valid; unchecked
  TableId table_id;
  int32_t timeout_ms = 0;
  // Positions of the columns that are written, of all buckets; unchecked. Empty: all columns.
  std::vector<int32_t> target_columns;
  std::vector<Bucket> buckets;  // in the request's order
  // Whether rows replace those that are there, whatever the table's merge engine: agg_mode 1. Any
  // other mode is the default one.
  bool overwrite = false;
};

// The request in a frame's body. Of entries for the same bucket only the last is kept, but all that
// name an original partition. Fails with MalformedMessage() when the bytes are no such message, a
// required field is missing, or there are more than kBucketsPerRequestMax buckets or a million
// target columns.
Result<PutKvRequest> ParsePutKvRequest(Bytes body);

// What became of one bucket's records.
struct PutKvResult {
  std::optional<PartitionId> partition_id;
  BucketId bucket_id;
  // Of the changelog behind the changes, or why they were refused.
  Result<Offset> log_end_offset;
  std::optional<std::string_view> original_partition_name;  // echoed as in the request
};

// Body of the response. Every bucket of the request must be among `results` once.
std::string EncodePutKvResponse(std::span<const PutKvResult> results);

}  // namespace millrace::protocol
