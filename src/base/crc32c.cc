#include "base/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace millrace {

uint32_t Crc32c(Bytes bytes, uint32_t crc) {
  // ISA-L takes an int length and leaves the inversions to the caller.
  constexpr size_t kChunk = size_t{1} << 30;
  uint32_t state = ~crc;
  while (!bytes.empty()) {
    size_t size = std::min(bytes.size(), kChunk);
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
    state = crc32_iscsi(data, static_cast<int>(size), state);
    bytes = bytes.subspan(size);
  }
  return ~state;
}

}  // namespace millrace
