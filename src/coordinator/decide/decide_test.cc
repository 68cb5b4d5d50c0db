#include "coordinator/decide/decide.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::coordinator {
namespace {

using schema::DataType;
using schema::TableDescriptor;
using schema::TypeRoot;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// 2026-11-24 18:00 UTC
constexpr TimestampMs kNow{1795543200000};

TableDescriptor LogTable() {
  return {.schema = {.columns = {{.name = "id", .type = DataType::Of(TypeRoot::kBigInt), .id = 0},
                                 {.name = "dt", .type = DataType::Of(TypeRoot::kString), .id = 1},
                                 {.name = "eu", .type = DataType::Of(TypeRoot::kString), .id = 2}},
                     .highest_field_id = 2},
          .bucket_keys = {"id"},
          .bucket_count = 2};
}

TableDescriptor Partitioned(std::vector<std::string> keys) {
  TableDescriptor descriptor = LogTable();
  descriptor.partition_keys = std::move(keys);
  return descriptor;
}

TableDescriptor AutoPartitioned() {
  TableDescriptor descriptor = Partitioned({"dt"});
  descriptor.properties = {{"table.auto-partition.enabled", "true"},
                           {"table.auto-partition.time-zone", "UTC"},
                           {"table.auto-partition.num-retention", "2"}};
  return descriptor;
}

// The paths that a decision writes, each with its kind: "+" create, "=" set, "-" delete.
std::vector<std::string> Writes(const Decision& decision) {
  std::vector<std::string> writes;
  for (const auto& op : decision.ops) {
    writes.push_back("?+=--"[static_cast<int>(op.kind)] + op.path);
  }
  return writes;
}

class DecideTest : public testing::Test {
 protected:
  DecideTest() {
    Take(DecideCreateDatabase(state_, context_, "fluss", {}, false));
    Take(DecideCreateDatabase(state_, context_, "db", {}, false));
  }

  // Takes the decision into the state. Its error's name, "" when it had none.
  std::string Take(Result<Decision> decision) {
    if (!decision) {
      message_ = decision.error().message;
      return std::string(ErrorName(decision.error().code));
    }
    last_ = *std::move(decision);
    if (!last_.ops.empty()) state_ = last_.next;
    return "";
  }

  std::string CreateTable(const TablePath& path, TableDescriptor descriptor,
                          bool ignore_if_exists = false) {
    return Take(DecideCreateTable(state_, context_, path, std::move(descriptor), ignore_if_exists));
  }
  std::string CreatePartition(const TablePath& path, const schema::PartitionSpec& spec,
                              bool ignore_if_exists = false) {
    return Take(DecideCreatePartition(state_, context_, path, spec, ignore_if_exists));
  }
  std::string DropPartition(const TablePath& path, const schema::PartitionSpec& spec,
                            bool ignore_if_not_exists = false) {
    return Take(DecideDropPartition(state_, path, spec, ignore_if_not_exists));
  }
  std::string AlterTable(const TablePath& path, const TableChanges& changes,
                         bool ignore_if_not_exists = false) {
    return Take(DecideAlterTable(state_, context_, path, changes, ignore_if_not_exists));
  }

  Limits limits_{.max_partition_num = 3};
  Context context_{limits_, ServerId{0}, std::nullopt, kNow};
  State state_;
  Decision last_;
  std::string message_;
  const TablePath table_{"db", "t"};
};

TEST_F(DecideTest, DatabasesAreCreatedOnce) {
  struct Case {
    std::string name;
    bool ignore;
    std::string error;
  };
  for (const Case& c : std::vector<Case>{
           {"new", false, ""},
           {"db", false, "DATABASE_ALREADY_EXIST"},
           {"db", true, ""},
           {"", false, "INVALID_DATABASE_EXCEPTION"},
           {"a.b", false, "INVALID_DATABASE_EXCEPTION"},
           {"a/b", true, "INVALID_DATABASE_EXCEPTION"},
           {"__sys", false, "INVALID_DATABASE_EXCEPTION"},
           {std::string(201, 'x'), false, "INVALID_DATABASE_EXCEPTION"},
       }) {
    EXPECT_EQ(Take(DecideCreateDatabase(state_, context_, c.name, {}, c.ignore)), c.error)
        << c.name;
  }
  EXPECT_THAT(state_.view.ListDatabases(), ElementsAre("db", "fluss", "new"));
  EXPECT_THAT(last_.ops, IsEmpty());
}

TEST_F(DecideTest, DatabasesAreAltered) {
  auto alter = [&](const std::string& name, std::vector<schema::PropertyChange> changes,
                   std::optional<std::string> comment, bool ignore = false) {
    return Take(DecideAlterDatabase(state_, context_, name, changes, comment, ignore));
  };
  EXPECT_EQ(alter("none", {}, "c"), "DATABASE_NOT_EXIST");
  EXPECT_EQ(alter("none", {}, "c", true), "");
  EXPECT_THAT(last_.ops, IsEmpty());
  context_.now.value++;
  EXPECT_EQ(alter("db", {{"a", "1"}, {"b", "2"}, {"a", std::nullopt}}, "c"), "");
  EXPECT_THAT(Writes(last_), ElementsAre("=/metadata/databases/db"));
  auto database = state_.view.FindDatabase("db");
  EXPECT_EQ(database->descriptor, (schema::DatabaseDescriptor{"c", {{"b", "2"}}}));
  EXPECT_EQ(database->created, kNow);
  EXPECT_EQ(database->modified.value, kNow.value + 1);
  EXPECT_EQ(alter("db", {{"b", "2"}}, std::nullopt), "");
  EXPECT_THAT(last_.ops, IsEmpty());
  EXPECT_EQ(alter("db", {}, ""), "");
  EXPECT_EQ(state_.view.FindDatabase("db")->descriptor.comment, std::nullopt);
}

TEST_F(DecideTest, DatabasesAreDroppedWithTheirTables) {
  auto drop = [&](const std::string& name, bool ignore, bool cascade) {
    return Take(DecideDropDatabase(state_, name, ignore, cascade));
  };
  EXPECT_EQ(drop("none", false, false), "DATABASE_NOT_EXIST");
  EXPECT_EQ(drop("none", true, false), "");
  EXPECT_EQ(drop("fluss", true, true), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(CreateTable(table_, LogTable()), "");
  EXPECT_EQ(CreateTable({"db", "p"}, Partitioned({"dt"})), "");
  EXPECT_EQ(CreatePartition({"db", "p"}, {{"dt", "a"}}), "");
  EXPECT_EQ(CreateTable({"fluss", "t"}, LogTable()), "");
  EXPECT_EQ(drop("db", false, false), "DATABASE_NOT_EMPTY");
  EXPECT_EQ(drop("db", false, true), "");
  EXPECT_THAT(Writes(last_), ElementsAre("-/metadata/databases/db"));
  ASSERT_EQ(last_.drop.size(), 2);
  EXPECT_EQ(last_.drop[0].assignment_node, "/tabletservers/partitions/0");
  EXPECT_EQ(last_.drop[1].assignment_node, "/tabletservers/tables/0");
  EXPECT_EQ(last_.drop[1].replicas.size(), 2);
  EXPECT_THAT(state_.view.ListDatabases(), ElementsAre("fluss"));
  EXPECT_EQ(state_.view.table_count(), 1);
  EXPECT_EQ(state_.view.partition_count(), 0);
  EXPECT_EQ(state_.view.FindTable(TableId{0}), nullptr);
}

TEST_F(DecideTest, ANewTableIsOneTransaction) {
  ASSERT_EQ(CreateTable(table_, LogTable()), "");
  EXPECT_THAT(Writes(last_),
              ElementsAre("+/metadata/table_seqid", "+/metadata/databases/db/tables/t",
                          "+/metadata/databases/db/tables/t/schemas/1", "+/tabletservers/tables/0",
                          "+/tabletservers/tables/0/buckets/0/leader_isr",
                          "+/tabletservers/tables/0/buckets/1/leader_isr"));
  EXPECT_EQ(last_.ops[0].value, metastore::EncodeCounter(1));
  EXPECT_EQ(last_.ops[1].value,
            R"({"version":1,"table_id":0,"bucket_key":["id"],"bucket_count":2,)"
            R"("properties":{"table.replication.factor":"1"},"custom_properties":{},)"
            R"("created_time":1795543200000,"modified_time":1795543200000})");
  EXPECT_EQ(last_.ops[2].value, schema::SchemaToJson(LogTable().schema));
  EXPECT_EQ(last_.ops[3].value, R"({"version":1,"buckets":{"0":[0],"1":[0]}})");
  EXPECT_EQ(last_.ops[4].value,
            R"({"version":2,"leader":0,"leader_epoch":0,"isr":[0],"coordinator_epoch":0,)"
            R"("bucket_epoch":0,"standby_replicas":[]})");
  ASSERT_EQ(last_.start.size(), 2);
  EXPECT_EQ(last_.start[1].bucket, (TableBucket{{0}, std::nullopt, {1}}));
  EXPECT_EQ(last_.start[1].path, (PhysicalTablePath{table_, std::nullopt}));
  EXPECT_EQ(last_.start[1].state.leader, ServerId{0});

  auto entry = state_.view.FindTable(TableId{0});
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry, state_.view.FindTable(table_));
  EXPECT_EQ(entry->info().schema_id, SchemaId{1});
  EXPECT_EQ(entry->table->schemas.size(), 1);
  EXPECT_EQ(entry->table->descriptor_json, schema::TableDescriptorToJson(entry->info().descriptor));
  EXPECT_EQ(last_.start[0].table, entry->table);

  ASSERT_EQ(CreateTable({"db", "second"}, LogTable()), "");
  EXPECT_EQ(Writes(last_)[0], "=/metadata/table_seqid");
  EXPECT_EQ(last_.ops[0].version, 0);
  EXPECT_EQ(state_.next_table, (metastore::Counter{2, 1}));
}

TEST_F(DecideTest, BadTablesAreRefused) {
  limits_.tables.max_buckets = 10;
  ASSERT_EQ(CreateTable({"db", "there"}, LogTable()), "");
  struct Case {
    TablePath path;
    std::function<void(TableDescriptor&)> change;
    bool ignore;
    std::string error;
  };
  auto same = [](TableDescriptor&) {};
  for (const Case& c : std::vector<Case>{
           {{"none", "t"}, same, false, "DATABASE_NOT_EXIST"},
           {{"none", "t"}, same, true, "DATABASE_NOT_EXIST"},
           {{"db", "there"}, same, false, "TABLE_ALREADY_EXIST"},
           {{"db", "there"}, same, true, ""},
           {{"db", "a b"}, same, false, "INVALID_TABLE_EXCEPTION"},
           {{"db", "__t"}, same, false, "INVALID_TABLE_EXCEPTION"},
           {{"d/b", "t"}, same, false, "INVALID_DATABASE_EXCEPTION"},
           {table_, [](auto& d) { d.bucket_count = 11; }, false, "BUCKET_MAX_NUM_EXCEPTION"},
           {table_, [](auto& d) { d.bucket_count = 0; }, false, "INVALID_TABLE_EXCEPTION"},
           {table_, [](auto& d) { d.bucket_keys = {"x"}; }, false, "INVALID_TABLE_EXCEPTION"},
           {table_, [](auto& d) { d.properties["table.x"] = "1"; }, false,
            "INVALID_CONFIG_EXCEPTION"},
           {table_, [](auto& d) { d.properties["table.replication.factor"] = "2"; }, false,
            "INVALID_REPLICATION_FACTOR"},
       }) {
    TableDescriptor descriptor = LogTable();
    c.change(descriptor);
    message_ = c.path.ToString();
    EXPECT_EQ(CreateTable(c.path, descriptor, c.ignore), c.error) << c.path.ToString();
  }
  EXPECT_THAT(message_, HasSubstr("db.t"));
  EXPECT_EQ(state_.view.table_count(), 1);
  EXPECT_EQ(state_.next_table.next, 1);
}

TEST_F(DecideTest, TablesAreDropped) {
  EXPECT_EQ(Take(DecideDropTable(state_, table_, false)), "TABLE_NOT_EXIST");
  EXPECT_EQ(Take(DecideDropTable(state_, table_, true)), "");
  ASSERT_EQ(CreateTable(table_, LogTable()), "");
  ASSERT_EQ(Take(DecideDropTable(state_, table_, false)), "");
  EXPECT_THAT(Writes(last_), ElementsAre("-/metadata/databases/db/tables/t"));
  ASSERT_EQ(last_.drop.size(), 1);
  EXPECT_EQ(last_.drop[0].replicas[0].path, (PhysicalTablePath{table_, std::nullopt}));
  EXPECT_EQ(state_.view.FindTable(table_), nullptr);
  // Ids are not used again.
  ASSERT_EQ(CreateTable(table_, LogTable()), "");
  EXPECT_EQ(state_.view.FindTable(table_)->info().id, TableId{1});
}

TEST_F(DecideTest, ColumnsAreAdded) {
  ASSERT_EQ(CreateTable(table_, LogTable()), "");
  schema::AddColumn column{.name = "more", .type = DataType::Of(TypeRoot::kDouble)};
  ASSERT_EQ(AlterTable(table_, {.add_columns = {column}}), "");
  EXPECT_THAT(Writes(last_), ElementsAre("+/metadata/databases/db/tables/t/schemas/2"));
  auto entry = state_.view.FindTable(table_);
  EXPECT_EQ(entry->info().schema_id, SchemaId{2});
  EXPECT_EQ(entry->info().descriptor.schema.columns.back().name, "more");
  EXPECT_EQ(entry->info().descriptor.schema.highest_field_id, 3);
  ASSERT_EQ(entry->table->schemas.size(), 2);
  EXPECT_EQ(*entry->table->schemas.at({1}), LogTable().schema);
  EXPECT_EQ(*entry->table->schemas.at({2}), entry->info().descriptor.schema);
  EXPECT_THAT(entry->table->descriptor_json, HasSubstr("\"more\""));
  EXPECT_EQ(last_.update, entry->table);
  EXPECT_EQ(entry->buckets.size(), 2);

  EXPECT_EQ(state_.view.GetSchema(table_, std::nullopt)->id, SchemaId{2});
  EXPECT_EQ(*state_.view.GetSchema(table_, SchemaId{1})->schema, LogTable().schema);
  EXPECT_EQ(state_.view.GetSchema(table_, SchemaId{3}).error().code, ErrorCode::kSchemaNotExist);
  EXPECT_EQ(state_.view.GetSchema({"db", "none"}, std::nullopt).error().code,
            ErrorCode::kSchemaNotExist);
}

TEST_F(DecideTest, BadAlterationsAreRefused) {
  ASSERT_EQ(CreateTable(table_, LogTable()), "");
  schema::AddColumn good{.name = "more", .type = DataType::Of(TypeRoot::kDouble)};
  schema::AddColumn known{.name = "id", .type = DataType::Of(TypeRoot::kDouble)};
  schema::AddColumn not_null{.name = "n", .type = DataType::Of(TypeRoot::kDouble).NotNull()};
  TablePath none{"db", "none"};
  EXPECT_EQ(AlterTable(none, {.add_columns = {good}}), "TABLE_NOT_EXIST");
  EXPECT_EQ(AlterTable(none, {.add_columns = {good}}, true), "");
  EXPECT_EQ(AlterTable(table_, {.properties = {{"a", "1"}}, .add_columns = {good}}),
            "INVALID_ALTER_TABLE_EXCEPTION");
  EXPECT_EQ(AlterTable(none, {.properties = {{"a", "1"}}, .unsupported = "drop column 'a'"}),
            "INVALID_ALTER_TABLE_EXCEPTION");
  EXPECT_EQ(AlterTable(table_, {.add_columns = {known}}), "INVALID_ALTER_TABLE_EXCEPTION");
  EXPECT_EQ(AlterTable(table_, {.add_columns = {not_null}}), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(AlterTable(table_, {.unsupported = "drop column 'a'"}), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(message_, "Table db.t: drop column 'a' is not supported");
  EXPECT_EQ(AlterTable(table_, {.properties = {{"table.log.format", "INDEXED"}}}),
            "INVALID_ALTER_TABLE_EXCEPTION");
  EXPECT_EQ(AlterTable(table_, {.properties = {{"table.log.ttl", "soon"}}}),
            "INVALID_CONFIG_EXCEPTION");
  EXPECT_EQ(AlterTable({"db", ""}, {}), "INVALID_TABLE_EXCEPTION");
  EXPECT_EQ(state_.view.FindTable(table_)->info().schema_id, SchemaId{1});
}

TEST_F(DecideTest, PropertiesAreChanged) {
  ASSERT_EQ(CreateTable(table_, LogTable()), "");
  context_.now.value++;
  ASSERT_EQ(AlterTable(table_, {.properties = {{"table.log.ttl", "1 d"}, {"mine", "x"}}}), "");
  EXPECT_THAT(Writes(last_), ElementsAre("=/metadata/databases/db/tables/t"));
  auto entry = state_.view.FindTable(table_);
  EXPECT_EQ(last_.ops[0].value, metastore::EncodeTable(entry->info()));
  EXPECT_EQ(last_.update, entry->table);
  EXPECT_EQ(entry->info().descriptor.properties.at("table.log.ttl"), "1 d");
  EXPECT_EQ(entry->info().descriptor.custom_properties.at("mine"), "x");
  EXPECT_EQ(entry->info().created, kNow);
  EXPECT_EQ(entry->info().modified.value, kNow.value + 1);
  ASSERT_EQ(AlterTable(table_, {.properties = {{"mine", "x"}}}), "");
  EXPECT_THAT(last_.ops, IsEmpty());
  ASSERT_EQ(AlterTable(table_, {.properties = {{"mine", std::nullopt}}}), "");
  EXPECT_THAT(state_.view.FindTable(table_)->info().descriptor.custom_properties, IsEmpty());
}

TEST_F(DecideTest, PartitionsAreCreatedAndDropped) {
  ASSERT_EQ(CreateTable(table_, Partitioned({"eu", "dt"})), "");
  EXPECT_THAT(last_.start, IsEmpty());
  EXPECT_EQ(Writes(last_).back(), "+/metadata/databases/db/tables/t/partitions");
  ASSERT_EQ(CreatePartition(table_, {{"dt", "2027"}, {"eu", "de"}}), "");
  EXPECT_THAT(Writes(last_), ElementsAre("+/metadata/partition_seqid",
                                         "+/metadata/databases/db/tables/t/partitions/de$2027",
                                         "+/tabletservers/partitions/0",
                                         "+/tabletservers/partitions/0/buckets/0/leader_isr",
                                         "+/tabletservers/partitions/0/buckets/1/leader_isr"));
  EXPECT_EQ(last_.ops[1].value, R"({"version":1,"table_id":0,"partition_id":0})");
  ASSERT_EQ(last_.start.size(), 2);
  EXPECT_EQ(last_.start[0].bucket, (TableBucket{{0}, PartitionId{0}, {0}}));
  EXPECT_EQ(last_.start[0].path, (PhysicalTablePath{table_, "de$2027"}));

  auto found = state_.view.FindPartition(PartitionId{0});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->table->info().path, table_);
  EXPECT_EQ(found->partition->info.name, "de$2027");
  EXPECT_TRUE(state_.view.FindPartition(PhysicalTablePath{table_, "de$2027"}));
  EXPECT_FALSE(state_.view.FindPartition(PhysicalTablePath{table_, "de$2028"}));
  EXPECT_FALSE(state_.view.FindPartition(PhysicalTablePath{table_, std::nullopt}));

  ASSERT_EQ(DropPartition(table_, {{"dt", "2027"}, {"eu", "de"}}), "");
  EXPECT_THAT(Writes(last_), ElementsAre("-/metadata/databases/db/tables/t/partitions/de$2027"));
  ASSERT_EQ(last_.drop.size(), 1);
  EXPECT_EQ(last_.drop[0].assignment_node, "/tabletservers/partitions/0");
  EXPECT_FALSE(state_.view.FindPartition(PartitionId{0}));
  ASSERT_EQ(CreatePartition(table_, {{"dt", "2027"}, {"eu", "de"}}), "");
  EXPECT_FALSE(state_.view.FindPartition(PartitionId{0}));
  EXPECT_TRUE(state_.view.FindPartition(PartitionId{1}));
}

TEST_F(DecideTest, BadPartitionsAreRefused) {
  TablePath plain{"db", "plain"}, none{"db", "none"};
  ASSERT_EQ(CreateTable(plain, LogTable()), "");
  ASSERT_EQ(CreateTable(table_, Partitioned({"dt"})), "");
  ASSERT_EQ(CreatePartition(table_, {{"dt", "a"}}), "");
  struct Case {
    TablePath path;
    schema::PartitionSpec spec;
    std::string create_error;
    std::string drop_error;
  };
  for (const Case& c : std::vector<Case>{
           {none, {{"dt", "a"}}, "TABLE_NOT_EXIST", "TABLE_NOT_EXIST"},
           {plain,
            {{"dt", "a"}},
            "TABLE_NOT_PARTITIONED_EXCEPTION",
            "TABLE_NOT_PARTITIONED_EXCEPTION"},
           {table_, {}, "PARTITION_SPEC_INVALID_EXCEPTION", "PARTITION_SPEC_INVALID_EXCEPTION"},
           {table_,
            {{"id", "a"}},
            "PARTITION_SPEC_INVALID_EXCEPTION",
            "PARTITION_SPEC_INVALID_EXCEPTION"},
           {table_,
            {{"dt", "a"}, {"id", "a"}},
            "PARTITION_SPEC_INVALID_EXCEPTION",
            "PARTITION_SPEC_INVALID_EXCEPTION"},
           {table_,
            {{"dt", "a/b"}},
            "PARTITION_SPEC_INVALID_EXCEPTION",
            "PARTITION_SPEC_INVALID_EXCEPTION"},
           {table_,
            {{"dt", ""}},
            "PARTITION_SPEC_INVALID_EXCEPTION",
            "PARTITION_SPEC_INVALID_EXCEPTION"},
           {table_, {{"dt", "__x"}}, "PARTITION_SPEC_INVALID_EXCEPTION", "PARTITION_NOT_EXISTS"},
       }) {
    EXPECT_EQ(CreatePartition(c.path, c.spec), c.create_error) << testing::PrintToString(c.spec);
    EXPECT_EQ(DropPartition(c.path, c.spec), c.drop_error) << testing::PrintToString(c.spec);
  }
  EXPECT_EQ(CreatePartition(table_, {{"dt", "a"}}), "PARTITION_ALREADY_EXISTS");
  EXPECT_EQ(CreatePartition(table_, {{"dt", "a"}}, true), "");
  EXPECT_EQ(DropPartition(table_, {{"dt", "b"}}), "PARTITION_NOT_EXISTS");
  EXPECT_EQ(DropPartition(table_, {{"dt", "b"}}, true), "");
  EXPECT_THAT(last_.ops, IsEmpty());
}

TEST_F(DecideTest, LimitsOfPartitionsAreKept) {
  ASSERT_EQ(CreateTable(table_, Partitioned({"dt"})), "");
  for (const char* value : {"a", "b", "c"}) ASSERT_EQ(CreatePartition(table_, {{"dt", value}}), "");
  EXPECT_EQ(CreatePartition(table_, {{"dt", "d"}}), "PARTITION_MAX_NUM_EXCEPTION");
  ASSERT_EQ(DropPartition(table_, {{"dt", "a"}}), "");
  limits_.tables.max_buckets = 1;
  EXPECT_EQ(CreatePartition(table_, {{"dt", "d"}}), "BUCKET_MAX_NUM_EXCEPTION");
  limits_.tables.max_buckets = 10;
  limits_.tables.live_servers = 0;
  EXPECT_EQ(CreatePartition(table_, {{"dt", "d"}}), "INVALID_REPLICATION_FACTOR");
}

TEST_F(DecideTest, PartitionsAreListedByPartialSpec) {
  ASSERT_EQ(CreateTable(table_, Partitioned({"eu", "dt"})), "");
  ASSERT_EQ(CreatePartition(table_, {{"eu", "b"}, {"dt", "1"}}), "");
  ASSERT_EQ(CreatePartition(table_, {{"eu", "a"}, {"dt", "1"}}), "");
  ASSERT_EQ(CreatePartition(table_, {{"eu", "a"}, {"dt", "2"}}), "");
  ASSERT_EQ(CreateTable({"db", "plain"}, LogTable()), "");
  auto list = [&](const TablePath& path, const schema::PartitionSpec& spec) {
    std::vector<std::string> names;
    auto partitions = state_.view.ListPartitions(path, spec);
    if (!partitions) return std::vector{std::string(ErrorName(partitions.error().code))};
    for (const auto& partition : *partitions) names.push_back(partition->info.name);
    return names;
  };
  EXPECT_THAT(list(table_, {}), ElementsAre("a$1", "a$2", "b$1"));
  EXPECT_THAT(list(table_, {{"eu", "a"}}), ElementsAre("a$1", "a$2"));
  EXPECT_THAT(list(table_, {{"dt", "1"}}), ElementsAre("a$1", "b$1"));
  EXPECT_THAT(list(table_, {{"dt", "2"}, {"eu", "a"}}), ElementsAre("a$2"));
  EXPECT_THAT(list(table_, {{"dt", "3"}}), IsEmpty());
  EXPECT_THAT(list(table_, {{"id", "3"}}), ElementsAre("PARTITION_SPEC_INVALID_EXCEPTION"));
  EXPECT_THAT(list({"db", "plain"}, {}), ElementsAre("TABLE_NOT_PARTITIONED_EXCEPTION"));
  EXPECT_THAT(list({"db", "none"}, {}), ElementsAre("TABLE_NOT_EXIST"));
}

TEST_F(DecideTest, AutoPartitionsArePlanned) {
  ASSERT_EQ(CreateTable(table_, AutoPartitioned()), "");
  EXPECT_EQ(last_.auto_partition, TableId{0});
  auto plan = [&] { return PlanAutoPartition(*state_.view.FindTable(table_), context_); };
  EXPECT_THAT(plan().create, ElementsAre("20261124", "20261125"));
  EXPECT_THAT(plan().drop, IsEmpty());
  for (const std::string& name : plan().create) {
    ASSERT_EQ(Take(DecideCreateNamedPartition(state_, context_, table_, name)), "");
  }
  EXPECT_THAT(plan().create, IsEmpty());
  // By hand: what is kept and what lies ahead, but neither older nor other values.
  EXPECT_EQ(CreatePartition(table_, {{"dt", "20261122"}}), "");
  EXPECT_EQ(CreatePartition(table_, {{"dt", "20261121"}}), "PARTITION_SPEC_INVALID_EXCEPTION");
  EXPECT_EQ(CreatePartition(table_, {{"dt", "later"}}), "PARTITION_SPEC_INVALID_EXCEPTION");
  EXPECT_EQ(CreatePartition(table_, {{"dt", "20270101"}}), "PARTITION_MAX_NUM_EXCEPTION");

  context_.now.value += 3 * 86'400'000LL;  // the 27th
  EXPECT_THAT(plan().drop, ElementsAre("20261122", "20261124"));
  // Two more may be created, for two are dropped before.
  EXPECT_THAT(plan().create, ElementsAre("20261127", "20261128"));
  ASSERT_EQ(AlterTable(table_, {.properties = {{"table.auto-partition.num-retention", "-1"}}}), "");
  EXPECT_EQ(last_.auto_partition, TableId{0});
  EXPECT_THAT(plan().drop, IsEmpty());
  EXPECT_THAT(plan().create, IsEmpty());

  ASSERT_EQ(CreateTable({"db", "manual"}, Partitioned({"dt"})), "");
  EXPECT_THAT(PlanAutoPartition(*state_.view.FindTable({"db", "manual"}), context_).create,
              IsEmpty());
}

TEST_F(DecideTest, HealthCountsReplicasAndLeaders) {
  using Status = ClusterHealth::Status;
  EXPECT_EQ(state_.view.Health().status, Status::kGreen);
  ASSERT_EQ(CreateTable(table_, LogTable()), "");
  ASSERT_EQ(CreateTable({"db", "p"}, Partitioned({"dt"})), "");
  ASSERT_EQ(CreatePartition({"db", "p"}, {{"dt", "a"}}), "");
  ClusterHealth health = state_.view.Health();
  EXPECT_EQ(health.num_replicas, 4);
  EXPECT_EQ(health.in_sync_replicas, 4);
  EXPECT_EQ(health.num_leader_replicas, 4);
  EXPECT_EQ(health.active_leader_replicas, 4);
  EXPECT_EQ(health.status, Status::kGreen);
  state_.view.SetOffline({{1}, PartitionId{0}, {0}});
  EXPECT_EQ(state_.view.Health().active_leader_replicas, 3);
  EXPECT_EQ(state_.view.Health().status, Status::kRed);
  ASSERT_EQ(DropPartition({"db", "p"}, {{"dt", "a"}}), "");
  EXPECT_EQ(state_.view.Health().status, Status::kGreen);
  state_.view.SetOffline({{0}, std::nullopt, {1}});
  ASSERT_EQ(Take(DecideDropTable(state_, table_, false)), "");
  EXPECT_EQ(state_.view.Health().status, Status::kGreen);
}

TEST_F(DecideTest, SummariesCountTables) {
  ASSERT_EQ(CreateTable(table_, LogTable()), "");
  auto summaries = state_.view.ListDatabaseSummaries();
  ASSERT_EQ(summaries.size(), 2);
  EXPECT_EQ(summaries[0].name, "db");
  EXPECT_EQ(summaries[0].table_count, 1);
  EXPECT_EQ(summaries[1].table_count, 0);
  EXPECT_THAT(state_.view.ListTables("db").value(), ElementsAre("t"));
  EXPECT_EQ(state_.view.ListTables("none").error().code, ErrorCode::kDatabaseNotExist);
  EXPECT_EQ(state_.view.GetDatabase("none").error().code, ErrorCode::kDatabaseNotExist);
  EXPECT_EQ(state_.view.GetTable({"db", "none"}).error().code, ErrorCode::kTableNotExist);
}

TEST_F(DecideTest, OptionsAreChangedAtRunTime) {
  using Kind = ConfigChange::Kind;
  ConfigRules rules{.initial = {{"remote.data.dirs", "a, b"}, {"data.dir", "/d"}},
                    .validate = [](const std::string& key, const std::string& value) {
                      if (value != "bad") return Result<void>();
                      return Result<void>(Error{ErrorCode::kInvalidConfig, key + " is bad"});
                    }};
  auto alter = [&](std::vector<ConfigChange> changes) {
    return Take(DecideAlterConfigs(state_, rules, changes));
  };
  EXPECT_EQ(alter({{"data.dir", "/e"}}), "CONFIG_EXCEPTION");
  EXPECT_EQ(alter({{"data.dir", std::nullopt, Kind::kDelete}}), "CONFIG_EXCEPTION");
  EXPECT_EQ(alter({{"datalake.format", std::nullopt}}), "CONFIG_EXCEPTION");
  EXPECT_EQ(alter({{"datalake.format", "bad"}}), "CONFIG_EXCEPTION");
  EXPECT_EQ(message_, "datalake.format is bad");
  EXPECT_EQ(alter({{"datalake.format", "x", Kind::kAppend}}), "CONFIG_EXCEPTION");
  EXPECT_EQ(alter({{"datalake.format", "x", Kind{9}}}), "CONFIG_EXCEPTION");
  EXPECT_EQ(alter({{"security.sasl.plain.credentials", "user", Kind::kAppend}}),
            "CONFIG_EXCEPTION");
  EXPECT_THAT(state_.view.server_configs(), IsEmpty());

  EXPECT_EQ(alter({{"datalake.format", "paimon"}, {"kv.snapshot.interval", "1 min"}}), "");
  EXPECT_THAT(Writes(last_), ElementsAre("+/config/server/global"));
  EXPECT_EQ(last_.ops[0].value, R"({"version":1,"configs":{"datalake.format":"paimon",)"
                                R"("kv.snapshot.interval":"1 min"}})");
  EXPECT_EQ(alter({{"datalake.format", "paimon"}}), "");
  EXPECT_THAT(last_.ops, IsEmpty());
  EXPECT_EQ(alter({{"kv.snapshot.interval", std::nullopt, Kind::kDelete},
                   {"remote.data.dirs", "c", Kind::kAppend},
                   {"security.sasl.plain.credentials", "al:1", Kind::kAppend},
                   {"security.sasl.plain.credentials", "bo:2", Kind::kAppend}}),
            "");
  EXPECT_THAT(Writes(last_), ElementsAre("=/config/server/global"));
  EXPECT_EQ(state_.view.server_configs(),
            (metastore::ServerConfigs{{"datalake.format", "paimon"},
                                      {"remote.data.dirs", "a, b,c"},
                                      {"security.sasl.plain.credentials", "al:1,bo:2"}}));
  EXPECT_EQ(alter({{"security.sasl.plain.credentials", "al:3", Kind::kAppend}}),
            "CONFIG_EXCEPTION");
  EXPECT_EQ(alter({{"remote.data.dirs", "b", Kind::kSubtract},
                   {"security.sasl.plain.credentials", "al:any", Kind::kSubtract},
                   {"security.sasl.plain.credentials", "bo:any", Kind::kSubtract}}),
            "");
  EXPECT_EQ(state_.view.server_configs(),
            (metastore::ServerConfigs{{"datalake.format", "paimon"},
                                      {"remote.data.dirs", "a,c"},
                                      {"security.sasl.plain.credentials", std::nullopt}}));
}

TEST(RedactConfigTest, SecretsAreMasked) {
  EXPECT_EQ(RedactConfig("data.dir", "/d"), "/d");
  EXPECT_EQ(RedactConfig("security.sasl.plain.credentials", "al:1, bo:2"), "al:******,bo:******");
  EXPECT_EQ(RedactConfig("security.sasl.plain.credentials", "al:1,secret"), "******");
  EXPECT_EQ(RedactConfig("security.sasl.plain.jaas.config", "x"), "******");
  EXPECT_EQ(RedactConfig("security.sasl.listener.name.client.plain.jaas.config", "x"), "******");
}

TEST(ShardedMapTest, CopiesAreIndependent) {
  ShardedMap<TableId, int> map;
  for (int i = 0; i < 1000; i++) map.Set({i}, i);
  ShardedMap<TableId, int> copy = map;
  copy.Erase({7});
  copy.Erase({7});
  copy.Set({8}, -8);
  EXPECT_EQ(map.size(), 1000);
  EXPECT_EQ(copy.size(), 999);
  EXPECT_EQ(*map.Find({7}), 7);
  EXPECT_EQ(copy.Find({7}), nullptr);
  EXPECT_EQ(*map.Find({8}), 8);
  EXPECT_EQ(*copy.Find({8}), -8);
  int64_t sum = 0;
  map.ForEach([&](TableId, int value) { sum += value; });
  EXPECT_EQ(sum, 999 * 1000 / 2);
}

}  // namespace
}  // namespace millrace::coordinator
