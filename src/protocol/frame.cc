#include "protocol/frame.h"

#include <fmt/format.h>

#include <protozero/pbf_writer.hpp>

#include "base/check.h"
#include "base/endian.h"
#include "protocol/error_message.h"

namespace millrace::protocol {
namespace {

enum ResponseType : uint8_t { kSuccess = 0, kError = 1, kServerFailure = 2 };

template <class T>
void AppendBig(std::string& to, T value) {
  std::array<std::byte, sizeof(T)> bytes;
  StoreBig(bytes.data(), value);
  to += AsText(bytes);
}

// The ErrorResponse message. Clients fill in the code's usual text when there is no message.
std::string ErrorBody(const Error& error) {
  std::string body;
  protozero::pbf_writer writer(body);
  writer.add_int32(1, static_cast<int32_t>(error.code));
  if (!error.message.empty()) writer.add_string(2, WireMessage(error.message));
  return body;
}

}  // namespace

Result<uint32_t> CheckFrameLength(int32_t length, uint32_t frame_size_max) {
  auto size = static_cast<uint32_t>(length);
  if (uint64_t{size} + kFrameLengthSize > frame_size_max) {
    return Error{ErrorCode::kUnknownServerError,
                 fmt::format("a frame of {} bytes is larger than the allowed {}",
                             uint64_t{size} + kFrameLengthSize, frame_size_max)};
  }
  if (size < kRequestHeaderSize) {
    return Error{ErrorCode::kUnknownServerError,
                 fmt::format("a frame length of {} has no room for the request header of {} bytes",
                             size, kRequestHeaderSize)};
  }
  return size;
}

RequestHeader ParseRequestHeader(Bytes frame) {
  MILLRACE_CHECK(frame.size() >= kRequestHeaderSize, "a frame shorter than its header");
  return {.api_key = LoadBig<int16_t>(frame.data()),
          .api_version = LoadBig<int16_t>(frame.data() + 2),
          .request_id = LoadBig<int32_t>(frame.data() + 4)};
}

std::string RequestFrame(const RequestHeader& header, std::string_view body) {
  std::string frame;
  frame.reserve(kFrameLengthSize + kRequestHeaderSize + body.size());
  AppendBig(frame, static_cast<int32_t>(kRequestHeaderSize + body.size()));
  AppendBig(frame, header.api_key);
  AppendBig(frame, header.api_version);
  AppendBig(frame, header.request_id);
  frame += body;
  return frame;
}

std::array<std::byte, kSuccessHeadSize> SuccessHead(int32_t request_id, uint64_t body_size) {
  MILLRACE_CHECK(body_size <= kResponseBodySizeMax,
                 "a response larger than a frame's length can say");
  std::array<std::byte, kSuccessHeadSize> head;
  StoreBig(head.data(), static_cast<int32_t>(kSuccessHeadSize - kFrameLengthSize + body_size));
  head[4] = std::byte{kSuccess};
  StoreBig(head.data() + 5, request_id);
  return head;
}

std::string SuccessFrame(int32_t request_id, std::string_view body) {
  std::string frame;
  frame.reserve(kSuccessHeadSize + body.size());
  frame += AsText(SuccessHead(request_id, body.size()));
  frame += body;
  return frame;
}

std::string ErrorFrame(int32_t request_id, const Error& error) {
  std::string body = ErrorBody(error);
  std::string frame;
  AppendBig(frame, static_cast<int32_t>(1 + sizeof(request_id) + body.size()));
  AppendBig(frame, static_cast<int8_t>(kError));
  AppendBig(frame, request_id);
  return frame + body;
}

std::string ServerFailureFrame(const Error& error) {
  std::string body = ErrorBody(error);
  std::string frame;
  AppendBig(frame, static_cast<int32_t>(1 + body.size()));
  AppendBig(frame, static_cast<int8_t>(kServerFailure));
  return frame + body;
}

}  // namespace millrace::protocol
