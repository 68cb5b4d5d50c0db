// LOOKUP and PREFIX_LOOKUP against protobuf's reading of the same bytes. The first byte of an input
// tells which.
#include "fuzz/input.h"
#include "fuzz/kept_entries.h"
#include "protocol/kv.pb.h"
#include "protocol/lookup.h"
#include "protocol/message_codec.h"

namespace millrace::fuzz {
namespace {

using protocol::LookupRequest;

void CheckRequest(const LookupRequest& request, const proto::LookupRequest& expected) {
  MILLRACE_CHECK(request.insert_if_not_exists == expected.insert_if_not_exists(), "insert");
  MILLRACE_CHECK(request.acks.has_value() == expected.has_acks(), "acks");
  MILLRACE_CHECK(request.acks.value_or(0) == expected.acks(), "acks");
}
void CheckRequest(const LookupRequest& request, const proto::PrefixLookupRequest&) {
  MILLRACE_CHECK(!request.insert_if_not_exists && !request.acks, "fields of another request");
}

void CheckName(const LookupRequest::Bucket& bucket, const proto::PbLookupReqForBucket& entry) {
  MILLRACE_CHECK(bucket.original_partition_name.has_value() == entry.has_original_partition_name(),
                 "partition name");
  MILLRACE_CHECK(bucket.original_partition_name.value_or("") == entry.original_partition_name(),
                 "partition name");
}
void CheckName(const LookupRequest::Bucket& bucket, const proto::PbPrefixLookupReqForBucket&) {
  MILLRACE_CHECK(!bucket.original_partition_name, "a field of another request");
}

template <class Expected>
void CheckSame(const LookupRequest& request, const Expected& expected) {
  MILLRACE_CHECK(request.table_id.value == expected.table_id(), "table_id");
  CheckRequest(request, expected);
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
    MILLRACE_CHECK(bucket.routing_bucket_count.value_or(0) == entry.routing_bucket_count(),
                   "routing_bucket_count");
    CheckName(bucket, entry);
    auto keys = request.KeysOf(bucket);
    MILLRACE_CHECK(keys.size() == static_cast<size_t>(entry.keys_size()), "number of keys");
    for (size_t k = 0; k < keys.size(); k++) {
      MILLRACE_CHECK(AsText(keys[k]) == entry.keys(static_cast<int>(k)), "key");
    }
  }
  MILLRACE_CHECK(next == request.buckets.size(), "a bucket too many");
}

// Answers with the keys as values, but for every third, and every fourth bucket with an error.
void CheckLookupResponse(const LookupRequest& request) {
  std::vector<std::optional<Bytes>> values(request.keys.begin(), request.keys.end());
  for (size_t i = 0; i < values.size(); i += 3) values[i] = std::nullopt;
  std::vector<protocol::LookupResult> results;
  for (const auto& bucket : request.buckets) {
    protocol::LookupResult result = {bucket.partition_id, bucket.bucket_id};
    result.values =
        std::span(values).subspan(bucket.keys_begin, bucket.keys_end - bucket.keys_begin);
    result.original_partition_name = bucket.original_partition_name;
    if (results.size() % 4 == 3) result.error = Error{ErrorCode::kKvStorage, "no"};
    results.push_back(std::move(result));
  }
  std::string body = protocol::EncodeLookupResponse(results);
  auto response = Must(protocol::ParseMessage<proto::LookupResponse>(AsBytes(body)));
  MILLRACE_CHECK(static_cast<size_t>(response.buckets_resp_size()) == results.size(), "buckets");
  for (size_t i = 0; i < results.size(); i++) {
    const auto& result = results[i];
    const auto& entry = response.buckets_resp(static_cast<int>(i));
    MILLRACE_CHECK(entry.bucket_id() == result.bucket_id.value, "bucket_id of the response");
    MILLRACE_CHECK(entry.has_error_code() == result.error.has_value(), "error of the response");
    size_t count = result.error ? 0 : result.values.size();
    MILLRACE_CHECK(static_cast<size_t>(entry.values_size()) == count, "values of the response");
    for (size_t v = 0; v < count; v++) {
      const auto& value = entry.values(static_cast<int>(v));
      MILLRACE_CHECK(value.has_values() == result.values[v].has_value(), "a value");
      MILLRACE_CHECK(value.values() == AsText(result.values[v].value_or(Bytes{})), "a value");
    }
  }
}

// Answers each prefix with as many of the keys before it as its length says.
void CheckPrefixLookupResponse(const LookupRequest& request) {
  std::vector<Bytes> values;
  std::vector<size_t> ends;
  for (size_t i = 0; i < request.keys.size(); i++) {
    size_t count = std::min(request.keys[i].size() % 4, i);
    values.insert(values.end(), request.keys.begin(),
                  request.keys.begin() + static_cast<ptrdiff_t>(count));
    ends.push_back(values.size());
  }
  const protocol::PrefixLookupResult results[] = {{PartitionId{1}, {2}, {}, values, ends}};
  std::string body = protocol::EncodePrefixLookupResponse(results);
  auto response = Must(protocol::ParseMessage<proto::PrefixLookupResponse>(AsBytes(body)));
  const auto& entry = response.buckets_resp(0);
  MILLRACE_CHECK(static_cast<size_t>(entry.value_lists_size()) == ends.size(), "lists");
  size_t next = 0;
  for (size_t i = 0; i < ends.size(); i++) {
    for (const auto& value : entry.value_lists(static_cast<int>(i)).values()) {
      MILLRACE_CHECK(value == AsText(values[next++]), "a value of a list");
    }
    MILLRACE_CHECK(next == ends[i], "values of a list");
  }
}

// The message without fields that kv.proto does not know.
void CopyName(const proto::PbLookupReqForBucket& from, proto::PbLookupReqForBucket& to) {
  if (from.has_original_partition_name())
    to.set_original_partition_name(from.original_partition_name());
}
void CopyName(const proto::PbPrefixLookupReqForBucket&, proto::PbPrefixLookupReqForBucket&) {}
void CopyOptions(const proto::LookupRequest& from, proto::LookupRequest& to) {
  if (from.has_insert_if_not_exists()) to.set_insert_if_not_exists(from.insert_if_not_exists());
  if (from.has_acks()) to.set_acks(from.acks());
  if (from.has_timeout_ms()) to.set_timeout_ms(from.timeout_ms());
}
void CopyOptions(const proto::PrefixLookupRequest&, proto::PrefixLookupRequest&) {}

// Whether the fields that protobuf knows to be optional make sense together.
bool IsWhole(const proto::LookupRequest& request) {
  return !request.insert_if_not_exists() || (request.has_acks() && request.has_timeout_ms());
}
bool IsWhole(const proto::PrefixLookupRequest&) {
  return true;
}

template <class Request>
Request KnownFields(const Request& message) {
  Request known;
  known.set_table_id(message.table_id());
  CopyOptions(message, known);
  for (const auto& entry : message.buckets_req()) {
    auto* to = known.add_buckets_req();
    if (entry.has_partition_id()) to->set_partition_id(entry.partition_id());
    to->set_bucket_id(entry.bucket_id());
    *to->mutable_keys() = entry.keys();
    if (entry.has_routing_bucket_count())
      to->set_routing_bucket_count(entry.routing_bucket_count());
    CopyName(entry, *to);
  }
  return known;
}

template <class Expected, class Parse>
void Compare(Bytes input, Parse parse) {
  auto bytes = Exactly(input);
  auto request = parse(bytes);
  auto expected = protocol::ParseMessage<Expected>(input);
  if (request) {
    CheckLookupResponse(*request);
    CheckPrefixLookupResponse(*request);
  }
  if (!expected) return;
  if (request) CheckSame(*request, *expected);
  // Unknown fields may be of kinds that only protobuf skips; what is left must be read by both.
  std::string known = protocol::Serialize(KnownFields(*expected));
  auto known_bytes = Exactly(AsBytes(known));
  if (IsWhole(*expected)) {
    CheckSame(Must(parse(known_bytes)), *expected);
  } else {
    MILLRACE_CHECK(!parse(known_bytes), "an insert without acks or timeout_ms");
  }
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  if (input.Flag()) {
    Compare<proto::PrefixLookupRequest>(input.Rest(), protocol::ParsePrefixLookupRequest);
  } else {
    Compare<proto::LookupRequest>(input.Rest(), protocol::ParseLookupRequest);
  }
}

}  // namespace millrace::fuzz
