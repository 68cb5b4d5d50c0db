// Counts requests by API. Any shard counts; the scrape reads.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "protocol/api.h"

namespace millrace::server {

class RequestProbe {
 public:
  // Upper bounds of the latency histogram's buckets, in microseconds; one more bucket holds the
  // rest.
  static constexpr std::array<int64_t, 17> kBoundsUs = {
      50,     100,     250,     500,     1'000,     2'500,     5'000,     10'000,    25'000,
      50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

  struct ApiTotals {
    int64_t requests = 0, errors = 0, bytes_in = 0, bytes_out = 0;
    int64_t latency_sum_us = 0;
    std::array<int64_t, kBoundsUs.size() + 1> latency_counts = {};
  };

  // One request was answered. Sizes are of the bodies.
  void Answered(protocol::ApiKey key, bool ok, std::chrono::nanoseconds latency, uint64_t bytes_in,
                uint64_t bytes_out);
  // A request of an API that is not served.
  void Refused() { Add(refused_, 1); }

  ApiTotals Read(protocol::ApiKey key) const;
  int64_t refused() const { return refused_; }

 private:
  using Counter = std::atomic<int64_t>;
  struct ApiCounters {
    Counter requests = 0, errors = 0, bytes_in = 0, bytes_out = 0, latency_sum_us = 0;
    std::array<Counter, kBoundsUs.size() + 1> latency_counts = {};
  };

  static constexpr int kFirstKey = 1000;
  static constexpr int kKeysMax = 128;

  static size_t IndexOf(protocol::ApiKey key) { return static_cast<int>(key) - kFirstKey; }
  static void Add(Counter& counter, int64_t n) { counter.fetch_add(n, std::memory_order_relaxed); }

  std::array<ApiCounters, kKeysMax> apis_;
  Counter refused_ = 0;
};

}  // namespace millrace::server
