// What a disk, a crash or another server can do to a log: nothing that was acknowledged is lost
// without a word, and nothing is read that was not appended.
#include "log/log_tablet_for_test.h"

namespace millrace::log {
namespace {

constexpr int64_t kOutOfOrder = -static_cast<int64_t>(ErrorCode::kOutOfOrderSequence);

class LogDamageTest : public LogTabletTest {
 protected:
  const uint64_t size_ = Batch(1).size();

  std::string Little(int64_t value, size_t bytes) {
    return std::string(reinterpret_cast<const char*>(&value), bytes);
  }
  std::string Big(int64_t value, size_t bytes) {
    std::string text = Little(value, bytes);
    std::reverse(text.begin(), text.end());
    return text;
  }
  void ExpectDamageAt(uint64_t position, bool clean = false) {
    auto opened = Open(clean);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kLogStorage);
    std::string place = PathOf(0, ".log") + " is damaged at byte " + std::to_string(position);
    EXPECT_NE(opened.error().message.find(place), std::string::npos) << opened.error().message;
  }
};

TEST_F(LogDamageTest, DamageIsFoundAgainAfterACleanStopOfTheOthers) {
  options_.segment_bytes = 1 << 20;
  ASSERT_TRUE(Open());
  AppendMany(20);
  Drop();
  Poke(PathOf(0, ".log"), 3 * size_ + 60, "x");
  ExpectDamageAt(3 * size_);
  ExpectDamageAt(3 * size_, /*clean=*/true);
}

TEST_F(LogDamageTest, ALengthThatWasDamagedHidesNoBatchesBehindIt) {
  options_.segment_bytes = options_.index_interval_bytes = 1 << 20;
  ASSERT_TRUE(Open());
  AppendMany(6);
  ASSERT_TRUE(Wait(tablet_->Close()));
  for (int64_t length : {1 << 30, 300, 37, 0, -1}) {
    Poke(PathOf(0, ".log"), 2 * size_ + 8, Little(length, 4));
    for (bool clean : {true, false}) {
      ExpectDamageAt(2 * size_, clean);
      EXPECT_EQ(std::filesystem::file_size(PathOf(0, ".log")), 6 * size_);
    }
  }
}

TEST_F(LogDamageTest, AnOffsetThatWasDamagedIsNotTaken) {
  ASSERT_TRUE(Open());
  AppendMany(4);
  Drop();
  for (int64_t offset : {4, 1000, 2, -1}) {
    Poke(PathOf(0, ".log"), 3 * size_, Little(offset, 8));
    ExpectDamageAt(3 * size_);
  }
}

TEST_F(LogDamageTest, ASegmentBehindThatIsMissingIsDamage) {
  ASSERT_TRUE(Open());
  AppendMany(25);
  ASSERT_TRUE(Wait(tablet_->Close()));
  for (auto suffix : {".log", ".index", ".timeindex"}) {
    std::filesystem::remove(PathOf(10, suffix));
  }
  ExpectDamageAt(10 * size_, /*clean=*/true);
  ExpectDamageAt(10 * size_, /*clean=*/false);
}

// The Java server 0.9.1 leaves half a batch, and an index full of zeros, and goes on in a new
// segment.
TEST_F(LogDamageTest, ATornEndBeforeTheNextSegmentIsCutOff) {
  ASSERT_TRUE(Open());
  AppendMany(12);
  ASSERT_TRUE(Wait(tablet_->Close()));
  for (bool clean : {true, false}) {
    Poke(PathOf(0, ".log"), 10 * size_, Batch(1).substr(0, 60));
    Poke(PathOf(0, ".index"), 0, std::string(800, '\0'));
    Poke(PathOf(0, ".timeindex"), 0, std::string(1200, '\0'));
    ASSERT_TRUE(Open(clean)) << clean;
    EXPECT_EQ(Bases(), Multiples(1, 12));
    EXPECT_EQ(std::filesystem::file_size(PathOf(0, ".log")), 10 * size_);
    Drop();
  }
}

TEST_F(LogDamageTest, ATornEndAfterACleanStopIsCutOff) {
  ASSERT_TRUE(Open());
  AppendMany(3);
  ASSERT_TRUE(Wait(tablet_->Close()));
  Poke(PathOf(0, ".log"), 3 * size_, Batch(1, kNobody, -1, 300).substr(0, 340));
  ASSERT_TRUE(Open(/*clean=*/true));
  EXPECT_EQ(std::filesystem::file_size(PathOf(0, ".log")), 3 * size_);
  EXPECT_EQ(BaseOf(Append(Batch(1))), 3);
}

TEST_F(LogDamageTest, IndexesThatLieDoNotChangeWhatIsRead) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 25; i++) {
    now_ = 1000 + i;
    ASSERT_TRUE(Append(Batch(1)));
  }
  ASSERT_TRUE(Wait(tablet_->Close()));
  // Of the first segment, which has entries at the offsets 3, 6 and 9.
  struct Case {
    const char* name;
    std::string offsets, times;
  };
  const Case kCases[] = {
      {"none", "", ""},
      {"positions inside batches", Big(3, 4) + Big(310, 4) + Big(6, 4) + Big(610, 4), ""},
      {"a position behind the end", Big(9, 4) + Big(1 << 30, 4), ""},
      {"too far", Big(2, 4) + Big(8 * size_, 4), Big(1001, 8) + Big(9, 4)},
      {"not ascending", Big(9, 4) + Big(900, 4) + Big(3, 4) + Big(294, 4),
       Big(1009, 8) + Big(9, 4)},
      {"a time to come", "", Big(INT64_MAX, 8) + Big(9, 4)},
      {"a negative time", "", Big(-5, 8) + Big(9, 4)},
      {"half an entry", Big(3, 4) + Big(294, 4) + "xyz", Big(1003, 8) + Big(3, 4) + "xyz"},
  };
  for (const auto& [name, offsets, times] : kCases) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(runtime::ReplaceFile(disk_, PathOf(0, ".index"), offsets));
    ASSERT_TRUE(runtime::ReplaceFile(disk_, PathOf(0, ".timeindex"), times));
    ASSERT_TRUE(Open(/*clean=*/true));
    EXPECT_EQ(Bases(), Multiples(1, 25));
    for (int64_t i = 0; i < 25; i++) {
      EXPECT_EQ(Bases({i}, 0).front(), i);
      EXPECT_EQ(Wait(tablet_->OffsetForTimestamp({1000 + i}, {25}))->value, i);
    }
    EXPECT_EQ(Append(Batch(1, kNobody, -1, 0))->timestamp.value, 1024);
    Drop();
    std::filesystem::resize_file(PathOf(20, ".log"), 5 * size_);
  }
}

TEST_F(LogDamageTest, SnapshotsThatAreNoneAreRemovedAndTheLogIsReadInstead) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 25; i++) ASSERT_TRUE(Append(Batch(1, 7, i)));
  ASSERT_TRUE(Wait(tablet_->Close()));
  const std::string entry =
      R"({"writer_id":7,"last_batch_sequence":24,"last_batch_base_offset":24,)";
  const std::string kCases[] = {
      "",
      "{",
      "[]",
      R"({"version":1})",
      R"({"version":1,"writer_id_entries":{}})",
      R"({"version":1,"writer_id_entries":[1]})",
      R"({"version":1,"writer_id_entries":[{"writer_id":7}]})",
      R"({"version":1,"writer_id_entries":[)" + entry +
          R"("offset_delta":-1,"last_batch_timestamp":1}]})",
      R"({"version":1,"writer_id_entries":[)" + entry +
          R"("offset_delta":25,"last_batch_timestamp":1}]})",
      R"({"version":1,"writer_id_entries":[)" + entry +
          R"("offset_delta":0,"last_batch_timestamp":"1"}]})",
      R"({"version":1,"writer_id_entries":[)" + entry +
          R"("offset_delta":0,"last_batch_timestamp":18446744073709551615}]})",
      std::string(100'000, '['),
  };
  for (const auto& content : kCases) {
    SCOPED_TRACE(content.substr(0, 200));
    ASSERT_TRUE(runtime::ReplaceFile(disk_, PathOf(25, ".writer_snapshot"), content));
    ASSERT_TRUE(Open(/*clean=*/true));
    EXPECT_FALSE(std::filesystem::exists(PathOf(25, ".writer_snapshot")));
    EXPECT_TRUE(Append(Batch(1, 7, 24))->duplicate);
    EXPECT_EQ(BaseOf(Append(Batch(1, 7, 26))), kOutOfOrder);
  }
}

TEST_F(LogDamageTest, AFullDiskAtARollLeavesNothingThatPartsTheLog) {
  ASSERT_TRUE(Open());
  AppendMany(9);
  for (auto suffix : {".log", ".index", ".timeindex"}) {
    SCOPED_TRACE(suffix);
    int64_t end = tablet_->end_offset().value;
    disk_.FailWritesTo(suffix);
    // Too large for the segment; what comes next would fit, but its offset is the new segment's.
    EXPECT_EQ(BaseOf(Append(Batch(1, kNobody, -1, 900))),
              -static_cast<int64_t>(ErrorCode::kLogStorage));
    EXPECT_EQ(BaseOf(Append(Batch(1, kNobody, -1, 0))),
              -static_cast<int64_t>(ErrorCode::kLogStorage));
    EXPECT_EQ(tablet_->end_offset().value, end);
    disk_.FailWritesTo("");
    EXPECT_EQ(BaseOf(Append(Batch(1, kNobody, -1, 0))), end);
    ASSERT_TRUE(Open());
    EXPECT_EQ(Bases(), Multiples(1, end + 1));
    AppendMany(7);
  }
}

TEST_F(LogDamageTest, AFullDiskInAnIndexIsNoFailureOfTheAppend) {
  for (auto suffix : {".index", ".timeindex"}) {
    SCOPED_TRACE(suffix);
    Wipe();
    ASSERT_TRUE(Open());
    AppendMany(3);
    disk_.FailWritesTo(suffix);
    for (int i = 3; i < 8; i++) EXPECT_EQ(BaseOf(Append(Batch(1))), i);
    disk_.FailWritesTo("");
    AppendMany(1);
    EXPECT_EQ(Bases(), Multiples(1, 9));
    ASSERT_TRUE(Wait(tablet_->Close()));
    ASSERT_TRUE(Open(/*clean=*/true));
    EXPECT_EQ(Bases(), Multiples(1, 9));
  }
}

TEST_F(LogDamageTest, WhatAFailedWriteLeftIsNeverTakenForBatches) {
  ASSERT_TRUE(Open());
  AppendMany(1);
  disk_.FailWrites(true);
  disk_.FailTruncates(true);
  // Half of it is written: its first two batches whole.
  EXPECT_FALSE(Append(Batch(1) + Batch(1) + Batch(1, kNobody, -1, 150)));
  disk_.FailWrites(false);
  // Its remains can't be cut off, so that nothing may be put over them.
  EXPECT_EQ(BaseOf(Append(Batch(1, kNobody, -1, 0))),
            -static_cast<int64_t>(ErrorCode::kLogStorage));
  disk_.FailTruncates(false);
  EXPECT_EQ(BaseOf(Append(Batch(1, kNobody, -1, 0))), 1);
  ASSERT_TRUE(Open());
  EXPECT_EQ(Bases(), Multiples(1, 2));
}

TEST_F(LogDamageTest, AWriterThatBeganAnewIsNotTakenForItsOldSelfAfterARestart) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 5; i++) ASSERT_TRUE(Append(Batch(1, 7, i)));
  tablet_->ExpireWriters({now_ + options_.writer_expiration.count() + 1});
  EXPECT_EQ(BaseOf(Append(Batch(1, 7, 0))), 5);
  ASSERT_TRUE(Open());
  auto next = Append(Batch(1, 7, 1));
  EXPECT_FALSE(next->duplicate);
  EXPECT_EQ(BaseOf(next), 6);
}

TEST_F(LogDamageTest, WritersAreKnownByTheirLastFiveBatchesAfterACleanRestartToo) {
  ASSERT_TRUE(Open());
  for (int i = 0; i < 22; i++) {
    ASSERT_TRUE(Append(Batch(1, 7, i)));
    ASSERT_TRUE(Append(Batch(1, 8, i)));
  }
  ASSERT_TRUE(Wait(tablet_->Close()));
  ASSERT_TRUE(Open(/*clean=*/true));
  for (int writer : {7, 8}) {
    for (int i = 17; i < 22; i++) {
      auto again = Append(Batch(1, writer, i));
      ASSERT_TRUE(again) << again.error().message;
      EXPECT_TRUE(again->duplicate);
      EXPECT_EQ(again->base_offset.value, 2 * i + writer - 7);
    }
    EXPECT_EQ(BaseOf(Append(Batch(1, writer, 16))), kOutOfOrder);
  }
}

}  // namespace
}  // namespace millrace::log
