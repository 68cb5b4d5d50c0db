// FETCH_LOG 1015, version 0. Tablet server, the buckets' leader. Needs READ on each table, answered
// per bucket.
#include "protocol/fetch_log.h"

#include <fmt/format.h>

#include "protocol/frame.h"
#include "protocol/predicate_message.h"
#include "replica/replica_manager.h"
#include "server/api/handlers.h"

namespace millrace::server {
namespace {

using protocol::FetchLogRequest;
using runtime::Task;

// A response's records must fit the length field of a frame, with room for what is around them.
constexpr uint64_t kRecordsMax = protocol::kResponseBodySizeMax / 2;
// Nobody needs to be left alone for longer.
constexpr std::chrono::milliseconds kWaitMax = std::chrono::minutes(5);

uint64_t AtLeastZero(int32_t bytes) {
  return bytes < 0 ? 0 : static_cast<uint64_t>(bytes);
}

std::shared_ptr<const record::Predicate> FilterOf(const FetchLogRequest::Table& table) {
  if (!table.filter) return nullptr;
  auto parsed = protocol::ParsePredicate(table.filter->predicate);
  // Filtering only saves work: what can't be understood is not filtered.
  if (!parsed) return nullptr;
  return std::make_shared<const record::Predicate>(std::move(*parsed));
}

replica::FetchRequest ToFetch(const FetchLogRequest& request) {
  replica::FetchRequest fetch;
  fetch.max_bytes = std::min(AtLeastZero(request.max_bytes), kRecordsMax);
  if (request.min_bytes) {
    fetch.min_bytes = AtLeastZero(*request.min_bytes);
    auto wait = request.max_wait_ms.value_or(FetchLogRequest::kDefaultMaxWaitMs);
    fetch.max_wait = std::min(std::chrono::milliseconds(wait), kWaitMax);
  }
  for (const auto& table : request.tables) {
    auto filter = FilterOf(table);
    for (const auto& bucket : table.buckets) {
      replica::FetchPart part;
      part.bucket = {table.table_id, bucket.partition_id, bucket.bucket_id};
      part.from = bucket.fetch_offset;
      part.max_bytes = AtLeastZero(bucket.max_fetch_bytes);
      part.projection = table.projected_fields;
      part.filter = filter;
      fetch.parts.push_back(std::move(part));
    }
  }
  return fetch;
}

protocol::FetchLogResult ToResult(const TableBucket& bucket, const replica::FetchedPart& part) {
  protocol::FetchLogResult result;
  result.table_id = bucket.table_id;
  result.partition_id = bucket.partition_id;
  result.bucket_id = bucket.bucket_id;
  result.error = part.error;
  result.high_watermark = part.high_watermark;
  result.log_start_offset = part.log_start;
  result.records_size = part.size_bytes;
  result.filtered_end_offset = part.filtered_end;
  return result;
}

// Puts the records into the response's holes.
Body Assemble(protocol::FetchLogResponseBody response, std::vector<replica::FetchedPart>& parts) {
  Body body;
  size_t begin = 0;
  for (const auto& hole : response.holes) {
    body.emplace_back(response.bytes.substr(begin, hole.position - begin));
    begin = hole.position;
    for (auto& piece : parts[hole.result_index].records) body.push_back(std::move(piece));
  }
  if (begin == 0) {
    body.emplace_back(std::move(response.bytes));
  } else if (begin < response.bytes.size()) {
    body.emplace_back(response.bytes.substr(begin));
  }
  return body;
}

}  // namespace

Task<Result<Body>> FetchLog(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseFetchLogRequest(call.body));
  auto fetch = ToFetch(request);
  auto parts = co_await call.services.replicas.Fetch(fetch);
  std::vector<protocol::FetchLogResult> results;
  results.reserve(parts.size());
  for (size_t i = 0; i < parts.size(); i++) {
    results.push_back(ToResult(fetch.parts[i].bucket, parts[i]));
  }
  co_return Assemble(protocol::EncodeFetchLogResponse(results), parts);
}

}  // namespace millrace::server
