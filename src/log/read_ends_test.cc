#include "log/read_ends.h"

#include <gtest/gtest.h>

namespace millrace::log {
namespace {

TEST(ReadEndsTest, KnowsWhereTheLastReadsEnded) {
  ReadEnds ends;
  EXPECT_EQ(ends.Find({0}, {0}), std::nullopt);
  for (int64_t i = 0; i <= static_cast<int64_t>(ReadEnds::kMax); i++) {
    ends.Add({100}, {100 + i}, 50 * i + 50);
  }
  EXPECT_EQ(ends.Find({100}, {100}), std::nullopt);  // forgotten
  EXPECT_EQ(ends.Find({100}, {101}), 100u);
  EXPECT_EQ(ends.Find({100}, {116}), 850u);
  EXPECT_EQ(ends.Find({100}, {117}), std::nullopt);
  EXPECT_EQ(ends.Find({101}, {116}), std::nullopt);  // another segment
  ends.Clear();
  EXPECT_EQ(ends.Find({100}, {116}), std::nullopt);
}

}  // namespace
}  // namespace millrace::log
