// PUT_KV 1016, versions 0 to 3. Tablet server, the buckets' leader. Needs WRITE on the table.
//
// Of version 0 come keys in an older encoding (CheckKeyVersion). From version 2 on clients know
// kStorageBackpressure. Version 3 adds historical partitions, which need a lake: a bucket's entry
// that names one is refused.
#include "protocol/put_kv.h"

#include "coordinator/coordinator.h"
#include "replica/replica_manager.h"
#include "server/api/handlers.h"
#include "server/request_checks.h"

namespace millrace::server {
namespace {

using runtime::Task;

constexpr int kAcksNone = 0;
constexpr int16_t kKnowsBackpressure = 2;

Result<void> Check(const coordinator::MetadataView& view, const TableBucket& bucket,
                   const protocol::PutKvRequest::Bucket& entry) {
  if (entry.original_partition_name) return NoHistoricalPartition(bucket);
  return CheckRouting(view, bucket, entry.routing_bucket_count);
}

Task<> PutInto(const Call& call, TableBucket bucket, replica::PutPart part,
               protocol::PutKvResult& result, runtime::Gate::Pass) {
  result.log_end_offset = co_await call.services.replicas.Put(bucket, part);
  if (result.log_end_offset || call.version >= kKnowsBackpressure) co_return;
  Error& error = result.log_end_offset.error();
  // Older clients try this one again.
  if (error.code == ErrorCode::kStorageBackpressure) error.code = ErrorCode::kKvStorage;
}

}  // namespace

Task<Result<Body>> PutKv(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParsePutKvRequest(call.body));
  CO_TRY(CheckAcks(request.acks));
  auto view = call.services.coordinator.view();
  auto known_keys = CheckKeyVersion(*view, request.table_id, call.version);

  std::vector<protocol::PutKvResult> results(request.buckets.size());
  runtime::Gate putting;
  for (size_t i = 0; i < request.buckets.size(); i++) {
    const auto& entry = request.buckets[i];
    results[i].partition_id = entry.partition_id;
    results[i].bucket_id = entry.bucket_id;
    results[i].original_partition_name = entry.original_partition_name;
    TableBucket bucket = {request.table_id, entry.partition_id, entry.bucket_id};
    Result<void> checked = known_keys;
    if (checked) checked = Check(*view, bucket, entry);
    if (!checked) {
      results[i].log_end_offset = std::move(checked).error();
      continue;
    }
    replica::PutPart part;
    part.records = entry.records;
    part.targets = request.target_columns;
    part.mode = request.overwrite ? kv::MergeMode::kOverwrite : kv::MergeMode::kDefault;
    part.wait = request.acks != kAcksNone;
    runtime::Spawn(PutInto(call, bucket, part, results[i], putting.Enter()));
  }
  co_await putting.WaitEmpty();
  Body body;
  body.emplace_back(protocol::EncodePutKvResponse(results));
  co_return body;
}

}  // namespace millrace::server
