// SCAN_KV 1061, version 0. Tablet server, the bucket's leader. Needs READ on the table to open a
// scan.
//
// The first call names a bucket, later ones the id that it was answered with. Errors are told in
// the response, not as its failure, and end the scan.
#include "coordinator/coordinator.h"
#include "protocol/kv.pb.h"
#include "replica/replica_manager.h"
#include "server/api/bytes_field.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"
#include "server/request_checks.h"
#include "server/scan_sessions.h"

namespace millrace::server {
namespace {

using runtime::Task;

constexpr int kRecordsField = 5;

Result<void> Check(const proto::ScanKvRequest& request) {
  const char* wrong = nullptr;
  if (request.has_bucket_scan_req() == request.has_scanner_id()) {
    wrong = "A scan request has either bucket_scan_req or scanner_id.";
  } else if (request.has_bucket_scan_req() && request.close_scanner()) {
    wrong = "A scan can't be opened and closed by one request.";
  } else if (!request.close_scanner() && request.batch_size_bytes() <= 0) {
    wrong = "A scan request needs a batch_size_bytes of more than 0.";
  } else if (!request.close_scanner() && !request.has_call_seq_id()) {
    wrong = "A scan request needs a call_seq_id.";
  }
  if (!wrong) return {};
  return Error{ErrorCode::kInvalidScanRequest, wrong};
}

Task<Result<ScanStep>> Open(const Call& call, const proto::PbScanReqForBucket& wanted,
                            ScanCall scan) {
  TableBucket bucket = {{wanted.table_id()}, PartitionOf(wanted), {wanted.bucket_id()}};
  CO_TRY(CheckRouting(*call.services.coordinator.view(), bucket, RoutingOf(wanted)));
  auto& replicas = call.services.replicas;
  ScanSessions::Opener open = [&replicas, bucket] { return replicas.NewScan(bucket); };
  int64_t limit = wanted.limit() > 0 ? wanted.limit() : INT64_MAX;
  co_return co_await call.services.scans.Open(bucket, std::move(open), limit, scan);
}

Task<Result<ScanStep>> Scan(const Call& call, const proto::ScanKvRequest& request) {
  auto& scans = call.services.scans;
  CO_TRY(Check(request));
  ScanCall scan = {request.call_seq_id(), static_cast<uint64_t>(request.batch_size_bytes())};
  if (request.has_bucket_scan_req()) {
    co_return co_await Open(call, request.bucket_scan_req(), scan);
  }
  if (!request.close_scanner()) co_return co_await scans.Continue(request.scanner_id(), scan);
  co_await scans.Close(request.scanner_id());
  ScanStep closed;
  closed.scanner_id = request.scanner_id();
  co_return closed;
}

}  // namespace

Task<Result<Body>> ScanKv(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::ScanKvRequest>(call.body));
  auto step = co_await Scan(call, request);
  proto::ScanKvResponse response;
  if (!step) {
    SetError(response, step.error());
    co_return Encode(response);
  }
  if (!step->scanner_id.empty()) response.set_scanner_id(step->scanner_id);
  response.set_has_more_results(step->has_more);
  if (step->log_offset) response.set_log_offset(step->log_offset->value);
  Body body = Encode(response);
  if (!step->records.empty()) AppendBytesField(body, kRecordsField, std::move(step->records));
  co_return body;
}

}  // namespace millrace::server
