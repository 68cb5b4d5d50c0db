// Where a Flink sink began to write: the node /producers/<id>. Fluss keeps the offsets in a file
// that the node names; here they are in the node itself, which no client reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace millrace::metastore {

struct ProducerOffsets {
  struct Bucket {
    TableBucket bucket;
    Offset end;
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };
  TimestampMs expires;
  std::vector<Bucket> buckets;
  friend bool operator==(const ProducerOffsets&, const ProducerOffsets&) = default;
};

namespace paths {
inline constexpr std::string_view kProducers = "/producers";
std::string Producer(std::string_view id);
}  // namespace paths

std::string EncodeProducerOffsets(const ProducerOffsets& offsets);
// kUnknownServerError, naming the path.
Result<ProducerOffsets> DecodeProducerOffsets(std::string_view path, std::string_view json);

}  // namespace millrace::metastore
