#include "log/data_directory.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace millrace::log {
namespace {

FoundTablet Tablet(std::string database, std::string table, int64_t id, int32_t bucket) {
  return {{{std::move(database), std::move(table)}, std::nullopt}, {{id}, std::nullopt, {bucket}}};
}
FoundTablet OfPartition(FoundTablet tablet, std::string partition, int64_t id) {
  tablet.path.partition = std::move(partition);
  tablet.bucket.partition_id = PartitionId{id};
  return tablet;
}

TEST(DataDirectoryTest, PathsAreMadeAndTakenApart) {
  struct Case {
    FoundTablet tablet;
    std::string path;
  };
  const Case kCases[] = {
      {Tablet("fluss", "orders", 7, 0), "fluss/orders-7/log-0"},
      {Tablet("db", "a-1-b", 12, 31), "db/a-1-b-12/log-31"},
      {OfPartition(Tablet("db", "t", 5, 2), "2024$eu-west", 3), "db/t-5/2024$eu-west-p3/log-2"},
      {OfPartition(Tablet("db", "t", 5, 2), "log", 3), "db/t-5/log-p3/log-2"},
  };
  for (const auto& [tablet, path] : kCases) {
    EXPECT_EQ(TabletDirectory("/data", tablet.path, tablet.bucket), "/data/" + path);
    auto found = ParseTabletDirectory(path);
    ASSERT_TRUE(found) << path;
    EXPECT_EQ(*found, tablet);
  }
}

TEST(DataDirectoryTest, OtherPathsAreNoTablets) {
  for (auto path :
       {"", "log-0", "t-1/log-0", "db/t/log-0", "db/t-/log-0", "db/-1/log-0", "db/t-x/log-0",
        "db/t-1/log-", "db/t-1/log-x", "db/t-1/log--1", "db/t-1/log-2147483648", "db/t-1/kv-0",
        "db/t-1/part/log-0", "db/t-1/part-3/log-0", "db/t-1/part-p/log-0", "db/t-1/a-p1/b-p2/log-0",
        "/t-1/log-0", "db/t-1/log-0/", "db/t-9223372036854775808/log-0"}) {
    EXPECT_FALSE(ParseTabletDirectory(path)) << path;
  }
}

class DataDirectoryOnDiskTest : public testing::Test {
 protected:
  DataDirectoryOnDiskTest() { std::filesystem::remove_all(data_dir_); }
  ~DataDirectoryOnDiskTest() override { std::filesystem::remove_all(data_dir_); }

  runtime::Disk& disk_ = runtime::SystemDisk();
  const std::string data_dir_ = testing::TempDir() + "/data-directory-test";
};

TEST_F(DataDirectoryOnDiskTest, ListsTabletsAndPassesOverTheRest) {
  for (auto path : {"db/t-1/log-0", "db/t-1/log-1", "db/t-1/kv-0", "db/p-2/x-p7/log-0",
                    "db/p-2/x-p7/kv-0", ".millrace/metadata", "other/t-1/log-0", "other/nothing"}) {
    ASSERT_TRUE(CreateDirectoryDurably(disk_, data_dir_ + "/" + path));
  }
  ASSERT_TRUE(runtime::ReplaceFile(disk_, data_dir_ + "/high-watermark-checkpoint", ""));
  auto tablets = ListTablets(disk_, data_dir_);
  ASSERT_TRUE(tablets);
  EXPECT_EQ(*tablets, (std::vector<FoundTablet>{OfPartition(Tablet("db", "p", 2, 0), "x", 7),
                                                Tablet("db", "t", 1, 0), Tablet("db", "t", 1, 1),
                                                Tablet("other", "t", 1, 0)}));
}

TEST_F(DataDirectoryOnDiskTest, DeletingTheLastBucketRemovesItsTableOrPartitionToo) {
  for (auto path : {"db/t-1/log-0", "db/t-1/log-1", "db/p-2/x-p7/log-0", "db/p-2/y-p8/log-0"}) {
    ASSERT_TRUE(CreateDirectoryDurably(disk_, data_dir_ + "/" + path));
  }
  auto remove = [&](std::string path) {
    EXPECT_TRUE(DeleteTabletDirectory(disk_, data_dir_, data_dir_ + "/" + path)) << path;
  };
  auto exists = [&](std::string path) { return disk_.Exists(data_dir_ + "/" + path); };
  remove("db/t-1/log-0");
  EXPECT_FALSE(exists("db/t-1/log-0"));
  EXPECT_TRUE(exists("db/t-1/log-1"));
  remove("db/t-1/log-1");
  EXPECT_FALSE(exists("db/t-1"));
  remove("db/t-1/log-1");
  remove("db/p-2/x-p7/log-0");
  EXPECT_FALSE(exists("db/p-2/x-p7"));
  EXPECT_TRUE(exists("db/p-2/y-p8/log-0"));
  EXPECT_FALSE(DeleteTabletDirectory(disk_, data_dir_, data_dir_ + "/db"));
  EXPECT_FALSE(DeleteTabletDirectory(disk_, data_dir_, "/somewhere/db/t-1/log-0"));
  EXPECT_TRUE(exists("db"));
}

}  // namespace
}  // namespace millrace::log
