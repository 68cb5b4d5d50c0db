// What coroutines of one shard wait for. None of these may be touched from another shard.
#pragma once

#include <coroutine>
#include <list>
#include <optional>

#include "runtime/shard.h"

namespace millrace::runtime {

// Set once or more, reset by hand. Waiters are resumed from the event loop, never inside Set().
class Event {
 public:
  bool is_set() const { return set_; }
  void Set();
  void Reset() { set_ = false; }

  // Waits until the event is set.
  Task<> Wait();
  // The same, but not beyond `deadline`: whether it was set before.
  Task<bool> WaitUntil(Instant deadline);

 private:
  struct Waiter;
  std::list<Waiter*> waiters_;
  bool set_ = false;
};

// Counts what is under way, so that an owner can wait for the last of it before it goes.
class Gate {
 public:
  class Pass {
   public:
    explicit Pass(Gate& gate) : gate_(&gate) { gate_->count_++; }
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ && --gate_->count_ == 0) gate_->empty_.Set();
    }

   private:
    Gate* gate_;
  };

  // Keep the pass as long as the work lasts.
  Pass Enter() {
    empty_.Reset();
    return Pass(*this);
  }
  int count() const { return count_; }
  // Waits until no pass is held.
  Task<> WaitEmpty() {
    while (count_ > 0) co_await empty_.Wait();
  }

 private:
  int count_ = 0;
  Event empty_;
};

}  // namespace millrace::runtime
