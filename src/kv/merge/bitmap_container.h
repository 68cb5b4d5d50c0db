// The piece that both kinds of roaring bitmaps consist of: a set of 16-bit values, in one of three
// encodings (docs/formats/kv-merge.md#bitmaps). For the .cc files of this folder only.
//
// Which encoding a set is in depends on how it came about, and everything here chooses as the Java
// library does, so that bitmaps come out in the bytes that it would have written.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::kv::internal {

// Reads from the front of bytes of a client.
class BitmapInput {
 public:
  explicit BitmapInput(Bytes bytes) : rest_(bytes) {}

  // None, and nothing is read, if there are not so many.
  std::optional<Bytes> Take(size_t size);
  // Little-endian.
  template <class T>
  std::optional<T> Number();

 private:
  Bytes rest_;
};

// Numbers of the 64-bit format.
enum class ContainerKind : uint8_t { kRuns = 0, kBits = 1, kArray = 2 };

// A view.
struct Container {
  ContainerKind kind = ContainerKind::kArray;
  uint32_t cardinality = 0;  // 0 to 65536
  // All little-endian. kArray: ascending uint16. kBits: 1024 uint64. kRuns: their uint16 number,
  // and for each its first value and how many follow it.
  Bytes data = {};
};

inline constexpr uint32_t kMaxArrayValues = 4096;
inline constexpr uint32_t kMaxContainerValues = 65536;

// A container whose kind and cardinality are known. The error's message says what is wrong with it.
Result<Container> ReadContainer(BitmapInput& input, ContainerKind kind, uint32_t cardinality);

enum class BitmapFormat : uint8_t { k32, k64 };

// Makes containers of containers. What it returns is valid until Reset(), as long as the arguments
// are.
class ContainerMaker {
 public:
  void Reset() { arena_.release(); }

  Container Unite(const Container& a, const Container& b);
  // As runs if they are shorter; and in the 32-bit format, not as runs if they are longer.
  Container Optimize(const Container& container, BitmapFormat format);

 private:
  using Words = std::array<uint64_t, kMaxContainerValues / 64>;

  Container UniteArrays(const Container& a, const Container& b);
  // Into and out of words_.
  void Fill(const Container& container);
  void Add(const Container& container);
  void AddRange(uint32_t first, uint32_t last);
  uint32_t CountValues() const;
  uint32_t CountRuns() const;
  Container WordsAsArray(uint32_t cardinality);
  Container WordsAsBits(uint32_t cardinality);
  Container WordsAsRuns(uint32_t cardinality, uint32_t runs);
  Container WordsAsRunsUnlessLonger(uint32_t cardinality);

  MutableBytes Allocate(size_t size) {
    return {static_cast<std::byte*>(arena_.allocate(size, 1)), size};
  }

  Words words_;
  // Small bitmaps take nothing from the heap.
  std::array<std::byte, 16 << 10> first_memory_;
  std::pmr::monotonic_buffer_resource arena_{first_memory_.data(), first_memory_.size()};
};

template <class T>
std::optional<T> BitmapInput::Number() {
  std::optional<Bytes> bytes = Take(sizeof(T));
  if (!bytes) return std::nullopt;
  T number;
  std::memcpy(&number, bytes->data(), sizeof(T));
  return number;
}

}  // namespace millrace::kv::internal
