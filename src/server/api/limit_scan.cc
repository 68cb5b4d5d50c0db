// LIMIT_SCAN 1033, version 0. Tablet server, the bucket's leader. Needs READ on the table.
//
// Of a log table: its last records, in whole batches.
#include "protocol/log.pb.h"
#include "replica/replica_manager.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {
namespace {

// Tag of LimitScanResponse.records: field 4, length-delimited.
constexpr char kRecordsTag = (4 << 3) | 2;

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

}  // namespace

runtime::Task<Result<Body>> LimitScan(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::LimitScanRequest>(call.body));
  TableBucket bucket = {{request.table_id()}, PartitionOf(request), {request.bucket_id()}};
  auto records = co_await call.services.replicas.ReadLast(bucket, request.limit());
  proto::LimitScanResponse response;
  if (!records) {
    SetError(response, records.error());
    co_return Encode(response);
  }
  response.set_is_log_table(true);
  // The records follow as the last field, from the log's files.
  Body body = Encode(response);
  uint64_t size = 0;
  for (const auto& piece : *records) size += net::SizeOf(piece);
  body.emplace_back(kRecordsTag + Varint(size));
  for (auto& piece : *records) body.push_back(std::move(piece));
  co_return body;
}

}  // namespace millrace::server
