// LOOKUP 1017, versions 0 and 1. Tablet server, the buckets' leader. Needs READ on the table,
// answered per bucket; WRITE to insert what is not there.
//
// Of version 0 come keys in an older encoding (CheckKeyVersion). Rows of historical partitions are
// in a lake: a bucket's entry that names one is refused.
#include "protocol/lookup.h"

#include <atomic>

#include "coordinator/coordinator.h"
#include "protocol/frame.h"
#include "replica/replica_manager.h"
#include "server/api/handlers.h"
#include "server/request_checks.h"

namespace millrace::server {
namespace {

using protocol::LookupRequest;
using protocol::LookupResult;
using runtime::Task;

// Of all values, which must fit a response together with what is around them.
constexpr int64_t kValuesMaxBytes = protocol::kResponseBodySizeMax / 2;

Result<void> Check(const coordinator::MetadataView& view, const TableBucket& bucket,
                   const LookupRequest::Bucket& entry) {
  if (entry.original_partition_name) return NoHistoricalPartition(bucket);
  return CheckRouting(view, bucket, entry.routing_bucket_count);
}

Task<> LookupIn(replica::ReplicaManager& replicas, TableBucket bucket, std::span<const Bytes> keys,
                bool insert, LookupResult& result, kv::FoundValues& values, runtime::Gate::Pass) {
  Result<void> found;
  if (insert) {
    found = co_await replicas.LookupOrInsert(bucket, keys, values);
  } else {
    found = co_await replicas.Lookup(bucket, keys, values);
  }
  if (!found) result.error = std::move(found).error();
}

// What the results' spans are of: a view for each key, bucket after bucket.
std::vector<std::optional<Bytes>> ViewsOf(const LookupRequest& request,
                                          const std::vector<kv::FoundValues>& values,
                                          std::vector<LookupResult>& results) {
  std::vector<std::optional<Bytes>> views;
  views.reserve(request.keys.size());
  for (size_t i = 0; i < results.size(); i++) {
    if (results[i].error) continue;
    size_t begin = views.size();
    for (size_t k = 0; k < values[i].size(); k++) views.push_back(values[i][k]);
    results[i].values = std::span(views).subspan(begin);
  }
  return views;
}

}  // namespace

Task<Result<Body>> Lookup(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseLookupRequest(call.body));
  if (request.insert_if_not_exists && request.acks) CO_TRY(CheckAcks(*request.acks));
  auto view = call.services.coordinator.view();
  auto known_keys = CheckKeyVersion(*view, request.table_id, call.version);

  std::vector<LookupResult> results(request.buckets.size());
  std::vector<kv::FoundValues> values(request.buckets.size());
  std::atomic<int64_t> budget = kValuesMaxBytes;
  runtime::Gate looking;
  for (size_t i = 0; i < request.buckets.size(); i++) {
    const auto& entry = request.buckets[i];
    results[i].partition_id = entry.partition_id;
    results[i].bucket_id = entry.bucket_id;
    results[i].original_partition_name = entry.original_partition_name;
    TableBucket bucket = {request.table_id, entry.partition_id, entry.bucket_id};
    Result<void> checked = known_keys;
    if (checked) checked = Check(*view, bucket, entry);
    if (!checked) {
      results[i].error = std::move(checked).error();
      continue;
    }
    values[i].set_budget(budget);
    runtime::Spawn(LookupIn(call.services.replicas, bucket, request.KeysOf(entry),
                            request.insert_if_not_exists, results[i], values[i], looking.Enter()));
  }
  co_await looking.WaitEmpty();
  auto views = ViewsOf(request, values, results);
  Body body;
  body.emplace_back(protocol::EncodeLookupResponse(results));
  co_return body;
}

}  // namespace millrace::server
