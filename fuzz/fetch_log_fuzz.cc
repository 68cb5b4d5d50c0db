// FETCH_LOG against protobuf's reading of the same bytes.
#include <algorithm>
#include <set>

#include "fuzz/input.h"
#include "protocol/fetch_log.h"
#include "protocol/log.pb.h"
#include "protocol/message_codec.h"

namespace millrace::fuzz {
namespace {

using protocol::FetchLogRequest;
using protocol::FetchLogResult;
using Bucket = proto::PbFetchLogReqForBucket;

// The buckets that count, by table: the last of each.
std::vector<std::vector<const Bucket*>> KeptBuckets(const proto::FetchLogRequest& request) {
  std::set<TableBucket> seen;
  std::vector<std::vector<const Bucket*>> tables(request.tables_req_size());
  for (int t = request.tables_req_size() - 1; t >= 0; t--) {
    const auto& table = request.tables_req(t);
    for (int b = table.buckets_req_size() - 1; b >= 0; b--) {
      const Bucket& bucket = table.buckets_req(b);
      TableBucket name = {{table.table_id()}, std::nullopt, {bucket.bucket_id()}};
      if (bucket.has_partition_id()) name.partition_id = PartitionId{bucket.partition_id()};
      if (seen.insert(name).second) tables[t].insert(tables[t].begin(), &bucket);
    }
  }
  return tables;
}

void CheckSameTable(const FetchLogRequest::Table& table,
                    const proto::PbFetchLogReqForTable& expected,
                    const std::vector<const Bucket*>& buckets) {
  MILLRACE_CHECK(table.table_id.value == expected.table_id(), "table_id");
  MILLRACE_CHECK(table.projected_fields.has_value() == expected.projection_pushdown_enabled(),
                 "projection");
  if (table.projected_fields) {
    MILLRACE_CHECK(std::ranges::equal(*table.projected_fields, expected.projected_fields()),
                   "projected_fields");
  }
  MILLRACE_CHECK(table.filter.has_value() == expected.has_filter_predicate(), "filter");
  if (table.filter)
    MILLRACE_CHECK(table.filter->schema_id.value == expected.filter_schema_id(),
                   "filter_schema_id");
  MILLRACE_CHECK(table.buckets.size() == buckets.size(), "number of buckets");
  for (size_t i = 0; i < buckets.size(); i++) {
    const auto& bucket = table.buckets[i];
    MILLRACE_CHECK(bucket.partition_id.value_or(PartitionId{}).value == buckets[i]->partition_id(),
                   "partition_id");
    MILLRACE_CHECK(bucket.bucket_id.value == buckets[i]->bucket_id(), "bucket_id");
    MILLRACE_CHECK(bucket.fetch_offset.value == buckets[i]->fetch_offset(), "fetch_offset");
    MILLRACE_CHECK(bucket.max_fetch_bytes == buckets[i]->max_fetch_bytes(), "max_fetch_bytes");
    MILLRACE_CHECK(bucket.routing_bucket_count.value_or(0) == buckets[i]->routing_bucket_count(),
                   "routing");
  }
}

void CheckSame(const FetchLogRequest& request, const proto::FetchLogRequest& expected) {
  MILLRACE_CHECK(request.follower_server_id.value == expected.follower_server_id(),
                 "follower_server_id");
  MILLRACE_CHECK(request.max_bytes == expected.max_bytes(), "max_bytes");
  MILLRACE_CHECK(request.max_wait_ms.has_value() == expected.has_max_wait_ms(), "max_wait_ms");
  MILLRACE_CHECK(request.max_wait_ms.value_or(0) == expected.max_wait_ms(), "max_wait_ms");
  MILLRACE_CHECK(request.min_bytes.value_or(0) == expected.min_bytes(), "min_bytes");
  MILLRACE_CHECK(request.remote_first == (expected.read_preference() == 1), "read_preference");
  auto kept = KeptBuckets(expected);
  size_t next = 0;
  for (int t = 0; t < expected.tables_req_size(); t++) {
    if (kept[t].empty()) continue;
    MILLRACE_CHECK(next < request.tables.size(), "a table is missing");
    CheckSameTable(request.tables[next++], expected.tables_req(t), kept[t]);
  }
  MILLRACE_CHECK(next == request.tables.size(), "a table too many");
}

// Whether every filter comes with a schema id, without which the request is refused.
bool FiltersAreWhole(const proto::FetchLogRequest& request) {
  return std::ranges::all_of(request.tables_req(), [](const auto& table) {
    return !table.has_filter_predicate() ||
           (table.has_filter_schema_id() && table.filter_schema_id() >= 0);
  });
}

// The message without fields that log.proto does not know, but those of predicates.
proto::FetchLogRequest KnownFields(const proto::FetchLogRequest& message) {
  proto::FetchLogRequest known;
  known.set_follower_server_id(message.follower_server_id());
  known.set_max_bytes(message.max_bytes());
  if (message.has_max_wait_ms()) known.set_max_wait_ms(message.max_wait_ms());
  if (message.has_min_bytes()) known.set_min_bytes(message.min_bytes());
  if (message.has_read_preference()) known.set_read_preference(message.read_preference());
  for (const auto& table : message.tables_req()) {
    auto* to = known.add_tables_req();
    to->set_table_id(table.table_id());
    to->set_projection_pushdown_enabled(table.projection_pushdown_enabled());
    *to->mutable_projected_fields() = table.projected_fields();
    if (table.has_filter_predicate()) *to->mutable_filter_predicate() = table.filter_predicate();
    if (table.has_filter_schema_id()) to->set_filter_schema_id(table.filter_schema_id());
    for (const auto& bucket : table.buckets_req()) {
      auto* to_bucket = to->add_buckets_req();
      if (bucket.has_partition_id()) to_bucket->set_partition_id(bucket.partition_id());
      to_bucket->set_bucket_id(bucket.bucket_id());
      to_bucket->set_fetch_offset(bucket.fetch_offset());
      to_bucket->set_max_fetch_bytes(bucket.max_fetch_bytes());
      if (bucket.has_routing_bucket_count())
        to_bucket->set_routing_bucket_count(bucket.routing_bucket_count());
    }
  }
  return known;
}

std::vector<FetchLogResult> ResultsFor(const FetchLogRequest& request) {
  std::vector<FetchLogResult> results;
  for (const auto& table : request.tables) {
    for (const auto& bucket : table.buckets) {
      FetchLogResult& result = results.emplace_back();
      result.table_id = table.table_id;
      result.partition_id = bucket.partition_id;
      result.bucket_id = bucket.bucket_id;
      result.high_watermark = bucket.fetch_offset;
      result.records_size = static_cast<uint32_t>(bucket.max_fetch_bytes) % 300;
      if (results.size() % 3 == 0)
        result.error = Error{ErrorCode::kNotLeaderOrFollower, "no leader"};
      if (results.size() % 5 == 0) result.filtered_end_offset = bucket.fetch_offset;
    }
  }
  return results;
}

// Fills the holes of the response and reads it with protobuf.
void CheckResponse(const std::vector<FetchLogResult>& results) {
  auto body = protocol::EncodeFetchLogResponse(results);
  std::string whole;
  size_t position = 0;
  for (auto hole : body.holes) {
    MILLRACE_CHECK(hole.position >= position && hole.position <= body.bytes.size(),
                   "a hole out of order");
    whole += body.bytes.substr(position, hole.position - position);
    whole += std::string(results.at(hole.result_index).records_size, 'r');
    position = hole.position;
  }
  whole += body.bytes.substr(position);
  MILLRACE_CHECK(whole.size() == body.size, "size of the response");
  auto response = Must(protocol::ParseMessage<proto::FetchLogResponse>(AsBytes(whole)));
  size_t next = 0;
  for (const auto& table : response.tables_resp()) {
    for (const auto& bucket : table.buckets_resp()) {
      const FetchLogResult& result = results.at(next++);
      MILLRACE_CHECK(table.table_id() == result.table_id.value, "table_id of the response");
      MILLRACE_CHECK(bucket.bucket_id() == result.bucket_id.value, "bucket_id of the response");
      MILLRACE_CHECK(bucket.has_error_code() == result.error.has_value(), "error of the response");
      MILLRACE_CHECK(result.error || bucket.records().size() == result.records_size,
                     "records of the response");
    }
  }
  MILLRACE_CHECK(next == results.size(), "buckets of the response");
}

}  // namespace

void Run(Bytes input) {
  auto request = protocol::ParseFetchLogRequest(Exactly(input));
  if (request) CheckResponse(ResultsFor(*request));
  auto expected = protocol::ParseMessage<proto::FetchLogRequest>(input);
  // The hot parser leaves predicates to whoever filters, so that protobuf may refuse more.
  if (!expected || !FiltersAreWhole(*expected)) return;
  if (auto again = protocol::ParseFetchLogRequest(input)) CheckSame(*again, *expected);
  // Unknown fields may be of kinds that only protobuf skips; what is left must be read by both.
  std::string known = protocol::Serialize(KnownFields(*expected));
  CheckSame(Must(protocol::ParseFetchLogRequest(AsBytes(known))), *expected);
}

}  // namespace millrace::fuzz
