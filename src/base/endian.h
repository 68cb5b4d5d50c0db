// Fixed-width integers in unaligned memory. The caller has checked that the bytes are there.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace millrace {

static_assert(std::endian::native == std::endian::little, "written for little-endian machines");

template <class T>
  requires std::integral<T> || std::floating_point<T>
T LoadLittle(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T>
  requires std::integral<T> || std::floating_point<T>
void StoreLittle(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

template <std::integral T>
T LoadBig(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(value));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(value));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(value));
}

template <std::integral T>
void StoreBig(std::byte* to, T value) {
  value = LoadBig<T>(reinterpret_cast<const std::byte*>(&value));
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace millrace
