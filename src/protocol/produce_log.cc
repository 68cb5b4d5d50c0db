#include "protocol/produce_log.h"

#include <protozero/pbf_writer.hpp>

#include "protocol/duplicate_buckets.h"
#include "protocol/pbf.h"

namespace millrace::protocol {
namespace {

constexpr std::string_view kName = "ProduceLogRequest";

// `view` lies in `body`.
MutableBytes InPlace(MutableBytes body, Bytes view) {
  return body.subspan(view.data() - body.data(), view.size());
}

Result<ProduceLogRequest::Bucket> ParseBucket(MutableBytes body, protozero::pbf_reader reader) {
  ProduceLogRequest::Bucket bucket;
  bool has_bucket_id = false, has_records = false;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case VarintField(1):
        bucket.partition_id = PartitionId{reader.get_int64()};
        break;
      case VarintField(2):
        bucket.bucket_id = {reader.get_int32()};
        has_bucket_id = true;
        break;
      case BytesField(3):
        bucket.records = InPlace(body, ReadBytes(reader));
        has_records = true;
        break;
      case BytesField(4):
        bucket.original_partition_name = ReadText(reader);
        break;
      case VarintField(5):
        bucket.routing_bucket_count = reader.get_int32();
        break;
      default:
        reader.skip();
    }
  }
  if (!has_bucket_id) return MalformedMessage(kName, "an entry without bucket_id");
  if (!has_records) return MalformedMessage(kName, "an entry without records");
  return bucket;
}

Result<ProduceLogRequest> Parse(MutableBytes body) {
  ProduceLogRequest request;
  bool has_acks = false, has_table_id = false, has_timeout = false;
  auto reader = ReaderOf(body);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case VarintField(1):
        request.acks = reader.get_int32();
        has_acks = true;
        break;
      case VarintField(2):
        request.table_id = {reader.get_int64()};
        has_table_id = true;
        break;
      case VarintField(3):
        request.timeout_ms = reader.get_int32();
        has_timeout = true;
        break;
      case BytesField(4): {
        if (request.buckets.size() == kBucketsPerRequestMax) {
          return MalformedMessage(kName, "too many buckets");
        }
        TRY_ASSIGN(auto bucket, ParseBucket(body, reader.get_message()));
        request.buckets.push_back(bucket);
        break;
      }
      default:
        reader.skip();
    }
  }
  if (!has_acks) return MalformedMessage(kName, "no acks");
  if (!has_table_id) return MalformedMessage(kName, "no table_id");
  if (!has_timeout) return MalformedMessage(kName, "no timeout_ms");
  KeepLastOfEach(request.buckets);
  return request;
}

}  // namespace

Result<ProduceLogRequest> ParseProduceLogRequest(MutableBytes body) {
  return WithoutExceptions(kName, [&] { return Parse(body); });
}

std::string EncodeProduceLogResponse(std::span<const ProduceLogResult> results) {
  std::string body;
  protozero::pbf_writer writer(body);
  for (const ProduceLogResult& result : results) {
    protozero::pbf_writer bucket(writer, 1);
    if (result.partition_id) bucket.add_int64(1, result.partition_id->value);
    bucket.add_int32(2, result.bucket_id.value);
    if (result.base_offset) {
      bucket.add_int64(5, result.base_offset->value);
    } else {
      const Error& error = result.base_offset.error();
      bucket.add_int32(3, static_cast<int32_t>(error.code));
      if (!error.message.empty()) bucket.add_string(4, WireMessage(error.message));
    }
    if (result.original_partition_name) {
      bucket.add_string(6, result.original_partition_name->data(),
                        result.original_partition_name->size());
    }
  }
  return body;
}

}  // namespace millrace::protocol
