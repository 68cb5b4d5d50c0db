#include "log/recent_batches.h"

#include <gtest/gtest.h>

namespace millrace::log {
namespace {

// Batches of two records and 100 bytes; the last known ones are [offset, offset + 2 * kMax).
RecentBatches Filled(int batches) {
  RecentBatches recent;
  for (int64_t i = 0; i < batches; i++) {
    recent.Add({2 * i}, 100 * i, {2 * i + 2}, 100 * i + 100);
  }
  return recent;
}

TEST(RecentBatchesTest, FindsWholeBatchesWithinBothLimits) {
  struct Case {
    int64_t from, below;
    uint64_t max_bytes;
    bool at_least_one;
    uint64_t begin, end;
    int64_t next;
  };
  constexpr Case kCases[] = {
      {0, 10, 1000, false, 0, 500, 10},   {0, 9, 1000, false, 0, 400, 8},
      {3, 10, 1000, false, 100, 500, 10}, {0, 10, 299, false, 0, 200, 4},
      {0, 10, 300, false, 0, 300, 6},     {0, 10, 99, false, 0, 0, 0},
      {0, 10, 99, true, 0, 100, 2},       {0, 10, 0, true, 0, 100, 2},
      {0, 1, 1000, true, 0, 0, 0},        {9, 10, UINT64_MAX, false, 400, 500, 10},
      {10, 10, 1000, true, 500, 500, 10}, {5, 4, 1000, true, 200, 200, 5},
  };
  auto recent = Filled(5);
  for (const auto& c : kCases) {
    SCOPED_TRACE(testing::Message() << c.from << " " << c.below << " " << c.max_bytes);
    auto found = recent.Find({c.from}, {c.below}, c.max_bytes, c.at_least_one);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->begin, c.begin);
    EXPECT_EQ(found->end, c.end);
    EXPECT_EQ(found->next.value, c.next);
  }
}

TEST(RecentBatchesTest, ForgetsTheOldest) {
  EXPECT_FALSE(RecentBatches().Find({0}, {1}, 1, true));
  int64_t forgotten = 3;
  auto recent = Filled(static_cast<int>(RecentBatches::kMax + forgotten));
  EXPECT_FALSE(recent.Find({2 * forgotten - 1}, {1000}, 1000, true));
  auto found = recent.Find({2 * forgotten}, {1000}, 250, true);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->begin, 100u * forgotten);
  EXPECT_EQ(found->next.value, 2 * forgotten + 4);
  recent.Clear();
  EXPECT_FALSE(recent.Find({2 * forgotten}, {1000}, 1000, true));
}

}  // namespace
}  // namespace millrace::log
