#include "runtime/event.h"

namespace millrace::runtime {

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

void Event::Waiter::await_suspend(std::coroutine_handle<> self) {
  handle = self;
  position = event.waiters_.insert(event.waiters_.end(), this);
  if (!deadline) return;
  timer = Shard::Current()->AddTimer(*deadline, [this] {
    event.waiters_.erase(position);
    handle.resume();
  });
}

}  // namespace millrace::runtime
