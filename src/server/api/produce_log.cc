// PRODUCE_LOG 1014, version 0. Tablet server, the buckets' leader. Needs WRITE on the table.
//
// Version 1 adds historical partitions, which need a lake.
#include "protocol/produce_log.h"

#include "coordinator/coordinator.h"
#include "replica/replica_manager.h"
#include "server/api/handlers.h"
#include "server/request_checks.h"

namespace millrace::server {
namespace {

using runtime::Task;

constexpr int kAcksNone = 0;

Task<> AppendTo(replica::ReplicaManager& replicas, TableBucket bucket, MutableBytes records,
                bool wait, protocol::ProduceLogResult& result, runtime::Gate::Pass) {
  auto appended = co_await replicas.Append(bucket, records, wait);
  if (appended) {
    result.base_offset = appended->base_offset;
  } else {
    result.base_offset = appended.error();
  }
}

}  // namespace

Task<Result<Body>> ProduceLog(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseProduceLogRequest(call.body));
  CO_TRY(CheckAcks(request.acks));
  std::vector<protocol::ProduceLogResult> results(request.buckets.size());
  runtime::Gate appending;
  for (size_t i = 0; i < request.buckets.size(); i++) {
    const auto& bucket = request.buckets[i];
    results[i].partition_id = bucket.partition_id;
    results[i].bucket_id = bucket.bucket_id;
    results[i].original_partition_name = bucket.original_partition_name;
    TableBucket id = {request.table_id, bucket.partition_id, bucket.bucket_id};
    runtime::Spawn(AppendTo(call.services.replicas, id, bucket.records, request.acks != kAcksNone,
                            results[i], appending.Enter()));
  }
  co_await appending.WaitEmpty();
  Body body;
  body.emplace_back(protocol::EncodeProduceLogResponse(results));
  co_return body;
}

}  // namespace millrace::server
