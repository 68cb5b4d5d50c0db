#include "protocol/put_kv.h"

#include <protozero/pbf_writer.hpp>

#include "protocol/duplicate_buckets.h"
#include "protocol/pbf.h"

namespace millrace::protocol {
namespace {

constexpr std::string_view kName = "PutKvRequest";
constexpr size_t kTargetColumnsMax = 1'000'000;
constexpr int32_t kOverwrite = 1;

Result<PutKvRequest::Bucket> ParseBucket(protozero::pbf_reader reader) {
  PutKvRequest::Bucket bucket;
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
        bucket.records = ReadBytes(reader);
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

Result<PutKvRequest> Parse(Bytes body) {
  PutKvRequest request;
  bool has_acks = false, has_table_id = false, has_timeout = false;
  auto add_target = [&](int32_t column) {
    request.target_columns.push_back(column);
    return request.target_columns.size() <= kTargetColumnsMax;
  };

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
      case VarintField(4):
        if (!add_target(reader.get_int32()))
          return MalformedMessage(kName, "too many target_columns");
        break;
      case BytesField(4):
        for (int32_t column : reader.get_packed_int32()) {
          if (!add_target(column)) return MalformedMessage(kName, "too many target_columns");
        }
        break;
      case BytesField(5): {
        if (request.buckets.size() == kBucketsPerRequestMax) {
          return MalformedMessage(kName, "too many buckets");
        }
        TRY_ASSIGN(auto bucket, ParseBucket(reader.get_message()));
        request.buckets.push_back(bucket);
        break;
      }
      case VarintField(6):
        request.overwrite = reader.get_int32() == kOverwrite;
        break;
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

Result<PutKvRequest> ParsePutKvRequest(Bytes body) {
  return WithoutExceptions(kName, [&] { return Parse(body); });
}

std::string EncodePutKvResponse(std::span<const PutKvResult> results) {
  std::string body;
  protozero::pbf_writer writer(body);
  for (const PutKvResult& result : results) {
    protozero::pbf_writer bucket(writer, 1);
    if (result.partition_id) bucket.add_int64(1, result.partition_id->value);
    bucket.add_int32(2, result.bucket_id.value);
    if (result.log_end_offset) {
      bucket.add_int64(5, result.log_end_offset->value);
    } else {
      const Error& error = result.log_end_offset.error();
      bucket.add_int32(3, static_cast<int32_t>(error.code));
      if (!error.message.empty()) bucket.add_string(4, WireMessage(error.message));
    }
    if (result.original_partition_name) {
      bucket.add_string(7, result.original_partition_name->data(),
                        result.original_partition_name->size());
    }
  }
  return body;
}

}  // namespace millrace::protocol
