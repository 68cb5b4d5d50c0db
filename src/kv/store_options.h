// How the stores of a server use memory, disk and threads.
#pragma once

#include <cstdint>

namespace millrace::kv {

struct StoreOptions {
  // Of all stores together.
  uint64_t block_cache_bytes = 64 << 20;
  uint64_t write_buffers_bytes = 256 << 20;
  uint64_t rate_limit_bytes_per_s = INT64_MAX;
  int background_threads = 2;

  // Of each.
  uint64_t write_buffer_bytes = 64 << 20;
  int write_buffer_count = 2;
  uint64_t block_bytes = 4 << 10;
  double bloom_bits_per_key = 10;
  uint64_t target_file_bytes = 64 << 20;
  uint64_t max_level_base_bytes = 256 << 20;
};

}  // namespace millrace::kv
