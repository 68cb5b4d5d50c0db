// Views of bytes, and a buffer that several owners share.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Uninitialised bytes, freed when the last copy goes. Copies share the bytes; any shard may drop
// one.
class SharedBuffer {
 public:
  SharedBuffer() = default;
  explicit SharedBuffer(size_t size)
      : data_(std::make_shared_for_overwrite<std::byte[]>(size)), size_(size) {}

  std::byte* data() const { return data_.get(); }
  size_t size() const { return size_; }
  MutableBytes bytes() const { return {data_.get(), size_}; }

 private:
  std::shared_ptr<std::byte[]> data_;
  size_t size_ = 0;
};

}  // namespace millrace
