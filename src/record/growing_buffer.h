// Memory that grows without being initialised, for what is filled piece by piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>

#include "base/check.h"

namespace millrace::record {

class GrowingBuffer {
 public:
  std::byte* data() const { return data_.get(); }
  size_t capacity() const { return capacity_; }

  // Makes room for `size` bytes, and more for those to come. What is in it stays, at another
  // address.
  void Reserve(size_t size) {
    if (size > capacity_) [[unlikely]]
      Grow(std::max(size, 2 * capacity_));
  }
  void Free() {
    data_.reset();
    capacity_ = 0;
  }

 private:
  struct FreeMemory {
    void operator()(std::byte* memory) const { std::free(memory); }
  };

  void Grow(size_t capacity) {
    void* memory = std::realloc(data_.get(), capacity);
    MILLRACE_CHECK(memory != nullptr, "out of memory");
    (void)data_.release();  // realloc has freed it
    data_.reset(static_cast<std::byte*>(memory));
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte, FreeMemory> data_;
  size_t capacity_ = 0;
};

}  // namespace millrace::record
