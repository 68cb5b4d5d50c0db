// Between messages and the types of the parts that handlers call. For the .cc files of api/ alone,
// since the generated messages are heavy.
#pragma once

#include <string>

#include "base/ids.h"
#include "protocol/basic.pb.h"
#include "protocol/error_message.h"
#include "protocol/message_codec.h"
#include "server/call.h"

namespace millrace::server {

template <class Message>
Body Encode(const Message& message) {
  Body body;
  body.emplace_back(protocol::Serialize(message));
  return body;
}

inline TablePath ToPath(const proto::PbTablePath& path) {
  return {path.database_name(), path.table_name()};
}

// Sets error_code and error_message of a response's entry. Their presence means failure, so call it
// for errors only.
template <class Entry>
void SetError(Entry& entry, const Error& error) {
  entry.set_error_code(static_cast<int32_t>(error.code));
  entry.set_error_message(protocol::WireMessage(error.message));
}

template <class Message>
std::optional<PartitionId> PartitionOf(const Message& message) {
  if (!message.has_partition_id()) return std::nullopt;
  return PartitionId{message.partition_id()};
}

template <class Message>
std::optional<int32_t> RoutingOf(const Message& message) {
  if (!message.has_routing_bucket_count()) return std::nullopt;
  return message.routing_bucket_count();
}

}  // namespace millrace::server
