// LIMIT_SCAN 1033, version 0. Tablet server, the bucket's leader. Needs READ on the table.
//
// Of a log table: its last records, in whole batches. Of a primary-key table: its first rows, in
// the order of their keys.
#include <fmt/format.h>

#include "coordinator/coordinator.h"
#include "protocol/frame.h"
#include "protocol/log.pb.h"
#include "record/value_batch.h"
#include "replica/replica_manager.h"
#include "server/api/bytes_field.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"
#include "server/request_checks.h"
#include "server/row_batch.h"

namespace millrace::server {
namespace {

using runtime::Task;

constexpr uint64_t kRowsMaxBytes = protocol::kResponseBodySizeMax / 2;
constexpr int kRecordsField = 4;

struct Scanned {
  bool is_log_table = false;
  std::vector<net::Piece> records;
};

Task<Result<std::string>> FirstRows(const Call& call, TableBucket bucket, int64_t limit) {
  if (limit <= 0) co_return record::ValueBatchWriter().Finish();
  CO_TRY_ASSIGN(auto scan, co_await call.services.replicas.NewScan(bucket));
  Result<RowBatch> batch;
  co_await call.services.pool.Run([&] {
    // Closing a store, if the scan is the last to hold it, blocks.
    kv::RowScan here = std::move(scan);
    batch = ReadRowBatch(here, limit, kRowsMaxBytes);
  });
  if (!batch) co_return std::move(batch).error();
  if (batch->more) {
    co_return Error{ErrorCode::kRecordTooLarge,
                    fmt::format("{} rows of {} take more than {} bytes", limit + batch->count,
                                bucket.ToString(), kRowsMaxBytes)};
  }
  co_return std::move(batch->records);
}

Task<Result<Scanned>> Scan(const Call& call, const proto::LimitScanRequest& request) {
  TableBucket bucket = {{request.table_id()}, PartitionOf(request), {request.bucket_id()}};
  CO_TRY(CheckRouting(*call.services.coordinator.view(), bucket, RoutingOf(request)));
  auto& replicas = call.services.replicas;
  CO_TRY_ASSIGN(auto table, co_await replicas.FactsOf(bucket));
  Scanned scanned;
  if (table->rows) {
    auto rows = co_await FirstRows(call, bucket, request.limit());
    table->probe->Done(replica::RowRequest::kLimitScan, rows.has_value());
    if (!rows) co_return std::move(rows).error();
    scanned.records.emplace_back(*std::move(rows));
  } else {
    scanned.is_log_table = true;
    CO_TRY_ASSIGN(scanned.records, co_await replicas.ReadLast(bucket, request.limit()));
  }
  co_return scanned;
}

}  // namespace

Task<Result<Body>> LimitScan(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::LimitScanRequest>(call.body));
  auto scanned = co_await Scan(call, request);
  proto::LimitScanResponse response;
  if (!scanned) {
    SetError(response, scanned.error());
    co_return Encode(response);
  }
  response.set_is_log_table(scanned->is_log_table);
  Body body = Encode(response);
  AppendBytesField(body, kRecordsField, std::move(scanned->records));
  co_return body;
}

}  // namespace millrace::server
