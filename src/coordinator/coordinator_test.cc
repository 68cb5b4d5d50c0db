#include "coordinator/coordinator.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "coordinator/load.h"
#include "metastore/embedded/embedded_store.h"
#include "runtime/disk.h"
#include "runtime/runtime.h"

namespace millrace::coordinator {
namespace {

using runtime::Task;
using schema::DataType;
using schema::TableDescriptor;
using schema::TypeRoot;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// 2026-11-24 18:00 UTC
constexpr int64_t kNow = 1795543200000;
constexpr int64_t kDay = 86'400'000;

class FakeClock final : public runtime::Clock {
 public:
  runtime::Instant Now() const override { return {}; }
  TimestampMs WallNow() const override { return {now_ms}; }
  int64_t now_ms = kNow;
};

// Remembers what it hosts, as "<path>/<bucket>".
class FakeTablets final : public TabletControl {
 public:
  Task<std::vector<ReplicaFailure>> StartReplicas(std::vector<ReplicaSpec> replicas) override {
    std::vector<ReplicaFailure> failures;
    for (const ReplicaSpec& replica : replicas) {
      std::string name =
          fmt::format("{}/{}", replica.path.ToString(), replica.bucket.bucket_id.value);
      if (name == failing) {
        failures.push_back({replica.bucket, {ErrorCode::kStorage, "no disk"}});
      } else {
        hosted[replica.bucket] = name;
      }
      schema_ids[replica.table->info.id] = replica.table->info.schema_id;
    }
    co_return failures;
  }
  Task<std::vector<ReplicaFailure>> StopReplicas(std::vector<StopRequest> replicas,
                                                 bool delete_data) override {
    EXPECT_TRUE(delete_data);
    std::vector<ReplicaFailure> failures;
    for (const StopRequest& replica : replicas) {
      stopped.push_back(fmt::format("{}{}", replica.bucket.ToString(), replica.path ? "" : " ?"));
      hosted.erase(replica.bucket);
      if (fail_deletion) failures.push_back({replica.bucket, {ErrorCode::kStorage, "busy"}});
    }
    co_return failures;
  }
  Task<> UpdateTable(std::shared_ptr<const metastore::TableMetadata> table) override {
    schema_ids[table->info.id] = table->info.schema_id;
    updates++;
    co_return;
  }

  std::vector<std::string> Hosted() const {
    std::vector<std::string> names;
    for (const auto& [bucket, name] : hosted) names.push_back(name);
    return names;
  }

  std::string failing;
  bool fail_deletion = false;
  std::map<TableBucket, std::string> hosted;
  std::map<TableId, SchemaId> schema_ids;
  std::vector<std::string> stopped;
  int updates = 0;
};

// All that a view says, as text.
std::string Describe(const MetadataView& view) {
  std::set<std::string> lines;
  for (const std::string& name : view.ListDatabases()) {
    lines.insert("database " + name + " " + metastore::EncodeDatabase(*view.FindDatabase(name)));
  }
  auto add_buckets = [&](const std::string& owner, const std::vector<BucketMetadata>& buckets) {
    for (const BucketMetadata& bucket : buckets) {
      std::string replicas;
      for (ServerId server : bucket.replicas) replicas += fmt::format(" {}", server.value);
      lines.insert(fmt::format("{} bucket {}:{} {}", owner, bucket.id.value, replicas,
                               bucket.state ? metastore::EncodeLeaderIsr(*bucket.state) : "-"));
    }
  };
  view.ForEachTable([&](const auto& entry) {
    std::string path = entry->info().path.ToString();
    EXPECT_EQ(view.FindTable(entry->info().id), entry);
    lines.insert(fmt::format("table {} {} schema {} {}", path,
                             metastore::EncodeTable(entry->info()), entry->info().schema_id.value,
                             entry->table->descriptor_json));
    for (const auto& [id, schema] : entry->table->schemas) {
      lines.insert(
          fmt::format("table {} schema {} {}", path, id.value, schema::SchemaToJson(*schema)));
    }
    add_buckets(path, entry->buckets);
    for (const auto& [name, partition] : entry->partitions) {
      EXPECT_EQ(view.FindPartition(partition->info.id)->partition, partition);
      lines.insert(fmt::format("partition {} {} {}", path, name,
                               metastore::EncodePartition(partition->info)));
      add_buckets(path + "/" + name, partition->buckets);
    }
  });
  lines.insert("configs " + metastore::EncodeServerConfigs(view.server_configs()));
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// After each commit, loads what a coordinator would that starts now: a crash there must leave a
// catalog that can be read and in which every bucket has its leader.
class CheckingStore final : public metastore::Store {
 public:
  explicit CheckingStore(std::unique_ptr<metastore::Store> store) : store_(std::move(store)) {}

  Task<Result<std::optional<metastore::Node>>> Get(std::string path) override {
    return store_->Get(std::move(path));
  }
  Task<Result<std::vector<std::string>>> Children(std::string path) override {
    return store_->Children(std::move(path));
  }
  Task<Result<std::vector<std::pair<std::string, metastore::Node>>>> GetTree(
      std::string path) override {
    return store_->GetTree(std::move(path));
  }
  std::unique_ptr<metastore::Watch> WatchTree(std::string path,
                                              metastore::WatchCallback callback) override {
    return store_->WatchTree(std::move(path), std::move(callback));
  }
  Task<Result<metastore::CommitResult>> Commit(std::vector<metastore::Op> ops) override {
    if (fail_commits) co_return Error{ErrorCode::kStorage, "disk full"};
    auto result = co_await store_->Commit(std::move(ops));
    commits++;
    auto catalog = co_await metastore::LoadCatalog(*store_);
    EXPECT_TRUE(catalog) << catalog.error().message;
    auto loaded = BuildState(*std::move(catalog));
    EXPECT_TRUE(loaded) << loaded.error().message;
    on_disk = Describe(loaded->state.view);
    EXPECT_THAT(on_disk, testing::Not(HasSubstr(" -\n")));
    leftovers = loaded->dropped.size();
    co_return result;
  }

  bool fail_commits = false;
  int commits = 0;
  std::string on_disk;
  size_t leftovers = 0;

 private:
  std::unique_ptr<metastore::Store> store_;
};

TableDescriptor LogTable() {
  return {.schema = {.columns = {{.name = "id", .type = DataType::Of(TypeRoot::kBigInt), .id = 0},
                                 {.name = "dt", .type = DataType::Of(TypeRoot::kString), .id = 1}},
                     .highest_field_id = 1},
          .bucket_keys = {"id"},
          .bucket_count = 2};
}

TableDescriptor DailyTable() {
  TableDescriptor descriptor = LogTable();
  descriptor.partition_keys = {"dt"};
  descriptor.bucket_count = 1;
  descriptor.properties = {{"table.auto-partition.enabled", "true"},
                           {"table.auto-partition.time-zone", "UTC"},
                           {"table.auto-partition.num-retention", "1"}};
  return descriptor;
}

class CoordinatorTest : public testing::Test {
 protected:
  CoordinatorTest()
      : directory_(fmt::format("{}/millrace-coordinator-{}-{}", testing::TempDir(),
                               testing::UnitTest::GetInstance()->current_test_info()->name(),
                               ::getpid())) {
    EXPECT_TRUE(runtime::SystemDisk().RemoveAll(directory_));
    Restart();
  }
  ~CoordinatorTest() override {
    Stop();
    EXPECT_TRUE(runtime::SystemDisk().RemoveAll(directory_));
  }

  void StopCoordinator() {
    runtime_.BlockOn(runtime::RunOn(runtime_.shard(1), coordinator_->Stop()));
  }
  void Stop() {
    if (coordinator_) StopCoordinator();
    coordinator_.reset();
    store_.reset();
  }
  void Restart() {
    Stop();
    auto store = metastore::OpenEmbeddedStore(directory_, runtime_.blocking_pool());
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::make_unique<CheckingStore>(*std::move(store));
    coordinator_ =
        std::make_unique<Coordinator>(runtime_.shard(1), clock_, *store_, tablets_, options_);
    EXPECT_EQ(Run(coordinator_->Start()), "");
    Settle();
  }

  // Runs it on the coordinator's shard; "" or the error's name. What reached the store is what
  // readers see.
  std::string Run(Task<Result<void>> task) {
    Result<void> result;
    runtime_.BlockOn(Keep(runtime::RunOn(runtime_.shard(1), std::move(task)), result));
    if (!store_->on_disk.empty() && result) {
      EXPECT_EQ(Describe(*coordinator_->view()), store_->on_disk);
    }
    if (result) return "";
    message_ = result.error().message;
    return std::string(ErrorName(result.error().code));
  }
  static Task<> Keep(Task<Result<void>> task, Result<void>& result) {
    result = co_await std::move(task);
  }
  // Lets what was started in the background begin, then waits for the auto-partition check.
  void Settle() {
    runtime_.BlockOn(runtime::RunOn(runtime_.shard(1), coordinator_->CheckAutoPartitions()));
  }
  int64_t NextWriterId() {
    int64_t id = -1;
    runtime_.BlockOn(KeepWriterId(*coordinator_, id));
    return id;
  }
  static Task<> KeepWriterId(Coordinator& coordinator, int64_t& id) {
    auto result = co_await runtime::RunOn(coordinator.shard(), coordinator.NextWriterId());
    if (result) id = result->value;
  }
  template <class T>
  T Wait(Task<T> task) {
    std::optional<T> result;
    runtime_.BlockOn(KeepAny(runtime::RunOn(runtime_.shard(1), std::move(task)), result));
    return std::move(*result);
  }
  template <class T>
  static Task<> KeepAny(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
  std::vector<std::string> Partitions(const TablePath& path) {
    std::vector<std::string> names;
    for (const auto& [name, partition] : coordinator_->view()->FindTable(path)->partitions) {
      names.push_back(name);
    }
    return names;
  }

  const std::string directory_;
  runtime::Runtime runtime_{2, 2};
  FakeClock clock_;
  FakeTablets tablets_;
  CoordinatorOptions options_;
  std::unique_ptr<CheckingStore> store_;
  std::unique_ptr<Coordinator> coordinator_;
  std::string message_;
  const TablePath table_{"fluss", "t"};
  const TablePath daily_{"fluss", "daily"};
};

TEST_F(CoordinatorTest, TheFirstStartMakesTheDefaultDatabase) {
  EXPECT_THAT(coordinator_->view()->ListDatabases(), ElementsAre("fluss"));
  int commits = store_->commits;
  EXPECT_EQ(commits, 1);
  Restart();
  EXPECT_EQ(store_->commits, 0);
  EXPECT_THAT(coordinator_->view()->ListDatabases(), ElementsAre("fluss"));
}

TEST_F(CoordinatorTest, ARestartFindsEverything) {
  EXPECT_EQ(Run(coordinator_->CreateDatabase("db", {"about", {{"k", "v"}}}, false)), "");
  EXPECT_EQ(Run(coordinator_->CreateTable(table_, LogTable(), false)), "");
  EXPECT_EQ(Run(coordinator_->CreateTable({"db", "t"}, LogTable(), false)), "");
  EXPECT_EQ(Run(coordinator_->CreateTable(daily_, DailyTable(), false)), "");
  EXPECT_EQ(Run(coordinator_->CreatePartition(daily_, {{"dt", "20270101"}}, false)), "");
  EXPECT_EQ(Run(coordinator_->CreatePartition(daily_, {{"dt", "20261123"}}, false)), "");
  TableChanges changes{.add_columns = {{.name = "x", .type = DataType::Of(TypeRoot::kDouble)}}};
  EXPECT_EQ(Run(coordinator_->AlterTable(table_, changes, false)), "");
  clock_.now_ms++;
  EXPECT_EQ(Run(coordinator_->AlterTable(table_, {.properties = {{"a", "1"}}}, false)), "");
  EXPECT_EQ(Run(coordinator_->AlterDatabase("db", {{"k", "w"}}, std::nullopt, false)), "");
  EXPECT_EQ(Run(coordinator_->DropPartition(daily_, {{"dt", "20261123"}}, false)), "");
  EXPECT_EQ(Run(coordinator_->DropTable({"db", "t"}, false)), "");
  EXPECT_EQ(Run(coordinator_->AlterConfigs({{"datalake.format", "paimon"}})), "");
  StopCoordinator();

  std::string before = Describe(*coordinator_->view());
  auto hosted = tablets_.hosted;
  EXPECT_THAT(tablets_.Hosted(),
              UnorderedElementsAre("fluss.t/0", "fluss.t/1", "fluss.daily(p=20261124)/0",
                                   "fluss.daily(p=20261125)/0", "fluss.daily(p=20270101)/0"));
  EXPECT_EQ(store_->leftovers, 0);
  tablets_ = FakeTablets();
  Restart();
  EXPECT_EQ(store_->commits, 0);
  EXPECT_EQ(Describe(*coordinator_->view()), before);
  EXPECT_EQ(tablets_.hosted, hosted);
  EXPECT_EQ(tablets_.schema_ids.at({0}), SchemaId{2});

  // Ids go on where they were.
  EXPECT_EQ(Run(coordinator_->CreateTable({"db", "t"}, LogTable(), false)), "");
  EXPECT_EQ(coordinator_->view()->FindTable(TablePath{"db", "t"})->info().id, TableId{3});
}

TEST_F(CoordinatorTest, ATableServesOnceItIsCreated) {
  EXPECT_EQ(Run(coordinator_->CreateTable(table_, LogTable(), false)), "");
  EXPECT_THAT(tablets_.Hosted(), ElementsAre("fluss.t/0", "fluss.t/1"));
  EXPECT_EQ(Run(coordinator_->CreateTable(table_, LogTable(), false)), "TABLE_ALREADY_EXIST");
  EXPECT_EQ(Run(coordinator_->CreateTable(table_, LogTable(), true)), "");
  TableChanges changes{.add_columns = {{.name = "x", .type = DataType::Of(TypeRoot::kDouble)}}};
  EXPECT_EQ(Run(coordinator_->AlterTable(table_, changes, false)), "");
  EXPECT_EQ(tablets_.schema_ids.at({0}), SchemaId{2});
  EXPECT_EQ(tablets_.updates, 1);
}

TEST_F(CoordinatorTest, AReplicaThatFailsTakesItsBucketOffline) {
  tablets_.failing = "fluss.t/1";
  EXPECT_EQ(Run(coordinator_->CreateTable(table_, LogTable(), false)), "");
  EXPECT_THAT(tablets_.Hosted(), ElementsAre("fluss.t/0"));
  EXPECT_EQ(coordinator_->view()->Health().active_leader_replicas, 1);
  EXPECT_EQ(coordinator_->view()->Health().status, ClusterHealth::Status::kRed);
  Restart();
  EXPECT_EQ(coordinator_->view()->Health().status, ClusterHealth::Status::kRed);
  tablets_.failing = "";
  Restart();
  EXPECT_EQ(coordinator_->view()->Health().status, ClusterHealth::Status::kGreen);
}

TEST_F(CoordinatorTest, WhatTheStoreRefusesDoesNotHappen) {
  store_->fail_commits = true;
  std::string before = Describe(*coordinator_->view());
  EXPECT_EQ(Run(coordinator_->CreateTable(table_, LogTable(), false)), "STORAGE_EXCEPTION");
  EXPECT_EQ(Run(coordinator_->CreateDatabase("db", {}, false)), "STORAGE_EXCEPTION");
  EXPECT_EQ(Run(coordinator_->DropDatabase("none", false, false)), "DATABASE_NOT_EXIST");
  EXPECT_EQ(NextWriterId(), -1);
  EXPECT_EQ(Describe(*coordinator_->view()), before);
  EXPECT_THAT(tablets_.Hosted(), IsEmpty());
  store_->fail_commits = false;
  EXPECT_EQ(Run(coordinator_->CreateTable(table_, LogTable(), false)), "");
  EXPECT_EQ(NextWriterId(), 0);
}

TEST_F(CoordinatorTest, WhatADropLeavesIsDeletedAtTheNextStart) {
  EXPECT_EQ(Run(coordinator_->CreateTable(table_, LogTable(), false)), "");
  EXPECT_EQ(Run(coordinator_->CreateTable(daily_, DailyTable(), false)), "");
  tablets_.fail_deletion = true;
  EXPECT_EQ(Run(coordinator_->DropDatabase("fluss", false, true)), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(Run(coordinator_->DropTable(table_, false)), "");
  EXPECT_EQ(Run(coordinator_->DropPartition(daily_, {{"dt", "20261125"}}, false)), "");
  StopCoordinator();
  EXPECT_THAT(tablets_.stopped,
              ElementsAre("table 0 bucket 0", "table 0 bucket 1", "table 1 partition 1 bucket 0"));
  EXPECT_EQ(store_->leftovers, 2);

  tablets_ = FakeTablets();
  Restart();
  StopCoordinator();
  EXPECT_THAT(tablets_.stopped, UnorderedElementsAre("table 0 bucket 0 ?", "table 0 bucket 1 ?",
                                                     "table 1 partition 1 bucket 0 ?"));
  EXPECT_EQ(store_->leftovers, 0);
}

TEST_F(CoordinatorTest, PartitionsComeAndGoWithTheDays) {
  EXPECT_EQ(Run(coordinator_->CreateTable(daily_, DailyTable(), false)), "");
  EXPECT_THAT(Partitions(daily_), ElementsAre("20261124", "20261125"));
  EXPECT_THAT(tablets_.Hosted(),
              ElementsAre("fluss.daily(p=20261124)/0", "fluss.daily(p=20261125)/0"));
  Settle();
  EXPECT_THAT(Partitions(daily_), ElementsAre("20261124", "20261125"));
  clock_.now_ms += 2 * kDay;
  Settle();
  EXPECT_THAT(Partitions(daily_), ElementsAre("20261125", "20261126", "20261127"));
  // At once when the options change.
  TableChanges changes{.properties = {{"table.auto-partition.num-retention", "0"}}};
  EXPECT_EQ(Run(coordinator_->AlterTable(daily_, changes, false)), "");
  EXPECT_THAT(Partitions(daily_), ElementsAre("20261126", "20261127"));
  // And when the coordinator starts.
  clock_.now_ms += kDay;
  Restart();
  EXPECT_THAT(Partitions(daily_), ElementsAre("20261127", "20261128"));
}

TEST_F(CoordinatorTest, WriterIdsAreNeverTheSame) {
  EXPECT_EQ(NextWriterId(), 0);
  int commits = store_->commits;
  for (int64_t i = 1; i < 250; i++) EXPECT_EQ(NextWriterId(), i);
  EXPECT_EQ(store_->commits, commits + 2);
  Restart();
  EXPECT_EQ(NextWriterId(), 300);
}

TEST_F(CoordinatorTest, OptionsAreKeptAndAnnounced) {
  std::vector<metastore::ServerConfigs> announced;
  options_.config_rules.initial = {{"data.dir", "/d"}, {"datalake.format", "iceberg"}};
  options_.on_configs_changed = [&](const metastore::ServerConfigs& configs) {
    announced.push_back(configs);
  };
  Restart();
  EXPECT_EQ(Run(coordinator_->AlterConfigs({{"datalake.format", "paimon"}})), "");
  EXPECT_EQ(Run(coordinator_->AlterConfigs({{"datalake.format", "paimon"}})), "");
  EXPECT_EQ(Run(coordinator_->AlterConfigs({{"data.dir", "/e"}})), "CONFIG_EXCEPTION");
  EXPECT_THAT(announced, ElementsAre(metastore::ServerConfigs{},
                                     metastore::ServerConfigs{{"datalake.format", "paimon"}}));
  Restart();
  EXPECT_EQ(announced.size(), 3);
  std::vector<std::string> described;
  for (const ConfigEntry& entry : coordinator_->DescribeConfigs()) {
    described.push_back(fmt::format("{}={}{}", entry.key, entry.value.value_or("none"),
                                    entry.dynamic ? " dynamic" : ""));
  }
  EXPECT_THAT(described, ElementsAre("data.dir=/d", "datalake.format=paimon dynamic"));
}

Task<> CreateMany(Coordinator& coordinator, std::vector<std::string>& order) {
  for (int i = 0; i < 5; i++) {
    runtime::Spawn([](Coordinator& c, std::vector<std::string>& done, int n) -> Task<> {
      auto result = co_await c.CreateDatabase(fmt::format("db{}", n), {}, false);
      done.push_back(fmt::format("{}{}", n, result ? "" : " failed"));
    }(coordinator, order, i));
  }
  auto last = co_await coordinator.CreateDatabase("last", {}, false);
  order.push_back(last ? "last" : "last failed");
}

TEST_F(CoordinatorTest, WritesHappenInTheOrderTheyCome) {
  std::vector<std::string> order;
  runtime_.BlockOn(runtime::RunOn(runtime_.shard(1), CreateMany(*coordinator_, order)));
  EXPECT_THAT(order, ElementsAre("0", "1", "2", "3", "4", "last"));
  EXPECT_EQ(coordinator_->view()->ListDatabases().size(), 7);
}

TEST_F(CoordinatorTest, KeepsWhereProducersBegin) {
  TimestampMs later = {clock_.WallNow().value + 3'600'000};
  metastore::ProducerOffsets offsets = {later, {{{{1}, PartitionId{2}, {0}}, {5}}}};
  EXPECT_TRUE(*Wait(coordinator_->RegisterProducer("job-1", offsets)));
  EXPECT_FALSE(*Wait(coordinator_->RegisterProducer("job-1", {later, {}})));
  EXPECT_EQ(**Wait(coordinator_->FindProducer("job-1")), offsets);
  Restart();
  EXPECT_EQ(**Wait(coordinator_->FindProducer("job-1")), offsets);
  EXPECT_TRUE(Wait(coordinator_->DeleteProducer("job-1")));
  EXPECT_TRUE(Wait(coordinator_->DeleteProducer("job-1")));
  EXPECT_EQ(*Wait(coordinator_->FindProducer("job-1")), std::nullopt);

  // One that has expired is as good as none.
  EXPECT_TRUE(*Wait(coordinator_->RegisterProducer("old", {clock_.WallNow(), {}})));
  EXPECT_EQ(*Wait(coordinator_->FindProducer("old")), std::nullopt);
  EXPECT_TRUE(*Wait(coordinator_->RegisterProducer("old", offsets)));
  EXPECT_EQ(Wait(coordinator_->RegisterProducer("a/b", offsets)).error().code,
            ErrorCode::kInvalidProducerId);
}

TEST_F(CoordinatorTest, GivesNoIdTwice) {
  EXPECT_EQ(Wait(coordinator_->TakeIds({"fluss", "t"}, 0, 10)).error().code,
            ErrorCode::kTableNotExist);
  EXPECT_EQ(Run(coordinator_->CreateTable({"fluss", "t"}, LogTable(), false)), "");
  EXPECT_EQ(*Wait(coordinator_->TakeIds({"fluss", "t"}, 0, 10)), 1);
  EXPECT_EQ(*Wait(coordinator_->TakeIds({"fluss", "t"}, 1, 10)), 1);
  Restart();
  EXPECT_EQ(*Wait(coordinator_->TakeIds({"fluss", "t"}, 0, 10)), 11);
}

}  // namespace
}  // namespace millrace::coordinator
