#include "log/checkpoint_file.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace millrace::log {
namespace {

class CheckpointFileTest : public testing::Test {
 protected:
  CheckpointFileTest() { std::filesystem::remove(path_); }
  Result<Checkpoint> Read(std::string_view content) {
    EXPECT_TRUE(runtime::ReplaceFile(disk_, path_, content));
    return ReadCheckpointFile(disk_, path_);
  }

  runtime::Disk& disk_ = runtime::SystemDisk();
  const std::string path_ = testing::TempDir() + "/checkpoint-file-test";
};

constexpr TableBucket kPlain = {{7}, std::nullopt, {0}};
constexpr TableBucket kOfPartition = {{5}, PartitionId{2}, {3}};

TEST_F(CheckpointFileTest, WritesWhatTheJavaServerWrites) {
  ASSERT_TRUE(WriteCheckpointFile(disk_, path_, {{kPlain, {22}}, {kOfPartition, {0}}}));
  EXPECT_EQ(*runtime::ReadFile(disk_, path_), "0\n2\n5 2 3 0\n7 0 22\n");
  EXPECT_EQ(*ReadCheckpointFile(disk_, path_), (Checkpoint{{kPlain, {22}}, {kOfPartition, {0}}}));
  ASSERT_TRUE(WriteCheckpointFile(disk_, path_, {}));
  EXPECT_EQ(*runtime::ReadFile(disk_, path_), "0\n0\n");
}

TEST_F(CheckpointFileTest, AMissingOrEmptyFileHasNoEntries) {
  EXPECT_EQ(*ReadCheckpointFile(disk_, path_), Checkpoint());
  EXPECT_EQ(*Read(""), Checkpoint());
  EXPECT_EQ(*Read("0\n0\n"), Checkpoint());
  EXPECT_EQ(*Read("0\n1\n7 0 22"), (Checkpoint{{kPlain, {22}}}));
}

TEST_F(CheckpointFileTest, NamesTheLineThatIsWrong) {
  struct Case {
    std::string_view content;
    int line;
  };
  const Case kCases[] = {
      {"1\n0\n", 1},
      {"x", 1},
      {"0", 2},
      {"0\nx\n", 2},
      {"0\n1 2\n", 2},
      {"0\n-1\n", 2},
      {"0\n2\n7 0 22\n", 2},
      {"0\n1\n7 0 22\n7 1 22\n", 2},
      {"0\n1\n7 0 22\n\n", 2},
      {"0\n1\n7 0\n", 3},
      {"0\n1\n7 0 1 2 3\n", 3},
      {"0\n1\n7 0 22x\n", 3},
      {"0\n1\n7  22\n", 3},
      {"0\n1\n7 0 -22\n", 3},
      {"0\n1\n-7 0 22\n", 3},
      {"0\n1\n7 2147483648 22\n", 3},
      {"0\n1\n7 0 9223372036854775808\n", 3},
      {"0\n2\n7 0 22\n7 0 23\n", 4},
  };
  for (const auto& [content, line] : kCases) {
    SCOPED_TRACE(content);
    auto read = Read(content);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kStorage);
    std::string place = path_ + ", line " + std::to_string(line) + ":";
    EXPECT_TRUE(read.error().message.starts_with(place)) << read.error().message;
  }
}

}  // namespace
}  // namespace millrace::log
