// A KvTablet's writes, their changelog, what readers see, and what a restart finds.
#include <random>

#include "kv/kv_tablet_for_test.h"

namespace millrace::kv {
namespace {

using Changes = std::vector<std::string>;

TEST_F(KvTabletTest, SaysWhatChangesAndShowsIt) {
  Open();
  EXPECT_EQ(Put(TestPut().Upsert(1, "Alice", 25).Upsert(300, std::nullopt, -1).Delete(9)), 2);
  EXPECT_EQ(Changelog(), (Changes{"+I 1,Alice,25", "+I 300,-,-1"}));
  EXPECT_EQ(Get(1), "1,Alice,25");
  EXPECT_EQ(Get(300), "300,-,-1");
  EXPECT_EQ(Get(9), "none");

  // Nothing changes, and an offset is taken all the same.
  EXPECT_EQ(Put(TestPut().Delete(9)), 3);
  EXPECT_EQ(Put(TestPut().Upsert(1, "Bob", 26)), 5);
  // The same row again is an update.
  EXPECT_EQ(Put(TestPut().Upsert(1, "Bob", 26)), 7);
  EXPECT_EQ(Put(TestPut().Delete(300).Upsert(300, "x", 0).Delete(1)), 10);
  EXPECT_EQ(Changelog(2), (Changes{"empty", "-U 1,Alice,25", "+U 1,Bob,26", "-U 1,Bob,26",
                                   "+U 1,Bob,26", "-D 300,-,-1", "+I 300,x,0", "-D 1,Bob,26"}));
  EXPECT_EQ(Get(1), "none");
  EXPECT_EQ(Get(300), "300,x,0");
  EXPECT_EQ(*Wait(tablet_->CountRows()), 1);
}

TEST_F(KvTabletTest, LaterRecordsOfABatchSeeEarlierOnes) {
  Open();
  EXPECT_EQ(Put(TestPut().Upsert(1, "a", 1).Upsert(1, "b", 2).Delete(1).Upsert(1, "c", 3)), 5);
  EXPECT_EQ(Changelog(), (Changes{"+I 1,a,1", "-U 1,a,1", "+U 1,b,2", "-D 1,b,2", "+I 1,c,3"}));
  EXPECT_EQ(Get(1), "1,c,3");
}

TEST_F(KvTabletTest, WithoutOldImagesWritesDontLookAtOldRows) {
  SetTable({{"table.changelog.image", "wal"}});
  Open();
  EXPECT_EQ(
      Put(TestPut().Upsert(1, "a", 1).Upsert(1, "b", 2).Delete(1).Delete(5).Upsert(2, "c", 3)), 4);
  EXPECT_EQ(Changelog(), (Changes{"+U 1,a,1", "+U 1,b,2", "-D 1,b,2", "+U 2,c,3"}));
  EXPECT_EQ(Get(1), "none");
  EXPECT_EQ(Get(2), "2,c,3");
  EXPECT_FALSE(Wait(tablet_->CountRows()));
}

TEST_F(KvTabletTest, ShowsNothingBeforeItIsCommittedButMergesWithIt) {
  Open();
  ASSERT_TRUE(Append(TestPut().Upsert(1, "a", 1)));
  EXPECT_EQ(Get(1), "none");
  ASSERT_TRUE(Append(TestPut().Upsert(1, "b", 2)));
  ASSERT_TRUE(Append(TestPut().Delete(1)));
  ASSERT_TRUE(Wait(tablet_->Apply({1})));
  EXPECT_EQ(Get(1), "1,a,1");
  // In the middle of the second batch.
  ASSERT_TRUE(Wait(tablet_->Apply({2})));
  EXPECT_EQ(Get(1), "1,a,1");
  ASSERT_TRUE(Wait(tablet_->Apply({3})));
  EXPECT_EQ(Get(1), "1,b,2");
  ASSERT_TRUE(Append(TestPut().Upsert(1, "c", 3)));
  Apply();
  EXPECT_EQ(Get(1), "1,c,3");
  EXPECT_EQ(Changelog(), (Changes{"+I 1,a,1", "-U 1,a,1", "+U 1,b,2", "-D 1,b,2", "+I 1,c,3"}));
}

TEST_F(KvTabletTest, ABatchSentAgainChangesNothing) {
  Open();
  TestPut first = TestPut{.writer = 7, .sequence = 0}.Upsert(1, "a", 1);
  TestPut second = TestPut{.writer = 7, .sequence = 1}.Upsert(1, "b", 2);
  EXPECT_EQ(Put(first), 1);
  EXPECT_EQ(Put(second), 3);
  EXPECT_EQ(Put(first), 1);
  EXPECT_EQ(Put(second), 3);
  EXPECT_EQ(Get(1), "1,b,2");
  EXPECT_EQ(log_->end_offset().value, 3);
  TestPut late = TestPut{.writer = 7, .sequence = 9}.Upsert(1, "z", 9);
  EXPECT_EQ(Put(late), -31);
  EXPECT_EQ(Get(1), "1,b,2");
  // Nothing of it is seen by the next one either.
  EXPECT_EQ(Put(TestPut{.writer = 7, .sequence = 2}.Upsert(1, "c", 3)), 5);
  EXPECT_EQ(Changelog(3), (Changes{"-U 1,b,2", "+U 1,c,3"}));

  Drop();
  Open();
  EXPECT_EQ(Put(TestPut{.writer = 7, .sequence = 2}.Upsert(1, "c", 3)), 5);
  EXPECT_EQ(log_->end_offset().value, 5);
  EXPECT_EQ(Get(1), "1,c,3");
}

TEST_F(KvTabletTest, ABatchIsTakenWholeOrNotAtAll) {
  SetTable({{"table.delete.behavior", "disable"}});
  Open();
  EXPECT_EQ(Put(TestPut().Upsert(1, "a", 1)), 1);
  EXPECT_EQ(Put(TestPut().Upsert(1, "b", 2).Upsert(2, "x", 1).Delete(1)), -57);
  EXPECT_EQ(Get(1), "1,a,1");
  EXPECT_EQ(Get(2), "none");
  EXPECT_EQ(log_->end_offset().value, 1);
  EXPECT_EQ(Put(TestPut().Upsert(1, "c", 3)), 3);
  EXPECT_EQ(Changelog(1), (Changes{"-U 1,a,1", "+U 1,c,3"}));
}

TEST_F(KvTabletTest, RefusesAChangelogThatIsTooLarge) {
  Open();
  EXPECT_EQ(Put(TestPut().Upsert(1, std::string(16 << 20, 'x'), 0)), 1);
  TestPut put = {.targets = {0, 2}};
  for (int i = 0; i < 40; i++) put.Upsert(1, std::nullopt, i);
  EXPECT_EQ(Put(put), -13);
  EXPECT_EQ(log_->end_offset().value, 1);
  EXPECT_EQ(Put(TestPut{.targets = {0, 2}}.Upsert(1, std::nullopt, 7)), 3);
}

TEST_F(KvTabletTest, GivesIdsToInsertedRowsAlone) {
  auto_increment_ = {"v"};
  SetTable({});
  Open();
  TestPut put = {.targets = {0, 1}};
  put.Upsert(5, "a", std::nullopt).Upsert(6, "b", std::nullopt).Upsert(5, "c", std::nullopt);
  EXPECT_EQ(Put(put), 4);
  EXPECT_EQ(Changelog(), (Changes{"+I 5,a,1", "+I 6,b,2", "-U 5,a,1", "+U 5,c,1"}));
  // Only ids that no row has are given after a restart.
  Drop();
  Open();
  EXPECT_EQ(Put(TestPut{.targets = {0, 1}}.Upsert(7, "d", std::nullopt)), 5);
  EXPECT_EQ(Get(5), "5,c,1");
  EXPECT_EQ(Get(7).substr(0, 4), "7,d,");
  EXPECT_GE(std::stoi(Get(7).substr(4)), 3);
}

TEST_F(KvTabletTest, PutsLeaveNumbersToTheServer) {
  auto_increment_ = {"v"};
  SetTable({});
  Open();
  std::vector<std::vector<int32_t>> refused = {{}, {0, 2}, {0, 1, 2}};
  for (const auto& targets : refused) {
    for (MergeMode mode : {MergeMode::kDefault, MergeMode::kOverwrite}) {
      auto put = TestPut{.targets = targets, .mode = mode}.Upsert(5, "a", 1);
      EXPECT_EQ(Put(put), -static_cast<int>(ErrorCode::kInvalidTargetColumn));
    }
  }
  EXPECT_EQ(Changelog(), Changes{});
}

TEST_F(KvTabletTest, ARestartFindsWhatTheLogHas) {
  Open();
  EXPECT_EQ(Put(TestPut().Upsert(1, "a", 1).Upsert(2, "b", 2)), 2);
  Close();
  Open(/*clean=*/true);
  EXPECT_EQ(Get(1), "1,a,1");
  EXPECT_EQ(*Wait(tablet_->CountRows()), 2);
  EXPECT_EQ(Put(TestPut().Upsert(1, "c", 3).Delete(2)), 5);
  // In the log, never applied.
  ASSERT_TRUE(Append(TestPut().Upsert(3, "d", 4)));
  Drop();
  Open();
  EXPECT_EQ(Get(1), "1,c,3");
  EXPECT_EQ(Get(2), "none");
  EXPECT_EQ(Get(3), "3,d,4");
  EXPECT_EQ(*Wait(tablet_->CountRows()), 2);
  EXPECT_EQ(AllRows(), RowsOfChangelog());
}

TEST_F(KvTabletTest, RowsThatAreGoneAreMadeAnewFromTheLog) {
  Open();
  EXPECT_EQ(Put(TestPut().Upsert(1, "a", 1).Upsert(2, "b", 2)), 2);
  Close();
  std::filesystem::remove_all(directory_ + "/kv-0/db");
  Open(/*clean=*/true);
  EXPECT_EQ(AllRows(), RowsOfChangelog());
  EXPECT_EQ(*Wait(tablet_->CountRows()), 2);
}

TEST_F(KvTabletTest, DamagedRowsAreMadeAnewFromTheLog) {
  Open();
  EXPECT_EQ(Put(TestPut().Upsert(1, "a", 1).Upsert(2, "b", 2)), 2);
  Close();
  for (const auto& file : std::filesystem::directory_iterator(directory_ + "/kv-0/db")) {
    if (file.path().filename().string().starts_with("MANIFEST")) {
      std::filesystem::resize_file(file.path(), 0);
    }
  }
  Open(/*clean=*/true);
  EXPECT_EQ(Get(1), "1,a,1");
  EXPECT_EQ(AllRows(), RowsOfChangelog());
  EXPECT_EQ(*Wait(tablet_->CountRows()), 2);
}

TEST_F(KvTabletTest, ClosesWhatIsIdleAndOpensItAgain) {
  Open();
  EXPECT_EQ(Put(TestPut().Upsert(1, "a", 1)), 1);
  EXPECT_GT(tablet_->memory_bytes(), 0);
  runtime_.BlockOn(tablet_->CloseIfIdle(runtime::Instant::min()));
  EXPECT_GT(tablet_->memory_bytes(), 0);
  runtime_.BlockOn(tablet_->CloseIfIdle(runtime::Instant::max()));
  EXPECT_EQ(tablet_->memory_bytes(), 0);
  EXPECT_EQ(Get(1), "1,a,1");
  EXPECT_EQ(Put(TestPut().Delete(1)), 2);
  EXPECT_EQ(Get(1), "none");
}

TEST_F(KvTabletTest, FindsTheRowsOfAPrefix) {
  Open();
  TestPut put;
  for (int id : {1, 2, 130, 258}) put.Upsert(id, "n", id);
  EXPECT_EQ(Put(put), 4);
  // Keys are varints: 130 is 8201, 258 is 8202.
  std::string prefix = "\x82", none = "\x7f", all;
  Bytes prefixes[] = {AsBytes(prefix), AsBytes(none), AsBytes(all)};
  PrefixMatches matches;
  ASSERT_TRUE(Wait(tablet_->LookupPrefixes(prefixes, 1000, matches)));
  EXPECT_EQ(matches.ends, (std::vector<size_t>{2, 2, 6}));
  auto refused = Wait(tablet_->LookupPrefixes(prefixes, 20, matches));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRecordTooLarge);
}

TEST_F(KvTabletTest, AScanSeesTheRowsOfOneMoment) {
  Open();
  EXPECT_EQ(Put(TestPut().Upsert(1, "a", 1).Upsert(2, "b", 2)), 2);
  auto scan = Wait(tablet_->NewScan());
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->log_offset.value, 2);
  EXPECT_EQ(Put(TestPut().Delete(1).Upsert(3, "c", 3)), 4);
  int rows = 0;
  for (; scan->scan->Valid(); scan->scan->Next()) rows++;
  EXPECT_EQ(rows, 2);
}

// Random writes, some of them again, and restarts of either kind: rows, changelog and model agree.
class KvModelTest : public KvTabletTest, public testing::WithParamInterface<int> {
 protected:
  TestPut RandomPut() {
    TestPut put = {.writer = 1, .sequence = sequence_++};
    bool partial = Below(4) == 0;
    if (partial) put.targets = {0, Below(2) ? 1 : 2};
    for (int i = 0, n = 1 + Below(20); i < n; i++) {
      int id = Below(200);
      if (Below(4) == 0) {
        put.Delete(id);
      } else {
        put.Upsert(id, Maybe<std::string>("n" + std::to_string(Below(1000))),
                   Maybe<int64_t>(Below(1000)));
      }
    }
    return put;
  }
  void ApplyToModel(const TestPut& put) {
    for (const auto& change : put.changes) {
      const auto& sent = change.row;
      auto old = model_.find(sent.id);
      if (put.targets.empty()) {
        if (old != model_.end()) model_.erase(old);
        if (!change.is_delete) model_.emplace(sent.id, sent);
        continue;
      }
      bool name = put.targets[1] == 1;
      if (!change.is_delete) {
        auto& row = model_.try_emplace(sent.id, TestRow{sent.id, {}, {}}).first->second;
        if (name) row.name = sent.name;
        if (!name) row.v = sent.v;
      } else if (old != model_.end()) {
        auto& row = old->second;
        bool others_null = name ? !row.v : !row.name;
        if (name) row.name = std::nullopt;
        if (!name) row.v = std::nullopt;
        if (others_null) model_.erase(old);
      }
    }
  }
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  template <class T>
  std::optional<T> Maybe(T value) {
    if (Below(8) == 0) return std::nullopt;
    return value;
  }
  void Restart() {
    bool clean = Below(2) == 0;
    if (clean) Close();
    if (!clean) Drop();
    Open(clean);
  }

  std::mt19937 random_{static_cast<uint32_t>(GetParam())};
  int32_t sequence_ = 0;
  std::map<int, TestRow> model_;
};

TEST_P(KvModelTest, RowsChangelogAndModelAgree) {
  tablet_options_.replay_most = 500;
  SetTable({{"table.log.arrow.compression.type", GetParam() % 2 ? "ZSTD" : "NONE"},
            {"table.log.format", GetParam() % 3 ? "ARROW" : "COMPACTED"}});
  Open();
  for (int step = 0; step < 400; step++) {
    auto put = RandomPut();
    auto appended = Append(put);
    ASSERT_TRUE(appended) << appended.error().message;
    ApplyToModel(put);
    if (Below(10) == 0) {
      auto again = Append(put);
      ASSERT_TRUE(again && again->duplicate);
    }
    if (Below(2) == 0) Apply();
    if (Below(50) != 0) continue;
    Restart();
    ASSERT_EQ(AllRows(), model_) << "step " << step;
  }
  Apply();
  EXPECT_EQ(AllRows(), model_);
  EXPECT_EQ(RowsOfChangelog(), model_);
  EXPECT_EQ(*Wait(tablet_->CountRows()), static_cast<int64_t>(model_.size()));
}

INSTANTIATE_TEST_SUITE_P(Seeds, KvModelTest, testing::Range(1, 7));

}  // namespace
}  // namespace millrace::kv
