// Threads for work that blocks: fdatasync, cold reads, opening files, RocksDB.
#pragma once

#include <optional>
#include <type_traits>

#include "runtime/shard.h"

namespace millrace::runtime {

class BlockingPool {
 public:
  virtual ~BlockingPool() = default;

  // Runs the function on some thread of the pool, some time. Any thread.
  virtual void Submit(Function function) = 0;

  // co_await pool.Run(f): the result of f(), which ran in the pool; the coroutine goes on where it was,
  // on its shard. f may refer to the awaiting coroutine's variables.
  template <class F>
  auto Run(F f) {
    return RunAwaiter<F>{*this, std::move(f)};
  }

 private:
  template <class F>
  struct RunAwaiter {
    using Value = std::invoke_result_t<F>;
    BlockingPool& pool;
    F function;
    std::optional<std::conditional_t<std::is_void_v<Value>, bool, Value>> result = std::nullopt;

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> self) {
      pool.Submit([this, self, home = Shard::Current()] {
        if constexpr (std::is_void_v<Value>) {
          function();
        } else {
          result.emplace(function());
        }
        home->Post([self] { self.resume(); });
      });
    }
    Value await_resume() {
      if constexpr (!std::is_void_v<Value>) return std::move(*result);
    }
  };
};

}  // namespace millrace::runtime
