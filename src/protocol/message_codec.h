// Messages that protobuf reads and writes: all but the hot ones, which have views of their own
// (produce_log.h, fetch_log.h). This header is light; *.pb.h are not, include them in .cc files
// only.
//
//   TRY_ASSIGN(auto request, ParseMessage<proto::CreateTableRequest>(body));
//   proto::CreateTableResponse response;
//   co_return SuccessFrame(request_id, Serialize(response));
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace google::protobuf {
class MessageLite;
}

namespace millrace::protocol {

// Replaces `message` by what `body` says. Unknown fields are skipped and kept. Fails with
// MalformedMessage() when `body` is no message of this kind, lacks a required field or nests deeper
// than 100 messages.
Result<void> ParseInto(Bytes body, google::protobuf::MessageLite& message);

template <class Message>
Result<Message> ParseMessage(Bytes body) {
  Result<Message> message(std::in_place);
  TRY(ParseInto(body, *message));
  return message;
}

// The message's bytes. Requires that all required fields are set, also those of messages inside it.
std::string Serialize(const google::protobuf::MessageLite& message);

}  // namespace millrace::protocol
