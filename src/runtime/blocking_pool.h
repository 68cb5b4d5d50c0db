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

  // co_await pool.Run(f): the result of f(), which ran in the pool; the coroutine goes on where it
  // was, on its shard. f may refer to the awaiting coroutine's variables.
  template <class F>
  Task<std::invoke_result_t<F>> Run(F f) {
    // Named, because g++ 12 miscompiles co_await on some temporaries.
    RunAwaiter<F> awaiter{*this, std::move(f)};
    co_await awaiter;
    if constexpr (!std::is_void_v<std::invoke_result_t<F>>) co_return std::move(*awaiter.result);
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
    void await_resume() const {}
  };
};

}  // namespace millrace::runtime
