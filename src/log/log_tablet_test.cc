// One bucket's log on a real disk: what is appended is read, survives a restart, and a crash at any
// byte.
#include "log/log_tablet_for_test.h"

namespace millrace::log {
namespace {

TEST_F(LogTabletTest, AppendsRollsAndReadsFromAnywhere) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 40; i++) EXPECT_EQ(BaseOf(Append(Batch(3))), i * 3);
  EXPECT_GT(tablet_->segment_count(), 3u);
  EXPECT_EQ(Bases(), Multiples(3, 40));
  EXPECT_EQ(Bases({0}, 1 << 20), Multiples(3, 40));
  // An offset inside a batch begins with that batch.
  EXPECT_EQ(Bases({5}).front(), 3);
  EXPECT_EQ(Bases({119}), (std::vector<int64_t>{117}));
  EXPECT_EQ(Wait(tablet_->Read({121}, {120}, 100, true)).error().code,
            ErrorCode::kLogOffsetOutOfRange);
  EXPECT_EQ(Wait(tablet_->Read({120}, {120}, 100, true))->range.size, 0u);
}

TEST_F(LogTabletTest, ReadsNothingAtOrAboveBelow) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 8; i++) EXPECT_TRUE(Append(Batch(1)));
  for (bool reopen : {false, true}) {
    if (reopen) {
      ASSERT_TRUE(Open());
    }
    for (int64_t below = 0; below <= 8; below++) {
      auto slice = Wait(tablet_->Read({0}, {below}, 1 << 20, true));
      EXPECT_EQ(slice->end.value, below) << below;
      EXPECT_EQ(slice->range.size, below * Batch(1).size());
    }
  }
}

TEST_F(LogTabletTest, KeepsToMaxBytesButForTheFirstBatchIfAsked) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 6; i++) EXPECT_TRUE(Append(Batch(1)));
  uint64_t size = Batch(1).size();
  for (bool reopen : {false, true}) {
    if (reopen) {
      ASSERT_TRUE(Open());
    }
    EXPECT_EQ(Wait(tablet_->Read({0}, {6}, size * 2 + 1, false))->end.value, 2);
    EXPECT_EQ(Wait(tablet_->Read({0}, {6}, size - 1, false))->end.value, 0);
    EXPECT_EQ(Wait(tablet_->Read({0}, {6}, 0, true))->end.value, 1);
  }
}

TEST_F(LogTabletTest, StampsOffsetsAndTimesThatNeverGoBack) {
  ASSERT_TRUE(Open());
  auto first = Append(Batch(2) + Batch(3));
  EXPECT_EQ(first->base_offset.value, 0);
  EXPECT_EQ(first->last_offset.value, 4);
  EXPECT_EQ(first->records, 5);
  now_ = 500;  // the clock went back
  EXPECT_EQ(Append(Batch(1))->timestamp.value, 1000);
  now_ = 2000;
  EXPECT_EQ(Append(Batch(1))->timestamp.value, 2000);
  EXPECT_EQ(Wait(tablet_->OffsetForTimestamp({1001}, {7}))->value, 6);
  EXPECT_EQ(Wait(tablet_->OffsetForTimestamp({1000}, {7}))->value, 0);
  EXPECT_EQ(Wait(tablet_->OffsetForTimestamp({2001}, {7}))->value, 7);
}

TEST_F(LogTabletTest, RefusesDamagedBatchesAndLeavesTheLogAsItWas) {
  ASSERT_TRUE(Open());
  std::string flipped = Batch(1);
  flipped.back() ^= 1;
  EXPECT_EQ(BaseOf(Append(Batch(1) + flipped)), -static_cast<int64_t>(ErrorCode::kCorruptRecord));
  EXPECT_EQ(tablet_->end_offset().value, 0);
  // What follows the last whole batch is ignored.
  EXPECT_EQ(BaseOf(Append(Batch(1) + Batch(1).substr(0, 40))), 0);
  EXPECT_EQ(tablet_->end_offset().value, 1);
  EXPECT_EQ(BaseOf(Append("")), -1);
}

TEST_F(LogTabletTest, KnowsTheLastBatchesOfItsWriters) {
  constexpr int64_t kOutOfOrder = -static_cast<int64_t>(ErrorCode::kOutOfOrderSequence);
  ASSERT_TRUE(Open());
  EXPECT_EQ(BaseOf(Append(Batch(1, 7, 1))), kOutOfOrder);
  for (int i = 0; i < 8; i++) EXPECT_EQ(BaseOf(Append(Batch(2, 7, i))), i * 2);
  EXPECT_EQ(BaseOf(Append(Batch(2, 7, 9))), kOutOfOrder);
  // The last five are recognised, older ones only as out of order.
  auto again = Append(Batch(2, 7, 3));
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->base_offset.value, 6);
  EXPECT_EQ(BaseOf(Append(Batch(2, 7, 2))), kOutOfOrder);
  // New batches behind one that was there are not lost.
  auto mixed = Append(Batch(2, 7, 7) + Batch(2, 7, 8));
  EXPECT_FALSE(mixed->duplicate);
  EXPECT_EQ(mixed->base_offset.value, 14);
  EXPECT_EQ(mixed->last_offset.value, 17);
  EXPECT_EQ(tablet_->end_offset().value, 18);
}

TEST_F(LogTabletTest, AWritersSequenceWrapsToZero) {
  ASSERT_TRUE(Open());
  EXPECT_TRUE(Append(Batch(1, 7, 0)));
  std::filesystem::create_directories(directory_);
  ASSERT_TRUE(Wait(tablet_->Close()));
  std::string snapshot = directory_ + "/00000000000000000001.writer_snapshot";
  ASSERT_TRUE(runtime::ReplaceFile(
      disk_, snapshot,
      R"({"version":1,"writer_id_entries":[{"writer_id":7,"last_batch_sequence":2147483647,)"
      R"("last_batch_base_offset":0,"offset_delta":0,"last_batch_timestamp":1000}]})"));
  ASSERT_TRUE(Open(/*clean=*/true));
  EXPECT_EQ(BaseOf(Append(Batch(1, 7, 0))), 1);
}

TEST_F(LogTabletTest, RestartsCleanlyWithItsWriters) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 30; i++) EXPECT_TRUE(Append(Batch(1, 7, i)));
  ASSERT_TRUE(Wait(tablet_->Close()));
  EXPECT_EQ(BaseOf(Append(Batch(1, 7, 30))), -static_cast<int64_t>(ErrorCode::kStorage));
  ASSERT_TRUE(Open(/*clean=*/true));
  EXPECT_EQ(tablet_->recovery_point().value, 30);
  EXPECT_EQ(Bases(), Multiples(1, 30));
  EXPECT_TRUE(Append(Batch(1, 7, 29))->duplicate);
  EXPECT_EQ(BaseOf(Append(Batch(1, 7, 30))), 30);
  EXPECT_EQ(*runtime::ReadFile(disk_, directory_ + "/00000000000000000030.writer_snapshot"),
            R"({"version":1,"writer_id_entries":[{"writer_id":7,"last_batch_sequence":29,)"
            R"("last_batch_base_offset":29,"offset_delta":0,"last_batch_timestamp":1000}]})");
}

TEST_F(LogTabletTest, SurvivesACrashAtEveryByteOfTheLastBatches) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 25; i++) EXPECT_TRUE(Append(Batch(1, 7, i)));
  Drop();
  std::string saved = directory_ + "-saved";
  std::filesystem::remove_all(saved);
  std::filesystem::copy(directory_, saved, std::filesystem::copy_options::recursive);
  std::string last;
  for (const auto& entry : std::filesystem::directory_iterator(saved)) {
    if (entry.path().extension() == ".log") last = std::max(last, entry.path().filename().string());
  }
  size_t whole = std::filesystem::file_size(saved + "/" + last), batch = Batch(1).size();
  ASSERT_GE(whole, 2 * batch);
  for (size_t size = whole - 2 * batch; size <= whole; size++) {
    Wipe();
    std::filesystem::copy(saved, directory_, std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(directory_ + "/" + last, size);
    ASSERT_TRUE(Open()) << size;
    int64_t expected = 25 - static_cast<int64_t>((whole - size + batch - 1) / batch);
    ASSERT_EQ(tablet_->end_offset().value, expected) << size;
    ASSERT_EQ(Bases(), Multiples(1, expected)) << size;
    ASSERT_EQ(BaseOf(Append(Batch(1, 7, static_cast<int32_t>(expected)))), expected) << size;
  }
  std::filesystem::remove_all(saved);
}

TEST_F(LogTabletTest, ReportsDamageInTheMiddleAndCutsNothing) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 25; i++) EXPECT_TRUE(Append(Batch(1)));
  Drop();
  std::string first = directory_ + "/00000000000000000000.log";
  auto size = std::filesystem::file_size(first);
  auto file = *disk_.Open(first, runtime::OpenMode::kReadWrite);
  std::byte flipped{0xff};
  ASSERT_TRUE(file->Write(150, {&flipped, 1}));
  auto opened = Open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kLogStorage);
  EXPECT_NE(opened.error().message.find(first + " is damaged at byte 98"), std::string::npos)
      << opened.error().message;
  EXPECT_EQ(std::filesystem::file_size(first), size);
}

TEST_F(LogTabletTest, TakesADurableTailForDamageWhenItIsGone) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 3; i++) EXPECT_TRUE(Append(Batch(1)));
  Drop();
  std::filesystem::resize_file(directory_ + "/00000000000000000000.log", 2 * Batch(1).size() + 5);
  EXPECT_FALSE(Open(false, /*recovery_point=*/{3}));
  EXPECT_TRUE(Open(false, /*recovery_point=*/{2}));
}

TEST_F(LogTabletTest, TakesADurableTailForDamageAlsoWhenItIsGoneToABatchsEnd) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 3; i++) EXPECT_TRUE(Append(Batch(1)));
  Drop();
  std::filesystem::resize_file(directory_ + "/00000000000000000000.log", 2 * Batch(1).size());
  for (bool clean : {false, true}) {
    auto opened = Open(clean, /*recovery_point=*/{3});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kLogStorage);
    EXPECT_NE(opened.error().message.find("ends at offset 2"), std::string::npos);
  }
  EXPECT_TRUE(Open(false, /*recovery_point=*/{2}));
}

TEST_F(LogTabletTest, AFailedWriteLeavesTheLogAsItWasAndLaterOnesGoOn) {
  ASSERT_TRUE(Open());
  EXPECT_TRUE(Append(Batch(1, 7, 0)));
  disk_.FailWrites(true);
  EXPECT_EQ(BaseOf(Append(Batch(1, 7, 1))), -static_cast<int64_t>(ErrorCode::kLogStorage));
  EXPECT_EQ(Bases(), Multiples(1, 1));
  disk_.FailWrites(false);
  EXPECT_EQ(BaseOf(Append(Batch(1, 7, 1))), 1);
  ASSERT_TRUE(Open());
  EXPECT_EQ(Bases(), Multiples(1, 2));
}

TEST_F(LogTabletTest, AFailedFlushEndsTheLog) {
  ASSERT_TRUE(Open());
  EXPECT_TRUE(Append(Batch(1)));
  disk_.FailSyncs(true);
  EXPECT_EQ(Wait(tablet_->Sync({1})).error().code, ErrorCode::kStorage);
  disk_.FailSyncs(false);
  EXPECT_EQ(Wait(tablet_->Sync({1})).error().code, ErrorCode::kStorage);
  EXPECT_EQ(BaseOf(Append(Batch(1))), -static_cast<int64_t>(ErrorCode::kStorage));
  EXPECT_EQ(tablet_->durable_end().value, 0);
}

Task<> SyncAll(LogTablet& tablet, int& done) {
  auto synced = co_await tablet.Sync(tablet.end_offset());
  EXPECT_TRUE(synced);
  done++;
}

Task<> AppendAndSync(LogTablet& tablet, int count, int& done) {
  runtime::Gate gate;
  for (int i = 0; i < count; i++) {
    std::string batch = Batch(1);
    EXPECT_TRUE(tablet.Append({reinterpret_cast<std::byte*>(batch.data()), batch.size()}, {1}));
    runtime::Spawn(SyncAll(tablet, done));
  }
  auto synced = co_await tablet.Sync(tablet.end_offset());
  EXPECT_TRUE(synced);
  while (done < count) co_await runtime::Yield();
}

TEST_F(LogTabletTest, OneFlushServesAllThatWasAppendedBeforeIt) {
  options_.segment_bytes = 1 << 20;
  ASSERT_TRUE(Open());
  EXPECT_TRUE(Append(Batch(1)));
  ASSERT_TRUE(Wait(tablet_->Sync({1})));
  int before = disk_.sync_count(), done = 0;
  runtime_.BlockOn(AppendAndSync(*tablet_, 50, done));
  EXPECT_EQ(done, 50);
  EXPECT_EQ(tablet_->durable_end().value, 51);
  // The first append's flush, and one more for all that came while it ran.
  EXPECT_LE(disk_.sync_count() - before, 2);
}

TEST_F(LogTabletTest, TheOsPolicyAcknowledgesAtOnce) {
  options_.flush_policy = FlushPolicy::kOs;
  ASSERT_TRUE(Open());
  EXPECT_TRUE(Append(Batch(1)));
  int before = disk_.sync_count();
  ASSERT_TRUE(Wait(tablet_->Sync({1})));
  EXPECT_EQ(tablet_->durable_end().value, 1);
  EXPECT_EQ(tablet_->recovery_point().value, 0);
  EXPECT_EQ(disk_.sync_count(), before);
  ASSERT_TRUE(Wait(tablet_->Flush({1})));
  EXPECT_EQ(tablet_->recovery_point().value, 1);
}

TEST_F(LogTabletTest, DeletesExpiredSegmentsFromTheStart) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 40; i++) {
    now_ = 1000 + i;
    EXPECT_TRUE(Append(Batch(1)));
  }
  auto segments = tablet_->segment_count();
  EXPECT_EQ(*Wait(tablet_->DeleteExpired({1000}, {40}, false)), 0);
  EXPECT_EQ(*Wait(tablet_->DeleteExpired({1015}, {40}, false)), 1);
  EXPECT_EQ(*Wait(tablet_->DeleteExpired({5000}, {25}, false)), 1);
  EXPECT_EQ(tablet_->segment_count(), segments - 2);
  EXPECT_GT(tablet_->start_offset().value, 0);
  EXPECT_EQ(Bases(tablet_->start_offset()).front(), tablet_->start_offset().value);
  EXPECT_GT(*Wait(tablet_->DeleteExpired({5000}, {40}, /*roll_active=*/true)), 0);
  EXPECT_EQ(tablet_->start_offset().value, 40);
  EXPECT_EQ(tablet_->segment_count(), 1u);
  ASSERT_TRUE(Open());
  EXPECT_EQ(tablet_->start_offset().value, 40);
  EXPECT_EQ(BaseOf(Append(Batch(1))), 40);
}

}  // namespace
}  // namespace millrace::log
