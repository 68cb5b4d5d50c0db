// What the fuzz targets share (docs/fuzzing.md). A target is a file <name>_fuzz.cc that defines
// Run().
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/result.h"

namespace millrace::fuzz {

// Feeds one input to what the target tests. A broken promise stops the process by MILLRACE_CHECK,
// memory errors and undefined behaviour by the sanitizers. The end of `input` is the end of its
// memory.
void Run(Bytes input);

// Takes an input apart from its front. What is asked for beyond its end is zeros, or empty.
class Input {
 public:
  explicit Input(Bytes bytes) : rest_(bytes) {}

  // A little-endian number.
  template <std::integral T>
  T Take() {
    std::byte bytes[sizeof(T)] = {};
    size_t size = std::min(sizeof(T), rest_.size());
    if (size > 0) std::memcpy(bytes, rest_.data(), size);
    rest_ = rest_.subspan(size);
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
  }
  bool Flag() { return (Take<uint8_t>() & 1) != 0; }
  // A number below `end`, at most 256 of them.
  size_t Below(size_t end) { return Take<uint8_t>() % end; }
  // Some bytes, after their number in two bytes.
  Bytes Piece() {
    size_t size = std::min<size_t>(Take<uint16_t>(), rest_.size());
    Bytes piece = rest_.first(size);
    rest_ = rest_.subspan(size);
    return piece;
  }
  Bytes Rest() { return std::exchange(rest_, {}); }
  bool empty() const { return rest_.empty(); }

 private:
  Bytes rest_;
};

// A copy whose end is the end of its memory, so that a read past it is noticed.
inline std::vector<std::byte> Exactly(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

// The value of a result that can not be an error.
template <class T>
T Must(Result<T> result, std::source_location place = std::source_location::current()) {
  if (!result)
    CheckFailed(place.file_name(), static_cast<int>(place.line()), "no error",
                result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace millrace::fuzz
