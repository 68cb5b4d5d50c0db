// A shard: one thread with its event loop, and the owner of everything created on it. Code that
// runs on a shard is never interrupted by other code of the same shard, except where it awaits.
#pragma once

#include <coroutine>
#include <functional>
#include <map>
#include <memory>

#include "runtime/clock.h"
#include "runtime/task.h"

namespace millrace::runtime {

using Function = std::move_only_function<void()>;

// Timers of one shard, in order of their time. Single-threaded.
class TimerQueue {
 public:
  using Id = std::pair<Instant, uint64_t>;

  Id Add(Instant when, Function function);
  void Remove(const Id& id) { timers_.erase(id); }
  // Runs what is due at `now`, in order.
  void RunDue(Instant now);
  // Time of the first timer; Instant::max() when there is none.
  Instant Next() const { return timers_.empty() ? Instant::max() : timers_.begin()->first.first; }

 private:
  std::map<Id, Function> timers_;
  uint64_t next_ = 0;
};

class Shard {
 public:
  virtual ~Shard() = default;

  // The shard this thread runs; null on other threads.
  static Shard* Current();

  virtual int index() const = 0;
  virtual Clock& clock() = 0;

  // Runs the function on this shard, after all that was posted before it by the same thread.
  // Callable from any thread.
  virtual void Post(Function function) = 0;

  // Runs the function on this shard once `when` has come. On this shard only.
  virtual TimerQueue::Id AddTimer(Instant when, Function function) = 0;
  virtual void RemoveTimer(const TimerQueue::Id& id) = 0;

  // Nanoseconds this shard's thread has spent on a CPU. Any thread.
  virtual int64_t CpuTimeNs() const = 0;

 protected:
  static void SetCurrent(Shard* shard);
};

// co_await Enter(shard): the coroutine goes on there; at once if it is there already.
struct Enter {
  explicit Enter(Shard& to) : shard(to) {}
  Shard& shard;
  bool await_ready() const { return Shard::Current() == &shard; }
  void await_suspend(std::coroutine_handle<> self) const {
    shard.Post([self] { self.resume(); });
  }
  void await_resume() const {}
};

// co_await Yield(): lets whatever else is ready on this shard run first.
struct Yield {
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> self) const {
    Shard::Current()->Post([self] { self.resume(); });
  }
  void await_resume() const {}
};

// co_await SleepUntil(when): goes on, on the same shard, once `when` has come.
struct SleepUntil {
  explicit SleepUntil(Instant time) : when(time) {}
  Instant when;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> self) const {
    Shard::Current()->AddTimer(when, [self] { self.resume(); });
  }
  void await_resume() const {}
};

// Runs `task` on `shard` and comes back to the shard of the caller with its result.
template <class T>
Task<T> RunOn(Shard& shard, Task<T> task) {
  Shard* home = Shard::Current();
  co_await Enter(shard);
  if constexpr (std::is_void_v<T>) {
    co_await std::move(task);
    co_await Enter(*home);
  } else {
    T result = co_await std::move(task);
    co_await Enter(*home);
    co_return result;
  }
}

}  // namespace millrace::runtime
