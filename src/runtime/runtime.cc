#include "runtime/runtime.h"

#include <pthread.h>
#include <time.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace millrace::runtime {

namespace asio = boost::asio;

class Runtime::AsioShard final : public Shard {
 public:
  explicit AsioShard(int index)
      : index_(index), context_(1), work_(context_.get_executor()), alarm_(context_) {
    thread_ = std::thread([this] { Loop(); });
  }
  ~AsioShard() override { Stop(); }

  void Stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  int index() const override { return index_; }
  Clock& clock() override { return SystemClock(); }
  asio::io_context& context() { return context_; }

  void Post(Function function) override { asio::post(context_, std::move(function)); }

  TimerQueue::Id AddTimer(Instant when, Function function) override {
    auto id = timers_.Add(when, std::move(function));
    if (when < alarm_time_) SetAlarm();
    return id;
  }
  void RemoveTimer(const TimerQueue::Id& id) override { timers_.Remove(id); }

  int64_t CpuTimeNs() const override {
    clockid_t clock;
    timespec time;
    if (::pthread_getcpuclockid(const_cast<std::thread&>(thread_).native_handle(), &clock) != 0 ||
        ::clock_gettime(clock, &time) != 0) {
      return 0;
    }
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
  }

 private:
  void Loop() {
    SetCurrent(this);
    ::pthread_setname_np(::pthread_self(), ("shard-" + std::to_string(index_)).c_str());
    context_.run();
  }

  // One asio timer, always set to the first of ours.
  void SetAlarm() {
    alarm_time_ = timers_.Next();
    if (alarm_time_ == Instant::max()) return;
    alarm_.expires_at(alarm_time_);
    alarm_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;  // set anew meanwhile
      alarm_time_ = Instant::max();
      timers_.RunDue(SystemClock().Now());
      if (timers_.Next() < alarm_time_) SetAlarm();
    });
  }

  const int index_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer alarm_;
  Instant alarm_time_ = Instant::max();
  TimerQueue timers_;
  std::thread thread_;
};

class Runtime::ThreadPool final : public BlockingPool {
 public:
  explicit ThreadPool(int threads) {
    for (int i = 0; i < threads; i++) threads_.emplace_back([this] { Loop(); });
  }
  ~ThreadPool() override { Stop(); }

  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  void Submit(Function function) override {
    {
      std::lock_guard lock(mutex_);
      queue_.push_back(std::move(function));
    }
    wake_.notify_one();
  }

 private:
  void Loop() {
    ::pthread_setname_np(::pthread_self(), "blocking");
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      Function function = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      function();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Function> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

Runtime::Runtime(int shards, int blocking_threads)
    : pool_(std::make_unique<ThreadPool>(blocking_threads)) {
  for (int i = 0; i < shards; i++) shards_.push_back(std::make_unique<AsioShard>(i));
}

Runtime::~Runtime() {
  pool_->Stop();
  for (auto& shard : shards_) shard->Stop();
}

Shard& Runtime::shard(int index) const {
  return *shards_[index];
}

BlockingPool& Runtime::blocking_pool() const {
  return *pool_;
}

void Runtime::BlockOn(Task<> task) {
  std::promise<void> done;
  auto run = [](Task<> inner, std::promise<void>& finished) -> Task<> {
    co_await std::move(inner);
    finished.set_value();
  };
  shard(0).Post([&] { Spawn(run(std::move(task), done)); });
  done.get_future().wait();
}

asio::io_context& IoContextOf(Shard& shard) {
  return static_cast<Runtime::AsioShard&>(shard).context();
}

namespace {

struct SignalAwaiter {
  asio::signal_set signals;
  int number = 0;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    signals.async_wait([this, self](const boost::system::error_code&, int signal) {
      number = signal;
      self.resume();
    });
  }
  int await_resume() const { return number; }
};

}  // namespace

Task<int> WaitForTermination() {
  SignalAwaiter awaiter{asio::signal_set(IoContextOf(*Shard::Current()), SIGTERM, SIGINT)};
  co_return co_await awaiter;
}

}  // namespace millrace::runtime
