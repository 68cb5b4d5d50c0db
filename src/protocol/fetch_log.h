// FETCH_LOG, read and written without touching records (FetchLogRequest, FetchLogResponse of
// log.proto).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace millrace::protocol {

// A fetch offset that means the start of the log, wherever that is.
inline constexpr Offset kFetchFromLogStart{-2};
// follower_server_id of a client.
inline constexpr ServerId kNotAFollower{-1};

// One request, for buckets of any number of tables. Views point into the frame it was parsed from.
struct FetchLogRequest {
  struct Bucket {
    std::optional<PartitionId> partition_id;
    BucketId bucket_id;
    Offset fetch_offset;          // of the next record wanted, or kFetchFromLogStart; unchecked
    int32_t max_fetch_bytes = 0;  // unchecked, may be negative
    std::optional<int32_t> routing_bucket_count;
  };

  // Batches that can't hold a matching row may be left out. ParsePredicate() reads it.
  struct Filter {
    Bytes predicate;     // a PbPredicate
    SchemaId schema_id;  // whose field ids it names; not negative
  };

  struct Table {
    TableId table_id;
    // Positions of the columns wanted, in the client's schema; absent for all columns. Unchecked:
    // valid ones ascend, and there is at least one.
    std::optional<std::vector<int32_t>> projected_fields;
    std::optional<Filter> filter;
    std::vector<Bucket> buckets;  // in the request's order
  };

  ServerId follower_server_id;  // kNotAFollower for clients
  int32_t max_bytes = 0;        // of all records of the response; unchecked, may be negative
  std::vector<Table> tables;
  // How long to wait for min_bytes; absent means kDefaultMaxWaitMs. Without min_bytes there is no
  // wait.
  std::optional<int32_t> max_wait_ms;
  std::optional<int32_t> min_bytes;
  bool remote_first = false;

  static constexpr int32_t kDefaultMaxWaitMs = 100;
};

// The request in a frame's body. Of entries for the same bucket only the last is kept, with its
// table entry's projection and filter; table entries without buckets are dropped. Fails with
// MalformedMessage() when the bytes are no such message, a required field is missing, a filter
// comes without a schema id, or there are more than kBucketsPerRequestMax buckets or a million
// projected fields.
Result<FetchLogRequest> ParseFetchLogRequest(Bytes body);

// What was read from one bucket.
struct FetchLogResult {
  TableId table_id;
  std::optional<PartitionId> partition_id;
  BucketId bucket_id;
  std::optional<Error> error;  // if set, the fields below are not looked at
  Offset high_watermark;
  Offset log_start_offset;
  uint64_t records_size = 0;
  // Up to where batches were looked at, when the last ones did not match the filter.
  std::optional<Offset> filtered_end_offset;
};

// A response's body with holes. The body is: bytes up to the first hole's position, that result's
// records, bytes up to the next hole, and so on, then the rest of the bytes. `bytes` has no room
// for the records.
struct FetchLogResponseBody {
  struct Hole {
    size_t position;      // in `bytes`; ascending
    size_t result_index;  // whose records_size bytes go here; ascending
  };

  std::string bytes;
  std::vector<Hole> holes;  // results without records or with an error have none
  uint64_t size = 0;        // with the records
};

// Every bucket of the request must be among `results` once. Results of a table that stand side by
// side share a table entry. The records of all together must leave `size` within
// kResponseBodySizeMax (frame.h).
FetchLogResponseBody EncodeFetchLogResponse(std::span<const FetchLogResult> results);

}  // namespace millrace::protocol
