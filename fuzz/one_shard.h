// A shard and a blocking pool on the calling thread, where all that is ready runs until nothing is
// left.
#pragma once

#include <deque>
#include <optional>

#include "base/check.h"
#include "runtime/blocking_pool.h"
#include "runtime/shard.h"

namespace millrace::fuzz {

class OneShard final : public runtime::Shard, public runtime::BlockingPool {
 public:
  OneShard() { SetCurrent(this); }
  ~OneShard() override {
    RunReady();
    SetCurrent(nullptr);
  }

  // The result of the task, which must come without waiting for time to pass.
  template <class T>
  T Await(runtime::Task<T> task) {
    std::optional<T> result;
    runtime::Spawn(Store(std::move(task), result));
    RunReady();
    MILLRACE_CHECK(result, "a task waits for ever");
    return *std::move(result);
  }

  int index() const override { return 0; }
  runtime::Clock& clock() override { return clock_; }
  void Post(runtime::Function function) override { ready_.push_back(std::move(function)); }
  runtime::TimerQueue::Id AddTimer(runtime::Instant when, runtime::Function function) override {
    return timers_.Add(when, std::move(function));
  }
  void RemoveTimer(const runtime::TimerQueue::Id& id) override { timers_.Remove(id); }
  int64_t CpuTimeNs() const override { return 0; }

  void Submit(runtime::Function function) override { Post(std::move(function)); }

 private:
  struct StoppedClock final : runtime::Clock {
    runtime::Instant Now() const override { return {}; }
    TimestampMs WallNow() const override { return {}; }
  };

  template <class T>
  static runtime::Task<> Store(runtime::Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
  void RunReady() {
    while (!ready_.empty()) {
      auto function = std::move(ready_.front());
      ready_.pop_front();
      function();
    }
  }

  std::deque<runtime::Function> ready_;
  runtime::TimerQueue timers_;
  StoppedClock clock_;
};

}  // namespace millrace::fuzz
