// The files of a log, byte for byte, and what reads and deletions do with them.
#include <array>

#include "log/log_tablet_for_test.h"
#include "record/golden_batches.h"

namespace millrace::log {
namespace {

class LogFilesTest : public LogTabletTest {
 protected:
  std::string Content(int64_t base, std::string_view suffix) {
    auto content = runtime::ReadFile(disk_, PathOf(base, suffix));
    return content ? *content : "missing";
  }
  std::vector<std::string> Files() { return *disk_.List(directory_); }
};

// Batches of 384 bytes with 2 records, segments of 16 KB, entries every 1 KB: what the Java server
// 0.9.1 was seen to do.
TEST_F(LogFilesTest, SegmentsAndIndexesAreThoseOfTheJavaServer) {
  options_.segment_bytes = 16 << 10;
  options_.index_interval_bytes = 1 << 10;
  now_ = 1795488289000;
  ASSERT_TRUE(Open());
  for (int i = 0; i < 100; i++) {
    // A time of its own for each batch: the entries at 90 and 96 are known.
    now_ = 1795488289721 + (i - 45) * int64_t{100};
    if (i == 48) now_ = 1795488290025;
    ASSERT_TRUE(Append(Batch(2, 0, i, 384 - record::kMinHeaderSize)));
  }
  ASSERT_TRUE(Wait(tablet_->Close()));
  EXPECT_EQ(Content(0, ".log").size(), 16128u);
  EXPECT_EQ(Content(84, ".log").size(), 16128u);
  EXPECT_EQ(Content(84, ".index").substr(0, 24), record::FromHex("0000000700000480"
                                                                 "0000000d00000900"
                                                                 "0000001300000d80"));
  EXPECT_EQ(Content(84, ".timeindex").substr(0, 24), record::FromHex("000001a20b7113b900000006"
                                                                     "000001a20b7114e90000000c"));
  EXPECT_EQ(Content(168, ".index").size(), 40u);
  EXPECT_EQ(Content(168, ".timeindex").size(), 60u);
  EXPECT_TRUE(Content(84, ".writer_snapshot")
                  .starts_with(R"({"version":1,"writer_id_entries":[{"writer_id":0,)"
                               R"("last_batch_sequence":41,"last_batch_base_offset":83,)"
                               R"("offset_delta":1,"last_batch_timestamp":)"));
  EXPECT_TRUE(disk_.Exists(PathOf(200, ".writer_snapshot")));
}

TEST_F(LogFilesTest, BatchesOfOtherWritersAreStoredAsTheyAreButForOffsetAndTime) {
  ASSERT_TRUE(Open());
  std::string expected;
  Offset next;
  for (auto hex :
       {record::kArrowPlain, record::kIndexed, record::kCompacted, record::kArrowStatistics}) {
    std::string batch = record::FromHex(hex);
    // They all come from one writer, as its first batch.
    StoreLittle<int64_t>(record::AsMutableBytes(batch).data() + 32 +
                             (std::to_integer<int>(AsBytes(batch)[12]) == 2 ? 4 : 0),
                         kNobody);
    auto parsed = record::LogBatch::Parse(AsBytes(batch));
    ASSERT_TRUE(parsed);
    size_t crc_from = parsed->magic() == 2 ? 29 : 25;
    StoreLittle<uint32_t>(record::AsMutableBytes(batch).data() + crc_from - 4,
                          Crc32c(AsBytes(batch).subspan(crc_from)));
    EXPECT_EQ(BaseOf(Append(batch)), next.value);
    record::StampLogBatch(record::AsMutableBytes(batch), next, {now_});
    next = record::LogBatch::Parse(AsBytes(batch))->next_offset();
    expected += batch;
  }
  std::string stored = Content(0, ".log") + Content(9, ".log");
  EXPECT_EQ(stored.substr(0, expected.size()), expected);
}

TEST_F(LogFilesTest, SnapshotsThatDoNotHelpAreRemoved) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 25; i++) ASSERT_TRUE(Append(Batch(1, 7, i)));
  ASSERT_TRUE(Wait(tablet_->Close()));
  std::string good = Content(20, ".writer_snapshot");
  for (int64_t offset : {0, 5, 15, 22, 23, 26, 99}) {
    ASSERT_TRUE(runtime::ReplaceFile(disk_, PathOf(offset, ".writer_snapshot"), good));
  }
  ASSERT_TRUE(Open(/*clean=*/true));
  std::vector<std::string> snapshots;
  for (const auto& name : Files()) {
    if (name.ends_with("snapshot")) snapshots.push_back(name.substr(17, 3));
  }
  EXPECT_EQ(snapshots, (std::vector<std::string>{"010", "020", "025"}));
}

TEST_F(LogFilesTest, ReadsAtTheEndLookAtNoFileAndColdOnesWaitInThePool) {
  ASSERT_TRUE(Open());
  AppendMany(25);
  int before = disk_.read_count();
  for (int64_t i = 20; i < 25; i++) {
    EXPECT_EQ(Wait(tablet_->Read({i}, {25}, 1 << 20, true))->end.value, 25);
  }
  EXPECT_EQ(disk_.read_count(), before);
  disk_.CacheNothing(true);
  EXPECT_EQ(Bases(), Multiples(1, 25));
  EXPECT_EQ(Bases({0}, 1 << 20), Multiples(1, 25));
}

TEST_F(LogFilesTest, WhoeverReadsOnLooksAtNoIndex) {
  options_.segment_bytes = 1 << 20;
  ASSERT_TRUE(Open());
  AppendMany(2 * static_cast<int>(RecentBatches::kMax));
  auto reads_of = [&](int64_t from) {
    int before = disk_.read_count();
    EXPECT_EQ(Wait(tablet_->Read({from}, {500}, 300, true))->end.value, from + 3);
    return disk_.read_count() - before;
  };
  EXPECT_GT(reads_of(10), 1);
  for (int64_t from : {13, 16, 19}) EXPECT_EQ(reads_of(from), 1);
  EXPECT_GT(reads_of(30), 1);
  EXPECT_EQ(reads_of(22), 1);
}

TEST_F(LogFilesTest, AnEmptyLogIsLightAndBeginsAtZero) {
  ASSERT_TRUE(Open());
  EXPECT_EQ(tablet_->start_offset().value, 0);
  EXPECT_EQ(tablet_->end_offset().value, 0);
  EXPECT_EQ(tablet_->size_bytes(), 0u);
  ASSERT_TRUE(Wait(tablet_->Close()));
  uint64_t bytes = 0;
  for (const auto& name : Files()) bytes += std::filesystem::file_size(directory_ + "/" + name);
  EXPECT_EQ(bytes, 0u);
  EXPECT_EQ(Files().size(), 3u);
}

TEST_F(LogFilesTest, ARequestLargerThanASegmentGetsOneOfItsOwn) {
  ASSERT_TRUE(Open());
  AppendMany(2);
  EXPECT_EQ(BaseOf(Append(Batch(1, kNobody, -1, 5000))), 2);
  AppendMany(2);
  EXPECT_EQ(tablet_->segment_count(), 3u);
  EXPECT_EQ(Bases(), Multiples(1, 5));
  ASSERT_TRUE(Open());
  EXPECT_EQ(Bases(), Multiples(1, 5));
}

TEST_F(LogFilesTest, TruncationDropsTheBatchThatHoldsTheOffsetAndAllBehind) {
  struct Case {
    int64_t to, end;
    size_t segments;
  };
  // Ten batches of two records to a segment.
  constexpr Case kCases[] = {{50, 50, 3}, {49, 48, 3}, {48, 48, 3}, {41, 40, 3},
                             {40, 40, 2}, {39, 38, 2}, {7, 6, 1},   {0, 0, 1}};
  for (const auto& [to, end, segments] : kCases) {
    SCOPED_TRACE(to);
    Wipe();
    ASSERT_TRUE(Open());
    for (int i = 0; i < 25; i++) {
      now_ = 1000 + i;
      ASSERT_TRUE(Append(Batch(2, 7, i)));
    }
    ASSERT_TRUE(Wait(tablet_->Sync({50})));
    ASSERT_TRUE(tablet_->TruncateTo({to}, {now_}));
    for (bool reopen : {false, true}) {
      if (reopen) {
        ASSERT_TRUE(Open());
      }
      EXPECT_EQ(tablet_->end_offset().value, end);
      EXPECT_EQ(tablet_->segment_count(), segments);
      EXPECT_EQ(Bases(), Multiples(2, end / 2));
      EXPECT_LE(tablet_->durable_end().value, end);
      EXPECT_EQ(tablet_->max_timestamp().value, end == 0 ? 0 : 999 + end / 2);
    }
    EXPECT_EQ(BaseOf(Append(Batch(2, 7, static_cast<int32_t>(end / 2)))), end);
    ASSERT_TRUE(Wait(tablet_->Sync({end + 2})));
    EXPECT_EQ(tablet_->durable_end().value, end + 2);
  }
}

TEST_F(LogFilesTest, TruncationBelowTheStartBeginsANewLogThere) {
  ASSERT_TRUE(Open());
  AppendMany(25);
  ASSERT_EQ(*Wait(tablet_->DeleteExpired({5000}, {25})), 2);
  ASSERT_TRUE(tablet_->TruncateTo({5}, {now_}));
  EXPECT_EQ(tablet_->start_offset().value, 5);
  EXPECT_EQ(tablet_->end_offset().value, 5);
  EXPECT_EQ(BaseOf(Append(Batch(1))), 5);
}

TEST_F(LogFilesTest, WritersOutliveTheSegmentsTheyWroteTo) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 25; i++) ASSERT_TRUE(Append(Batch(1, 7, i)));
  ASSERT_TRUE(Wait(tablet_->Sync({25})));
  EXPECT_EQ(*Wait(tablet_->DeleteExpired({5000}, {25}, /*roll_active=*/true)), 3);
  ASSERT_TRUE(Wait(tablet_->Close()));
  EXPECT_EQ(Files().size(), 4u);
  for (bool clean : {true, false}) {
    ASSERT_TRUE(Open(clean));
    EXPECT_EQ(tablet_->start_offset().value, 25);
    EXPECT_TRUE(Append(Batch(1, 7, 24))->duplicate);
  }
  EXPECT_EQ(BaseOf(Append(Batch(1, 7, 25))), 25);
}

Task<> SyncTo(LogTablet& tablet, Offset end, std::vector<int64_t>& durable) {
  EXPECT_TRUE(co_await tablet.Sync(end));
  durable.push_back(tablet.durable_end().value);
}

Result<Appended> AppendOne(LogTablet& tablet) {
  std::string batch = Batch(1);
  return tablet.Append(record::AsMutableBytes(batch), {1});
}

// Two wait while the first flush runs, and one more for what came before the second.
Task<> WaitInGroups(LogTablet& tablet, FaultyDisk& disk, std::vector<int64_t>& durable) {
  int before = disk.sync_count();
  disk.HoldSyncs(true);
  for (int i = 1; i <= 3; i++) {
    EXPECT_TRUE(AppendOne(tablet));
    runtime::Spawn(SyncTo(tablet, {i}, durable));
    if (i == 1) disk.WaitForSyncs(before + 1);
  }
  EXPECT_TRUE(AppendOne(tablet));
  EXPECT_TRUE(durable.empty());
  disk.HoldSyncs(false);
  EXPECT_TRUE(co_await tablet.Sync({4}));
  EXPECT_EQ(disk.sync_count() - before, 2);
  while (durable.size() < 3) co_await runtime::Yield();
}

TEST_F(LogFilesTest, AFlushServesAllThatCameBeforeItBeganAndTheNextAllTheRest) {
  ASSERT_TRUE(Open());
  std::vector<int64_t> durable;
  runtime_.BlockOn(WaitInGroups(*tablet_, disk_, durable));
  EXPECT_EQ(durable.front(), 1);
  EXPECT_EQ(tablet_->durable_end().value, 4);
}

Task<> AppendOverSegments(LogTablet& tablet) {
  for (int i = 0; i < 25; i++) EXPECT_TRUE(AppendOne(tablet));
  EXPECT_TRUE(co_await tablet.Close());
}

TEST_F(LogFilesTest, WithTheOsPolicyOldSegmentsAreFlushedBehindTheScenes) {
  options_.flush_policy = FlushPolicy::kOs;
  ASSERT_TRUE(Open());
  runtime_.BlockOn(AppendOverSegments(*tablet_));
  EXPECT_EQ(tablet_->recovery_point().value, 25);
  EXPECT_TRUE(disk_.Exists(PathOf(20, ".writer_snapshot")));
  EXPECT_FALSE(tablet_->failed());
}

}  // namespace
}  // namespace millrace::log
