#include "protocol/error_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace millrace::protocol {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Size of the UTF-8 character `text` begins with, 0 if it begins with none. Overlong forms,
// surrogates and numbers past U+10FFFF are none.
size_t CharacterSize(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  uint8_t first = byte(0);
  if (first < 0x80) return 1;
  size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return size;
}

}  // namespace

std::string WireMessage(std::string_view text) {
  std::string message;
  message.reserve(std::min(text.size(), kErrorMessageCharsMax));
  for (size_t chars = 0; chars < kErrorMessageCharsMax && !text.empty(); ++chars) {
    size_t size = CharacterSize(text);
    message += size == 0 ? kReplacement : text.substr(0, size);
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return message;
}

Error MalformedMessage(std::string_view message, std::string_view what) {
  return {ErrorCode::kUnknownServerError, fmt::format("malformed {}: {}", message, what)};
}

}  // namespace millrace::protocol
