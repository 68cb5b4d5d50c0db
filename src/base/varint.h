// Unsigned LEB128 integers: seven bits a byte, lowest first, the high bit set on all but the last.
// Negative numbers are written as the unsigned ones of the same bits.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "base/endian.h"

namespace millrace {

inline constexpr size_t kVarint32SizeMax = 5;
inline constexpr size_t kVarint64SizeMax = 10;

namespace internal {

template <class T>
const std::byte* LoadVarintBytewise(const std::byte* from, const std::byte* end, T& value) {
  constexpr int kBits = sizeof(T) * 8;
  T result = 0;
  for (int shift = 0; shift < kBits && from != end; shift += 7) {
    T bits = static_cast<T>(*from) & 0x7F;
    if (shift > kBits - 7 && bits >> (kBits - shift) != 0) return nullptr;
    result |= bits << shift;
    if ((*from++ & std::byte{0x80}) == std::byte{0}) {
      value = result;
      return from;
    }
  }
  return nullptr;
}

// The lower seven bits of each byte, next to each other.
inline uint64_t CompactGroups(uint64_t word) {
  word = (word & 0x007F007F007F007F) | ((word & 0x7F007F007F007F00) >> 1);
  word = (word & 0x00003FFF00003FFF) | ((word & 0x3FFF00003FFF0000) >> 2);
  return (word & 0x000000000FFFFFFF) | ((word & 0x0FFFFFFF00000000) >> 4);
}

// Of two bytes and more, without a loop: eight bytes at once.
template <class T>
const std::byte* LoadLongVarint(const std::byte* from, const std::byte* end, T& value) {
  if (end - from < static_cast<ptrdiff_t>(kVarint64SizeMax))
    return LoadVarintBytewise(from, end, value);
  auto word = LoadLittle<uint64_t>(from);
  uint64_t stops = ~word & 0x8080808080808080;
  if constexpr (sizeof(T) == 4) {
    stops &= 0x8080808080;
    if (stops == 0) return nullptr;
    word = CompactGroups(word & (stops ^ (stops - 1)));
    if (word >> 32 != 0) return nullptr;
  } else if (stops == 0) {
    auto ninth = static_cast<uint64_t>(from[8]), tenth = static_cast<uint64_t>(from[9]);
    word = CompactGroups(word) | ninth << 56;
    if (ninth < 0x80) {
      value = word;
      return from + 9;
    }
    if (tenth > 1) return nullptr;
    value = (word & ~(uint64_t{1} << 63)) | tenth << 63;
    return from + 10;
  } else {
    word = CompactGroups(word & (stops ^ (stops - 1)));
  }
  value = static_cast<T>(word);
  return from + std::countr_zero(stops) / 8 + 1;
}

}  // namespace internal

// Reads a number from the bytes up to `end` and returns the address after it. Null if it is cut
// short or has more bits than the type.
template <class T>
  requires std::same_as<T, uint32_t> || std::same_as<T, uint64_t>
[[nodiscard]] inline const std::byte* LoadVarint(const std::byte* from, const std::byte* end,
                                                 T& value) {
  if (from == end) [[unlikely]]
    return nullptr;
  auto first = static_cast<uint8_t>(*from);
  if (first >= 0x80) return internal::LoadLongVarint(from, end, value);
  value = first;
  return from + 1;
}

// Writes a number and returns the address after it. There is room for the longest of its type.
inline std::byte* StoreVarint(std::byte* to, uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<std::byte>(value);
  return to;
}

inline size_t VarintSize(uint64_t value) {
  return static_cast<size_t>(std::bit_width(value | 1) + 6) / 7;
}

}  // namespace millrace
