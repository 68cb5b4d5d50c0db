// Counters of one table, over all its buckets. Any shard may count and read.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace millrace::replica {

// Requests for rows by key that are counted, each for one bucket.
enum class RowRequest { kPut, kLookup, kPrefixLookup, kLimitScan };
inline constexpr size_t kRowRequests = 4;

class TableProbe {
 public:
  void ProduceDone(bool ok) { Count(ok ? produce_ : produce_failed_, 1); }
  void FetchDone(bool ok) { Count(ok ? fetch_ : fetch_failed_, 1); }
  void Done(RowRequest request, bool ok) {
    auto index = static_cast<size_t>(request);
    Count(row_requests_[index], 1);
    if (!ok) Count(row_requests_failed_[index], 1);
  }
  void Appended(int64_t records, uint64_t bytes) {
    Count(messages_in_, records);
    Count(bytes_in_, static_cast<int64_t>(bytes));
  }
  void Fetched(uint64_t bytes) { Count(bytes_out_, static_cast<int64_t>(bytes)); }

  struct Totals {
    int64_t produce = 0, produce_failed = 0, fetch = 0, fetch_failed = 0;
    int64_t messages_in = 0, bytes_in = 0, bytes_out = 0;
    // By RowRequest; the first with those that failed.
    std::array<int64_t, kRowRequests> row_requests = {}, row_requests_failed = {};
  };
  Totals Read() const {
    Totals totals = {
        produce_, produce_failed_, fetch_, fetch_failed_, messages_in_, bytes_in_, bytes_out_, {},
        {}};
    for (size_t i = 0; i < kRowRequests; i++) {
      totals.row_requests[i] = row_requests_[i];
      totals.row_requests_failed[i] = row_requests_failed_[i];
    }
    return totals;
  }

 private:
  using Counter = std::atomic<int64_t>;
  static void Count(Counter& counter, int64_t n) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }

  Counter produce_ = 0, produce_failed_ = 0, fetch_ = 0, fetch_failed_ = 0;
  Counter messages_in_ = 0, bytes_in_ = 0, bytes_out_ = 0;
  std::array<Counter, kRowRequests> row_requests_ = {}, row_requests_failed_ = {};
};

}  // namespace millrace::replica
