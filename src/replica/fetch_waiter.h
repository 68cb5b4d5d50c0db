// A fetch that waits for data, seen from the replicas it waits for.
#pragma once

#include <memory>
#include <vector>

#include "runtime/event.h"

namespace millrace::replica {

// Made by the fetch, on its own shard, which alone may wait. Replicas on any shard may notify it.
class FetchWaiter : public std::enable_shared_from_this<FetchWaiter> {
 public:
  FetchWaiter() : home_(*runtime::Shard::Current()) {}

  // Some replica has data the fetch may not have seen. Any shard.
  void Notify() {
    if (runtime::Shard::Current() == &home_) return event_.Set();
    home_.Post([self = shared_from_this()] { self->event_.Set(); });
  }
  // Waits for the next Notify(), also one that came already; false when `deadline` came first.
  runtime::Task<bool> WaitUntil(runtime::Instant deadline) {
    bool notified = co_await event_.WaitUntil(deadline);
    event_.Reset();
    co_return notified;
  }

 private:
  runtime::Shard& home_;
  runtime::Event event_;
};

// The waiters of one replica, on its shard. Those whose fetch has ended fall out by themselves.
class FetchWaiters {
 public:
  void Add(const std::shared_ptr<FetchWaiter>& waiter) {
    std::erase_if(waiters_, [&](auto& other) { return other.expired() || other.lock() == waiter; });
    waiters_.push_back(waiter);
  }
  void NotifyAll() {
    for (auto& weak : std::exchange(waiters_, {})) {
      if (auto waiter = weak.lock()) waiter->Notify();
    }
  }
  size_t count() const { return waiters_.size(); }

 private:
  std::vector<std::weak_ptr<FetchWaiter>> waiters_;
};

}  // namespace millrace::replica
