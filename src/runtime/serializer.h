// Lets one coroutine of a shard at a time through, in order of arrival.
#pragma once

#include <list>

#include "runtime/event.h"
#include "runtime/task.h"

namespace millrace::runtime {

class Serializer {
 public:
  // Held while the coroutine is the one; lets the next in when it goes.
  class [[nodiscard]] Turn {
   public:
    explicit Turn(Serializer& serializer) : serializer_(&serializer) {}
    Turn(Turn&& other) noexcept : serializer_(std::exchange(other.serializer_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (serializer_) serializer_->Leave();
    }

   private:
    Serializer* serializer_;
  };

  Task<Turn> Enter() {
    if (taken_) {
      Event my_turn;
      waiting_.push_back(&my_turn);
      co_await my_turn.Wait();  // Leave() has handed over: still taken
    }
    taken_ = true;
    co_return Turn(*this);
  }

 private:
  void Leave() {
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    Event* next = waiting_.front();
    waiting_.pop_front();
    next->Set();
  }

  bool taken_ = false;
  std::list<Event*> waiting_;
};

}  // namespace millrace::runtime
