#include "runtime/event.h"

namespace millrace::runtime {

// Lives in the waiting coroutine. Always a named variable there: g++ 12 miscompiles co_await on
// some temporaries.
struct Event::Waiter {
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
  void await_suspend(std::coroutine_handle<> self) {
    handle = self;
    position = event.waiters_.insert(event.waiters_.end(), this);
    if (!deadline) return;
    timer = Shard::Current()->AddTimer(*deadline, [this] {
      event.waiters_.erase(position);
      handle.resume();
    });
  }
  void await_resume() const {}
};

void Event::Set() {
  set_ = true;
  while (!waiters_.empty()) {
    Waiter* waiter = waiters_.front();
    waiters_.pop_front();
    if (waiter->timer) Shard::Current()->RemoveTimer(*waiter->timer);
    waiter->fired = true;
    Shard::Current()->Post([handle = waiter->handle] { handle.resume(); });
  }
}

Task<> Event::Wait() {
  Waiter waiter{*this, std::nullopt};
  co_await waiter;
}

Task<bool> Event::WaitUntil(Instant deadline) {
  Waiter waiter{*this, deadline};
  co_await waiter;
  co_return waiter.fired;
}

}  // namespace millrace::runtime
