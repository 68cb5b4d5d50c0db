// Frames: what goes before a request's and a response's body (docs/protocol/framing.md).
//
// A frame is a length (int32, which does not count itself) and that many bytes. Integers of the
// framing are big-endian. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/result.h"

namespace millrace::protocol {

inline constexpr size_t kFrameLengthSize = 4;
// API key, API version, request id: the first bytes after a request's length.
inline constexpr size_t kRequestHeaderSize = 8;
// Largest request unless configured otherwise, length field included.
inline constexpr uint32_t kDefaultRequestSizeMax = 100 << 20;

struct RequestHeader {
  int16_t api_key = 0;
  int16_t api_version = 0;
  int32_t request_id = 0;  // chosen by the client, echoed as it is

  friend bool operator==(const RequestHeader&, const RequestHeader&) = default;
};

// Bytes that follow the length field `length`. Fails when there are fewer than a request header's,
// or when the frame with its length field is larger than `frame_size_max`; negative lengths count
// as huge ones. Nothing after such a length can be understood: answer with ServerFailureFrame() and
// close.
Result<uint32_t> CheckFrameLength(int32_t length, uint32_t frame_size_max);

// The header of a frame without its length field. Requires kRequestHeaderSize bytes.
RequestHeader ParseRequestHeader(Bytes frame);

// A whole request frame with this body, for clients.
std::string RequestFrame(const RequestHeader& header, std::string_view body);

// Length, type and request id of a successful response.
inline constexpr size_t kSuccessHeadSize = 9;
inline constexpr uint64_t kResponseBodySizeMax = INT32_MAX - (kSuccessHeadSize - kFrameLengthSize);

// What goes before the `body_size` bytes of a successful response. Requires body_size <=
// kResponseBodySizeMax: whoever sizes a body (fetches) has bounded it.
std::array<std::byte, kSuccessHeadSize> SuccessHead(int32_t request_id, uint64_t body_size);

// A whole successful response: head and body.
std::string SuccessFrame(int32_t request_id, std::string_view body);

// A whole response frame that says the request failed. The message goes through WireMessage().
std::string ErrorFrame(int32_t request_id, const Error& error);

// A whole frame that says the connection can't go on; it belongs to no request. The sender closes
// after it, because some clients take its first bytes for a request id.
std::string ServerFailureFrame(const Error& error);

}  // namespace millrace::protocol
