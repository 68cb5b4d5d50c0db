#include "protocol/message_codec.h"

#include <google/protobuf/message_lite.h>

#include <climits>
#include <string_view>

#include "base/check.h"
#include "protocol/error_message.h"

namespace millrace::protocol {
namespace {

// The type's name without its package.
std::string NameOf(const google::protobuf::MessageLite& message) {
  std::string name = message.GetTypeName();
  return name.substr(name.rfind('.') + 1);
}

}  // namespace

Result<void> ParseInto(Bytes body, google::protobuf::MessageLite& message) {
  if (body.size() > INT_MAX) return MalformedMessage(NameOf(message), "larger than 2 GiB");
  // The partial variant: the other one prints a line about the missing fields.
  if (!message.ParsePartialFromArray(body.data(), static_cast<int>(body.size()))) {
    return MalformedMessage(NameOf(message), "the bytes are no such message");
  }
  if (!message.IsInitialized())
    return MalformedMessage(NameOf(message), "a required field is missing");
  return {};
}

std::string Serialize(const google::protobuf::MessageLite& message) {
  MILLRACE_CHECK(message.IsInitialized(), NameOf(message) + " without a required field");
  std::string bytes;
  MILLRACE_CHECK(message.SerializeToString(&bytes), NameOf(message) + " is too large");
  return bytes;
}

}  // namespace millrace::protocol
