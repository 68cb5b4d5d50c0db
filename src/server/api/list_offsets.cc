// LIST_OFFSETS 1021, version 0. Tablet server, any replica. Needs DESCRIBE on the table.
#include <fmt/format.h>

#include "protocol/log.pb.h"
#include "replica/replica_manager.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {
namespace {

using replica::OffsetKind;

struct Wanted {
  OffsetKind kind = OffsetKind::kLatest;
  TimestampMs timestamp;
};

Result<Wanted> ParseWanted(const proto::ListOffsetsRequest& request, TimestampMs now) {
  if (request.offset_type() < 0 || request.offset_type() > 3) {
    return Error{ErrorCode::kUnknownServerError,
                 fmt::format("Unknown offset type {}", request.offset_type())};
  }
  Wanted wanted = {static_cast<OffsetKind>(request.offset_type()), {request.start_timestamp()}};
  if (wanted.kind != OffsetKind::kTimestamp) return wanted;
  if (!request.has_start_timestamp()) {
    return Error{ErrorCode::kUnknownServerError, "an offset by timestamp needs the timestamp"};
  }
  if (wanted.timestamp > now) {
    return Error{ErrorCode::kInvalidTimestamp,
                 fmt::format("timestamp {} is later than the server's clock, {}",
                             wanted.timestamp.value, now.value)};
  }
  return wanted;
}

}  // namespace

runtime::Task<Result<Body>> ListOffsets(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::ListOffsetsRequest>(call.body));
  auto wanted = ParseWanted(request, runtime::Shard::Current()->clock().WallNow());
  proto::ListOffsetsResponse response;
  for (int32_t id : request.bucket_id()) {
    auto* entry = response.add_buckets_resp();
    entry->set_bucket_id(id);
    if (!wanted) {
      SetError(*entry, wanted.error());
      continue;
    }
    TableBucket bucket = {{request.table_id()}, PartitionOf(request), {id}};
    auto offset =
        co_await call.services.replicas.ListOffset(bucket, wanted->kind, wanted->timestamp);
    if (offset) {
      entry->set_offset(offset->value);
    } else {
      SetError(*entry, offset.error());
    }
  }
  co_return Encode(response);
}

}  // namespace millrace::server
