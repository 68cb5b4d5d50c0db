// The texts of errors as they may go over the wire.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace millrace::protocol {

// Longest text of an error on the wire, in characters; what the Java server sends at most.
inline constexpr size_t kErrorMessageCharsMax = 2048;

// The first kErrorMessageCharsMax characters of `text`, as valid UTF-8: bytes that are none (a key
// or a file name may hold any) become U+FFFD, because clients reject a whole response for one of
// them.
std::string WireMessage(std::string_view text);

// The error for a request body that is not the message it should be. Its code is one that no client
// takes for retriable: the same bytes would fail again.
Error MalformedMessage(std::string_view message, std::string_view what);

}  // namespace millrace::protocol
