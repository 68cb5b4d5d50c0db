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

  struct Waiter {
    Event& event;
    std::optional<Instant> deadline;
    std::coroutine_handle<> handle = nullptr;
    std::optional<TimerQueue::Id> timer = std::nullopt;
    std::list<Waiter*>::iterator position = {};
    bool fired = false;

    bool await_ready() {
      fired = event.set_;
      return fired;
    }
    void await_suspend(std::coroutine_handle<> self);
    // Whether the event was set; false when the deadline came first.
    bool await_resume() const { return fired; }
  };

  // co_await event.Wait(): true.  co_await event.WaitUntil(t): whether it was set before t.
  Waiter Wait() { return {*this, std::nullopt}; }
  Waiter WaitUntil(Instant deadline) { return {*this, deadline}; }

 private:
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
