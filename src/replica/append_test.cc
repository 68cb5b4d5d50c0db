// Appends: their order, when they are acknowledged, and what of them a restart finds.
#include "replica/manager_for_test.h"

namespace millrace::replica {
namespace {

using record::kArrowPlain;
using AppendTest = ManagerTest;

Task<> AppendInto(ReplicaManager& manager, TableBucket bucket, std::string records, bool wait,
                  Result<log::Appended>& result, runtime::Gate::Pass) {
  result = co_await manager.Append(bucket, record::AsMutableBytes(records), wait);
}

// Sends batches of one writer one after the other without waiting for their answers.
Task<> Pipeline(ReplicaManager& manager, BucketSpec spec, int count, std::vector<int64_t>& bases) {
  std::vector<Result<log::Appended>> results(count);
  runtime::Gate gate;
  co_await manager.StartReplica(spec);
  for (int i = 0; i < count; i++) {
    runtime::Spawn(AppendInto(manager, spec.bucket, BatchOf(kArrowPlain, 5, i), i % 2 == 0,
                              results[i], gate.Enter()));
    // Some come while the log opens, some at the moment when it is open, some after it.
    for (int j = 0; j < i % 7; j++) co_await runtime::Yield();
  }
  co_await gate.WaitEmpty();
  for (auto& result : results) {
    bases.push_back(result ? result->base_offset.value
                           : -static_cast<int64_t>(result.error().code));
  }
}

TEST_F(AppendTest, KeepsTheOrderOfArrivalWhileTheLogOpens) {
  StartManager();
  for (int id = 0; id < 20; id++) {
    TableBucket bucket = {{7}, std::nullopt, {id}};
    std::vector<int64_t> bases, expected;
    for (int i = 0; i < 100; i++) expected.push_back(int64_t{3} * i);
    BucketSpec spec = {bucket, {table_->path, std::nullopt}, table_};
    runtime_.BlockOn(Pipeline(*manager_, spec, 100, bases));
    ASSERT_EQ(bases, expected) << "bucket " << id;
  }
}

// The opening ends, those that waited are woken, and before they run another one comes: it is
// behind them.
Task<> ComeAtTheMomentOfOpening(Replica& replica, std::vector<int64_t>& bases) {
  constexpr int kCount = 40;
  std::vector<std::string> records;
  for (int i = 0; i < kCount; i++) records.push_back(BatchOf(kArrowPlain, 5, i));
  std::vector<Result<log::Appended>> results(kCount);
  runtime::Gate gate;
  auto append = [](Replica& to, std::string& from, Result<log::Appended>& result,
                   runtime::Gate::Pass) -> Task<> {
    result = co_await to.Append(record::AsMutableBytes(from), false);
  };
  runtime::Spawn(replica.Open());
  for (int i = 0; i < kCount; i++) {
    runtime::Spawn(append(replica, records[i], results[i], gate.Enter()));
    if (i < kCount / 2) continue;
    // Every turn of the event loop from here on is tried, the one between among them.
    co_await runtime::Yield();
  }
  co_await gate.WaitEmpty();
  for (auto& result : results) bases.push_back(result ? result->base_offset.value : -1);
  EXPECT_TRUE(co_await replica.Close());
}

TEST_F(AppendTest, NobodyOvertakesThoseThatWaitedForTheOpening) {
  std::vector<int64_t> expected;
  for (int i = 0; i < 40; i++) expected.push_back(int64_t{3} * i);
  for (int round = 0; round < 10; round++) {
    std::string directory = root_ + "/log-" + std::to_string(round);
    auto replica = std::make_shared<Replica>(Replica::Setup{kBucket,
                                                            {table_->path, std::nullopt},
                                                            table_,
                                                            directory,
                                                            options_.log,
                                                            LiveOption<bool>(&roll_active_),
                                                            {0},
                                                            false},
                                             Environment{disk_, runtime_.blocking_pool()});
    std::vector<int64_t> bases;
    runtime_.BlockOn(ComeAtTheMomentOfOpening(*replica, bases));
    ASSERT_EQ(bases, expected) << "round " << round;
  }
}

TEST_F(AppendTest, AcknowledgesWhatIsDurableAndShowsNothingElse) {
  StartAll();
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), 0);
  int syncs = disk_.sync_count();
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), 3);
  EXPECT_GT(disk_.sync_count(), syncs);
  EXPECT_EQ(Fetch().high_watermark, Offset{6});

  disk_.FailSyncs(true);
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), -26);
  // Nobody knows what is on the device: the bucket is offline.
  EXPECT_EQ(CodeOf(Fetch()), 26);
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), -26);
  disk_.FailSyncs(false);
}

TEST_F(AppendTest, RefusesWhatItMustWithTheRightCode) {
  StartAll();
  std::string damaged = BatchOf(kArrowPlain);
  damaged[100] ^= 1;
  std::string unknown_schema = BatchOf(kArrowPlain);
  unknown_schema[25] = 9;
  StoreLittle<uint32_t>(record::AsMutableBytes(unknown_schema).data() + 21,
                        Crc32c(AsBytes(unknown_schema).subspan(25)));
  struct Case {
    const char* what;
    std::string records;
    int64_t expected;
  };
  const Case cases[] = {
      {"damaged", damaged, -14},
      {"of a schema the table does not have", unknown_schema, -9},
      {"in another format, checksum right", BatchOf(record::kIndexed), 1},
      {"first of its writer with a sequence", BatchOf(kArrowPlain, 4, 3), -31},
      {"good", BatchOf(kArrowPlain, 4, 0), 0},
      {"the same again", BatchOf(kArrowPlain, 4, 0), 0},
      {"with a gap", BatchOf(kArrowPlain, 4, 2), -31},
      {"next", BatchOf(kArrowPlain, 4, 1), 3},
      {"nothing", "", -1},
      {"a good one and a cut one", BatchOf(kArrowPlain) + BatchOf(kArrowPlain).substr(0, 99), 6},
  };
  for (const auto& c : cases) EXPECT_EQ(Append(c.records), c.expected) << c.what;
  TableBucket other = {{7}, std::nullopt, {1}};
  EXPECT_EQ(Append(BatchOf(kArrowPlain), other), -21);
  auto totals = table_->probe->Read();
  EXPECT_EQ(totals.messages_in, 9);
  EXPECT_EQ(totals.bytes_in, static_cast<int64_t>(3 * BatchOf(kArrowPlain).size()));
}

TEST_F(AppendTest, AFullDiskIsRetriableAndPasses) {
  StartAll();
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), 0);
  disk_.FailWrites(true);
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), -10);
  EXPECT_EQ(BasesOf(TextOf(Fetch().records)), (std::vector<int64_t>{0}));
  disk_.FailWrites(false);
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), 3);
  EXPECT_EQ(BasesOf(TextOf(Fetch().records)), (std::vector<int64_t>{0, 3}));
}

TEST_F(AppendTest, ARestartKeepsRowsAndWriters) {
  for (bool clean : {true, false}) {
    SCOPED_TRACE(clean ? "clean" : "killed");
    std::filesystem::remove_all(options_.data_dir);
    StartAll();
    for (int i = 0; i < 10; i++) EXPECT_EQ(Append(BatchOf(kArrowPlain, 4, i)), 3 * i);
    std::string before = TextOf(Fetch().records);
    clean ? StopManager() : KillManager();
    EXPECT_EQ(disk_.Exists(log::CleanShutdownMarkerPath(options_.data_dir)), clean);
    StartAll();
    auto fetched = Fetch();
    EXPECT_EQ(fetched.high_watermark, Offset{30});
    EXPECT_EQ(TextOf(fetched.records), before);
    EXPECT_EQ(Append(BatchOf(kArrowPlain, 4, 9)), 27);  // a duplicate
    EXPECT_EQ(Append(BatchOf(kArrowPlain, 4, 11)), -31);
    EXPECT_EQ(Append(BatchOf(kArrowPlain, 4, 10)), 30);
    StopManager();
  }
}

}  // namespace
}  // namespace millrace::replica
