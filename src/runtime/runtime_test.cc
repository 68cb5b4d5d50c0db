#include "runtime/runtime.h"

#include <gtest/gtest.h>

#include "runtime/disk.h"
#include "runtime/event.h"

namespace millrace::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Task<int> IndexHere() {
  co_return Shard::Current()->index();
}

Task<> SumOverShards(Runtime& runtime, int& sum) {
  for (int i = 0; i < runtime.shard_count(); i++) {
    sum += 1 + co_await RunOn(runtime.shard(i), IndexHere());
  }
  EXPECT_EQ(Shard::Current()->index(), 0);
}

TEST(RuntimeTest, TasksRunOnOtherShardsAndComeBack) {
  Runtime runtime(3, 1);
  int sum = 0;
  runtime.BlockOn(SumOverShards(runtime, sum));
  EXPECT_EQ(sum, 6);
}

Task<> Work(Runtime& runtime, int& result) {
  result = co_await runtime.blocking_pool().Run([] { return Shard::Current() ? -1 : 7; });
  EXPECT_EQ(Shard::Current()->index(), 0);
}

TEST(RuntimeTest, BlockingWorkRunsOffTheShard) {
  Runtime runtime(1, 2);
  int result = 0;
  runtime.BlockOn(Work(runtime, result));
  EXPECT_EQ(result, 7);
}

Task<> SetSoon(Event& event) {
  co_await Yield();
  event.Set();
}

Task<> WaitTwice(bool& set, bool& timed_out) {
  Event event;
  Spawn(SetSoon(event));
  Instant now = Shard::Current()->clock().Now();
  set = co_await event.WaitUntil(now + hours(1));
  event.Reset();
  timed_out = !co_await event.WaitUntil(now + milliseconds(1));
}

TEST(EventTest, WaitEndsBySetOrByDeadline) {
  Runtime runtime(1, 1);
  bool set = false, timed_out = false;
  runtime.BlockOn(WaitTwice(set, timed_out));
  EXPECT_TRUE(set);
  EXPECT_TRUE(timed_out);
}

// g++ 12 has miscompiled co_await on temporaries in conditions: the forms in use here must work.
Task<> WaitInConditions(int& rounds, bool& last) {
  Event event;
  auto& clock = Shard::Current()->clock();
  while (!co_await event.WaitUntil(clock.Now() + milliseconds(1))) {
    if (++rounds == 3) event.Set();
  }
  event.Reset();
  Spawn(SetSoon(event));
  if (!co_await event.WaitUntil(clock.Now() + hours(1))) co_return;
  last = true;
}

TEST(EventTest, CanBeAwaitedInConditions) {
  Runtime runtime(1, 1);
  int rounds = 0;
  bool last = false;
  runtime.BlockOn(WaitInConditions(rounds, last));
  EXPECT_EQ(rounds, 3);
  EXPECT_TRUE(last);
}

TEST(TimerQueueTest, RunsDueTimersInOrderOfTimeThenOfAdding) {
  TimerQueue queue;
  std::string order;
  Instant start{};
  queue.Add(start + milliseconds(2), [&] { order += "c"; });
  queue.Add(start + milliseconds(1), [&] { order += "a"; });
  queue.Add(start + milliseconds(1), [&] { order += "b"; });
  auto removed = queue.Add(start, [&] { order += "x"; });
  queue.Remove(removed);
  queue.RunDue(start + milliseconds(1));
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(queue.Next(), start + milliseconds(2));
}

TEST(DiskTest, ReplacesReadsAndLists) {
  Disk& disk = SystemDisk();
  std::string directory = testing::TempDir() + "/millrace-disk-test";
  ASSERT_TRUE(disk.RemoveAll(directory));
  ASSERT_TRUE(disk.CreateDirectories(directory));
  ASSERT_TRUE(ReplaceFile(disk, directory + "/b", "first, longer"));
  ASSERT_TRUE(ReplaceFile(disk, directory + "/b", "second"));
  ASSERT_TRUE(ReplaceFile(disk, directory + "/a", ""));
  EXPECT_EQ(*ReadFile(disk, directory + "/b"), "second");
  EXPECT_EQ(*disk.List(directory), (std::vector<std::string>{"a", "b"}));
  auto missing = ReadFile(disk, directory + "/c");
  EXPECT_EQ(missing.error().code, ErrorCode::kStorage);
  EXPECT_NE(missing.error().message.find(directory + "/c"), std::string::npos);
}

}  // namespace
}  // namespace millrace::runtime
