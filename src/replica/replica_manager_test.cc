// Buckets that come, go, change and break.
#include "log/checkpoint_file.h"
#include "replica/manager_for_test.h"

namespace millrace::replica {
namespace {

using record::kArrowPlain;

class ReplicaManagerTest : public ManagerTest {
 protected:
  void Flip(const std::string& path, int64_t position) {
    auto file = *disk_.Open(path, runtime::OpenMode::kReadWrite);
    std::byte byte;
    ASSERT_TRUE(file->Read(position, {&byte, 1}));
    byte ^= std::byte{1};
    ASSERT_TRUE(file->Write(position, {&byte, 1}));
  }
  // Which shards have replicas, and how many.
  std::map<int, int> Spread() {
    std::map<int, int> spread;
    runtime_.BlockOn(
        manager_->ForEach([&](Replica&) { spread[runtime::Shard::Current()->index()]++; }));
    return spread;
  }
};

TEST_F(ReplicaManagerTest, SpreadsBucketsOverTheShards) {
  StartManager();
  for (int id = 0; id < 30; id++) StartReplica({{7}, std::nullopt, {id}});
  StartReplica(kBucket);  // runs already
  auto spread = Spread();
  EXPECT_EQ(spread.size(), 3u);
  EXPECT_EQ(spread[0] + spread[1] + spread[2], 30);
}

TEST_F(ReplicaManagerTest, StoppingABucketDeletesItsDataWhenAsked) {
  TableBucket kept = {{7}, std::nullopt, {1}};
  StartAll();
  StartReplica(kept);
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), 0);
  EXPECT_EQ(Append(BatchOf(kArrowPlain), kept), 0);
  auto fetched = Fetch();
  EXPECT_TRUE(Wait(manager_->StopReplica(kBucket, std::nullopt, true)));
  EXPECT_FALSE(disk_.Exists(LogFile()));
  EXPECT_EQ(CodeOf(Fetch()), 21);
  // Who read before may still send.
  EXPECT_EQ(BasesOf(TextOf(fetched.records)), (std::vector<int64_t>{0}));

  EXPECT_TRUE(Wait(manager_->StopReplica(kept, std::nullopt, false)));
  EXPECT_TRUE(disk_.Exists(LogFile(kept)));
  PhysicalTablePath path = {table_->path, std::nullopt};
  EXPECT_TRUE(Wait(manager_->StopReplica(kept, path, true)));  // does not run any more
  // The database's directory stays: another table's may be about to be made in it.
  EXPECT_EQ(*disk_.List(options_.data_dir), std::vector<std::string>{"db"});
  EXPECT_EQ(*disk_.List(options_.data_dir + "/db"), std::vector<std::string>{});
}

Task<> StartAndStopAtOnce(ReplicaManager& manager, BucketSpec spec,
                          std::vector<FetchedPart>& parts) {
  co_await manager.StartReplica(spec);
  runtime::Gate gate;
  auto fetch = [](ReplicaManager& from, TableBucket bucket, std::vector<FetchedPart>& to,
                  runtime::Gate::Pass) -> Task<> {
    FetchRequest request;
    request.parts.push_back({.bucket = bucket, .from = {0}, .max_bytes = 1});
    to = co_await from.Fetch(request);
  };
  runtime::Spawn(fetch(manager, spec.bucket, parts, gate.Enter()));
  EXPECT_TRUE(co_await manager.StopReplica(spec.bucket, std::nullopt, true));
  co_await gate.WaitEmpty();
}

TEST_F(ReplicaManagerTest, ABucketMayGoWhileItOpens) {
  StartManager();
  for (int id = 0; id < 30; id++) {
    std::vector<FetchedPart> parts;
    BucketSpec spec = {{{7}, std::nullopt, {id}}, {table_->path, std::nullopt}, table_};
    runtime_.BlockOn(StartAndStopAtOnce(*manager_, spec, parts));
    EXPECT_TRUE(CodeOf(parts[0]) == 0 || CodeOf(parts[0]) == 12) << CodeOf(parts[0]);
  }
  EXPECT_TRUE(Spread().empty());
}

TEST_F(ReplicaManagerTest, ANewSchemaIsTakenAtOnce) {
  StartAll();
  std::string old_rows = BatchOf(kArrowPlain);
  EXPECT_EQ(Append(old_rows), 0);
  std::string new_rows = BatchOf(record::kAllTypes);
  new_rows[25] = 2;
  StoreLittle<uint32_t>(record::AsMutableBytes(new_rows).data() + 21,
                        Crc32c(AsBytes(new_rows).subspan(25)));
  EXPECT_EQ(Append(new_rows), -9);

  auto changed = std::make_shared<TableFacts>(*table_);
  changed->schemas[{2}] = std::make_shared<const schema::Schema>(record::AllTypesSchema());
  auto other = std::make_shared<TableFacts>(*changed);
  other->id = {8};
  runtime_.BlockOn(manager_->UpdateTable(other));  // of another table
  EXPECT_EQ(Append(new_rows), -9);
  runtime_.BlockOn(manager_->UpdateTable(changed));
  EXPECT_EQ(Append(new_rows), 3);
  EXPECT_EQ(Append(old_rows), 6);
}

TEST_F(ReplicaManagerTest, ADamagedLogTakesOnlyItsBucketOffline) {
  TableBucket other = {{7}, std::nullopt, {1}};
  StartAll();
  StartReplica(other);
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(Append(BatchOf(kArrowPlain)), 3 * i);
    EXPECT_EQ(Append(BatchOf(kArrowPlain), other), 3 * i);
  }
  KillManager();
  Flip(LogFile(), 500);
  // A clean stop between does not make the damage good.
  for (int start = 0; start < 3; start++) {
    StartAll();
    StartReplica(other);
    auto fetched = Fetch();
    EXPECT_EQ(CodeOf(fetched), 26);
    ASSERT_TRUE(fetched.error);
    EXPECT_NE(fetched.error->message.find(LogFile()), std::string::npos) << fetched.error->message;
    EXPECT_EQ(Append(BatchOf(kArrowPlain)), -26);
    EXPECT_EQ(Fetch({0}, other).size_bytes, 3 * BatchOf(kArrowPlain).size());
    StopManager();
  }
}

// At the end of a log damage looks like a torn write; that the bytes were durable tells them apart,
// and this must not be forgotten while the bucket is offline.
TEST_F(ReplicaManagerTest, DamageAtTheEndIsNotCutOffLater) {
  StartAll();
  for (int i = 0; i < 3; i++) EXPECT_EQ(Append(BatchOf(kArrowPlain)), 3 * i);
  StopManager();
  ASSERT_TRUE(disk_.Remove(log::CleanShutdownMarkerPath(options_.data_dir)));
  Flip(LogFile(), static_cast<int64_t>(3 * BatchOf(kArrowPlain).size() - 1));
  for (int start = 0; start < 3; start++) {
    StartAll();
    EXPECT_EQ(CodeOf(Fetch()), 26);
    StopManager();
    auto points = log::ReadCheckpointFile(disk_, log::RecoveryPointPath(options_.data_dir));
    EXPECT_EQ(points->at(kBucket), Offset{9});
  }
}

TEST_F(ReplicaManagerTest, ATornTailIsCut) {
  StartAll();
  for (int i = 0; i < 3; i++) EXPECT_EQ(Append(BatchOf(kArrowPlain)), 3 * i);
  KillManager();
  std::filesystem::resize_file(LogFile(), 3 * BatchOf(kArrowPlain).size() - 10);
  StartAll();
  EXPECT_EQ(BasesOf(TextOf(Fetch().records)), (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), 6);
}

TEST_F(ReplicaManagerTest, DeletesExpiredSegments) {
  options_.log.segment_bytes = 1000;  // two batches
  options_.retention_check_interval = std::chrono::milliseconds(1);
  auto facts = std::make_shared<TableFacts>(*table_);
  facts->config.log_ttl = std::chrono::milliseconds(1);
  table_ = facts;
  StartAll();
  for (int i = 0; i < 9; i++) EXPECT_EQ(Append(BatchOf(kArrowPlain)), 3 * i);
  // The active segment, with the ninth batch, stays.
  auto start = [&] {
    return Wait(manager_->ListOffset(kBucket, OffsetKind::kEarliest, {}))->value;
  };
  while (start() < 24) {
  }
  EXPECT_EQ(BasesOf(TextOf(Fetch().records)), (std::vector<int64_t>{24}));
  EXPECT_EQ(CodeOf(Fetch({3})), 19);
  roll_active_ = 1;
  while (start() < 27) {
  }
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), 27);
}

TEST_F(ReplicaManagerTest, AStopWithoutReplicasIsCleanToo) {
  StartManager();
  StopManager();
  EXPECT_TRUE(disk_.Exists(log::CleanShutdownMarkerPath(options_.data_dir)));
}

}  // namespace
}  // namespace millrace::replica
