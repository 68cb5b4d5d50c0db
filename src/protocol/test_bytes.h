// For tests: bytes written as hexadecimal text, and damage done to them.
#pragma once

#include <cctype>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::protocol {

// "08 ff01" -> the three bytes. Whitespace and '|' are layout.
inline std::string Unhex(std::string_view text) {
  std::string digits, bytes;
  for (char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c))) digits += c;
  }
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

inline std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) (text += kDigits[byte >> 4]) += kDigits[byte & 15];
  return text;
}

// `message` with one to four of its bytes changed, dropped, or doubled.
inline std::string Damage(std::string message, std::minstd_rand& random) {
  for (size_t times = 1 + random() % 4; times > 0 && !message.empty(); --times) {
    size_t at = random() % message.size();
    switch (random() % 4) {
      case 0:
        message[at] = static_cast<char>(random());
        break;
      case 1:
        message[at] = static_cast<char>(message[at] ^ (1 << random() % 8));
        break;
      case 2:
        message.erase(at, 1 + random() % 3);
        break;
      default:
        message.insert(at, message.substr(at, 1 + random() % 8));
    }
  }
  return message;
}

// A copy whose end is the end of its memory, so that a read past it is seen by the sanitizer.
inline std::vector<std::byte> Exactly(std::string_view bytes) {
  auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
  return {begin, begin + bytes.size()};
}

}  // namespace millrace::protocol
