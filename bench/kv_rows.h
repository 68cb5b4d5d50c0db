// The rows that the loads on primary-key tables write, and the batches they travel in
// (docs/formats/kv-batch.md): columns (INT primary key, STRING, BIGINT, DOUBLE, STRING), compacted,
// none of them null. A row follows from its id and version alone.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/endian.h"
#include "base/varint.h"

namespace millrace::bench {

inline constexpr int16_t kSchemaId = 1;
// Beyond what a row and its key take: 8 and two strings, three numbers and lengths.
inline constexpr size_t kRowSizeMax = 128;

// A number that looks random and is not (the finaliser of SplitMix64).
inline uint64_t Spread(uint64_t number) {
  number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9;
  number = (number ^ number >> 27) * 0x94D049BB133111EB;
  return number ^ number >> 31;
}

// Each writes a value and returns the address after it.
inline std::byte* StoreKey(std::byte* to, int32_t id) {
  return StoreVarint(to, static_cast<uint32_t>(id));
}

inline std::byte* StoreText(std::byte* to, std::string_view text) {
  to = StoreVarint(to, text.size());
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

// "4be4f5c13b1f0e98": sixteen digits that hardly compress.
inline std::byte* StoreName(std::byte* to, uint64_t bits) {
  char text[16];
  for (char& digit : text) {
    digit = "0123456789abcdef"[bits & 15];
    bits >>= 4;
  }
  return StoreText(to, {text, sizeof(text)});
}

// "/shop/category-17/product-4711": text that compresses well.
inline std::byte* StorePage(std::byte* to, uint64_t bits) {
  char text[48] = "/shop/category-";
  char* end = std::to_chars(text + 15, text + sizeof(text), bits % 40).ptr;
  std::memcpy(end, "/product-", 9);
  end = std::to_chars(end + 9, text + sizeof(text), bits % 7919).ptr;
  return StoreText(to, {text, static_cast<size_t>(end - text)});
}

inline std::byte* StoreRow(std::byte* to, int32_t id, uint64_t version) {
  uint64_t bits = Spread((version << 32 | static_cast<uint32_t>(id)) + 1);
  *to++ = std::byte{0};  // no nulls
  to = StoreKey(to, id);
  to = StoreName(to, bits);
  to = StoreVarint(to, bits % 1'000'000);
  StoreLittle(to, static_cast<double>(bits % 20'000) / 100);
  return StorePage(to + sizeof(double), bits);
}

// Whether what a lookup returned is a row of this id, of whatever version.
inline bool IsValueOf(int32_t id, Bytes value) {
  std::byte head[2 + 1 + kVarint32SizeMax] = {std::byte{kSchemaId}};
  auto size = static_cast<size_t>(StoreKey(head + 3, id) - head);
  return value.size() > size && std::memcmp(value.data(), head, size) == 0;
}

// A KV batch that grows row by row, up to a size.
class KvBatchBuilder {
 public:
  explicit KvBatchBuilder(size_t size_max) : bytes_(size_max) {}

  int32_t row_count() const { return row_count_; }
  bool has_room() const { return bytes_.size() - size_ >= sizeof(int32_t) + kRowSizeMax; }

  // Requires has_room().
  void Add(int32_t id, uint64_t version) {
    std::byte* record = bytes_.data() + size_;
    std::byte* key = record + sizeof(int32_t);
    std::byte* end = StoreRow(StoreKey(StoreVarint(key, VarintSize(static_cast<uint32_t>(id))), id),
                              id, version);
    StoreLittle(record, static_cast<int32_t>(end - key));
    size_ = static_cast<size_t>(end - bytes_.data());
    row_count_++;
  }

  // The batch, which lives until the next row is added. The builder is empty again.
  Bytes Finish(int64_t writer_id, int32_t sequence) {
    std::byte* head = bytes_.data();
    StoreLittle(head, static_cast<int32_t>(size_ - sizeof(int32_t)));
    head[4] = std::byte{0};  // magic
    StoreLittle(head + 9, kSchemaId);
    head[11] = std::byte{0};  // attributes
    StoreLittle(head + 12, writer_id);
    StoreLittle(head + 20, sequence);
    StoreLittle(head + 24, row_count_);
    Bytes batch(head, size_);
    StoreLittle(head + 5, Crc32c(batch.subspan(9)));
    size_ = kHeadSize;
    row_count_ = 0;
    return batch;
  }

 private:
  static constexpr size_t kHeadSize = 28;

  std::vector<std::byte> bytes_;
  size_t size_ = kHeadSize;
  int32_t row_count_ = 0;
};

}  // namespace millrace::bench
