#include "runtime/shard.h"

#include <utility>

namespace millrace::runtime {
namespace {

thread_local Shard* current_shard = nullptr;

}  // namespace

Shard* Shard::Current() {
  return current_shard;
}

void Shard::SetCurrent(Shard* shard) {
  current_shard = shard;
}

TimerQueue::Id TimerQueue::Add(Instant when, Function function) {
  Id id = {when, next_++};
  timers_.emplace(id, std::move(function));
  return id;
}

void TimerQueue::RunDue(Instant now) {
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    Function function = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    function();
  }
}

}  // namespace millrace::runtime
