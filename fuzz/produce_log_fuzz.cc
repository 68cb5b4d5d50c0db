// PRODUCE_LOG against protobuf's reading of the same bytes.
#include "fuzz/input.h"
#include "fuzz/kept_entries.h"
#include "protocol/log.pb.h"
#include "protocol/message_codec.h"
#include "protocol/produce_log.h"

namespace millrace::fuzz {
namespace {

using protocol::ProduceLogRequest;
using protocol::ProduceLogResult;

void CheckSame(const ProduceLogRequest& request, const proto::ProduceLogRequest& expected) {
  MILLRACE_CHECK(request.acks == expected.acks(), "acks");
  MILLRACE_CHECK(request.table_id.value == expected.table_id(), "table_id");
  MILLRACE_CHECK(request.timeout_ms == expected.timeout_ms(), "timeout_ms");
  size_t next = 0;
  for (int i = 0; i < expected.buckets_req_size(); i++) {
    if (!IsKept(expected, i)) continue;
    MILLRACE_CHECK(next < request.buckets.size(), "a bucket is missing");
    const auto& bucket = request.buckets[next++];
    const auto& entry = expected.buckets_req(i);
    MILLRACE_CHECK(bucket.partition_id.has_value() == entry.has_partition_id(), "partition_id");
    MILLRACE_CHECK(bucket.partition_id.value_or(PartitionId{}).value == entry.partition_id(),
                   "partition_id");
    MILLRACE_CHECK(bucket.bucket_id.value == entry.bucket_id(), "bucket_id");
    MILLRACE_CHECK(AsText(bucket.records) == entry.records(), "records");
    MILLRACE_CHECK(bucket.routing_bucket_count.value_or(0) == entry.routing_bucket_count(),
                   "routing_bucket_count");
    MILLRACE_CHECK(bucket.original_partition_name.value_or("") == entry.original_partition_name(),
                   "partition name");
  }
  MILLRACE_CHECK(next == request.buckets.size(), "a bucket too many");
}

// The message without fields that log.proto does not know.
proto::ProduceLogRequest KnownFields(const proto::ProduceLogRequest& message) {
  proto::ProduceLogRequest known;
  known.set_acks(message.acks());
  known.set_table_id(message.table_id());
  known.set_timeout_ms(message.timeout_ms());
  for (const auto& entry : message.buckets_req()) {
    auto* to = known.add_buckets_req();
    if (entry.has_partition_id()) to->set_partition_id(entry.partition_id());
    to->set_bucket_id(entry.bucket_id());
    to->set_records(entry.records());
    if (entry.has_original_partition_name())
      to->set_original_partition_name(entry.original_partition_name());
    if (entry.has_routing_bucket_count())
      to->set_routing_bucket_count(entry.routing_bucket_count());
  }
  return known;
}

// Answers every second bucket with an error.
void CheckResponse(const ProduceLogRequest& request) {
  std::vector<ProduceLogResult> results;
  for (const auto& bucket : request.buckets) {
    ProduceLogResult result{bucket.partition_id, bucket.bucket_id,
                            Offset{bucket.bucket_id.value * int64_t{7}},
                            bucket.original_partition_name};
    if (results.size() % 2 == 1) {
      result.base_offset = Error{ErrorCode::kCorruptRecord, std::string(AsText(bucket.records))};
    }
    results.push_back(std::move(result));
  }
  std::string body = protocol::EncodeProduceLogResponse(results);
  auto response = Must(protocol::ParseMessage<proto::ProduceLogResponse>(AsBytes(body)));
  MILLRACE_CHECK(static_cast<size_t>(response.buckets_resp_size()) == results.size(),
                 "buckets of the response");
  for (size_t i = 0; i < results.size(); i++) {
    const auto& entry = response.buckets_resp(static_cast<int>(i));
    MILLRACE_CHECK(entry.bucket_id() == results[i].bucket_id.value, "bucket_id of the response");
    MILLRACE_CHECK(entry.has_error_code() == !results[i].base_offset.has_value(),
                   "error of the response");
    MILLRACE_CHECK(
        entry.original_partition_name() == results[i].original_partition_name.value_or(""), "name");
  }
}

}  // namespace

void Run(Bytes input) {
  auto bytes = Exactly(input);
  auto request = protocol::ParseProduceLogRequest(bytes);
  auto expected = protocol::ParseMessage<proto::ProduceLogRequest>(input);
  if (request) CheckResponse(*request);
  if (!expected) return;
  if (request) CheckSame(*request, *expected);
  // Unknown fields may be of kinds that only protobuf skips; what is left must be read by both.
  std::string known = protocol::Serialize(KnownFields(*expected));
  auto known_bytes = Exactly(AsBytes(known));
  CheckSame(Must(protocol::ParseProduceLogRequest(known_bytes)), *expected);
}

}  // namespace millrace::fuzz
