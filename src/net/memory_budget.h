// A bound on the memory of requests that are being read or handled. One per shard, used there only.
#pragma once

#include <cstdint>
#include <utility>

#include "runtime/event.h"

namespace millrace::net {

class MemoryBudget {
 public:
  // What was taken from a budget, given back when this goes.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(MemoryBudget& budget, uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    Reservation(Reservation&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Reservation() {
      if (budget_) budget_->Return(bytes_);
    }

   private:
    MemoryBudget* budget_ = nullptr;
    uint64_t bytes_ = 0;
  };

  explicit MemoryBudget(uint64_t bytes) : free_(static_cast<int64_t>(bytes)) {}

  // Waits until some of the budget is free, then takes `bytes` of it. One taker may overdraw, so
  // that a request larger than the whole budget gets its turn too.
  runtime::Task<Reservation> Take(uint64_t bytes) {
    while (free_ <= 0) {
      some_free_.Reset();
      co_await some_free_.Wait();
    }
    free_ -= static_cast<int64_t>(bytes);
    co_return Reservation(*this, bytes);
  }

 private:
  void Return(uint64_t bytes) {
    free_ += static_cast<int64_t>(bytes);
    if (free_ > 0) some_free_.Set();
  }

  int64_t free_;
  runtime::Event some_free_;
};

}  // namespace millrace::net
