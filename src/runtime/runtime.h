// The process's threads: one shard per core and the blocking pool. Owned by cli/.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "runtime/blocking_pool.h"
#include "runtime/shard.h"

namespace boost::asio {
class io_context;
}

namespace millrace::runtime {

class Runtime {
 public:
  // Starts `shards` event loops and `blocking_threads` pool threads.
  Runtime(int shards, int blocking_threads);
  // Stops and joins everything; whatever is still queued is dropped.
  ~Runtime();

  int shard_count() const { return static_cast<int>(shards_.size()); }
  Shard& shard(int index) const;
  BlockingPool& blocking_pool() const;

  // Runs the task on shard 0 and blocks the calling thread (which is no shard's) until it is done.
  void BlockOn(Task<> task);

 private:
  class AsioShard;
  class ThreadPool;
  friend boost::asio::io_context& IoContextOf(Shard& shard);

  std::vector<std::unique_ptr<AsioShard>> shards_;
  std::unique_ptr<ThreadPool> pool_;
};

// The event loop of a shard made by Runtime, for net/ alone.
boost::asio::io_context& IoContextOf(Shard& shard);

// co_await WaitForSignal(): returns the number of the first SIGTERM or SIGINT. Once per process.
Task<int> WaitForTermination();

}  // namespace millrace::runtime
