// Counters of one table, over all its buckets. Any shard may count and read.
#pragma once

#include <atomic>
#include <cstdint>

namespace millrace::replica {

class TableProbe {
 public:
  void ProduceDone(bool ok) { Count(ok ? produce_ : produce_failed_, 1); }
  void FetchDone(bool ok) { Count(ok ? fetch_ : fetch_failed_, 1); }
  void Appended(int64_t records, uint64_t bytes) {
    Count(messages_in_, records);
    Count(bytes_in_, static_cast<int64_t>(bytes));
  }
  void Fetched(uint64_t bytes) { Count(bytes_out_, static_cast<int64_t>(bytes)); }

  struct Totals {
    int64_t produce, produce_failed, fetch, fetch_failed, messages_in, bytes_in, bytes_out;
  };
  Totals Read() const {
    return {produce_, produce_failed_, fetch_, fetch_failed_, messages_in_, bytes_in_, bytes_out_};
  }

 private:
  using Counter = std::atomic<int64_t>;
  static void Count(Counter& counter, int64_t n) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }

  Counter produce_ = 0, produce_failed_ = 0, fetch_ = 0, fetch_failed_ = 0;
  Counter messages_in_ = 0, bytes_in_ = 0, bytes_out_ = 0;
};

}  // namespace millrace::replica
