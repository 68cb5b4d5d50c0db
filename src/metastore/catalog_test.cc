#include "metastore/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::metastore {
namespace {

using testing::HasSubstr;

TEST(PathsTest, AreFlussLayout) {
  TablePath table{"db", "t"};
  TableBucket bucket{{7}, std::nullopt, {2}};
  TableBucket partitioned{{7}, PartitionId{3}, {2}};
  EXPECT_EQ(paths::Database("db"), "/metadata/databases/db");
  EXPECT_EQ(paths::Table(table), "/metadata/databases/db/tables/t");
  EXPECT_EQ(paths::Schema(table, {1}), "/metadata/databases/db/tables/t/schemas/1");
  EXPECT_EQ(paths::Partitions(table), "/metadata/databases/db/tables/t/partitions");
  EXPECT_EQ(paths::Partition(table, "eu$2027"),
            "/metadata/databases/db/tables/t/partitions/eu$2027");
  EXPECT_EQ(paths::TableAssignment({7}), "/tabletservers/tables/7");
  EXPECT_EQ(paths::PartitionAssignment({3}), "/tabletservers/partitions/3");
  EXPECT_EQ(paths::LeaderIsr(bucket), "/tabletservers/tables/7/buckets/2/leader_isr");
  EXPECT_EQ(paths::LeaderIsr(partitioned), "/tabletservers/partitions/3/buckets/2/leader_isr");
}

// Golden values: as a Fluss server writes them.
constexpr std::string_view kDatabase =
    R"({"version":1,"custom_properties":{},"created_time":1795485396954,"modified_time":1795485396954})";
constexpr std::string_view kTable =
    R"({"version":1,"table_id":22,"bucket_key":["id"],"bucket_count":2,)"
    R"("properties":{"table.kv.format-version":"2","table.replication.factor":"1"},)"
    R"("custom_properties":{},"created_time":1795486791236,"modified_time":1795486791236})";
constexpr std::string_view kTableWithAll =
    R"({"version":1,"table_id":1,"comment":"a \"table\"","partition_key":["dt","h"],)"
    R"("bucket_key":["id"],"bucket_count":3,"properties":{},"custom_properties":{"bucket.num":"3"},)"
    R"("remote_data_dir":"file:///r","created_time":5,"modified_time":6})";
constexpr std::string_view kLeaderIsr =
    R"({"version":2,"leader":2,"leader_epoch":4,"isr":[0,1,2],"coordinator_epoch":0,)"
    R"("bucket_epoch":8,"standby_replicas":[1]})";

TEST(ValuesTest, DatabasesAreAsFlussWritesThem) {
  auto database = DecodeDatabase("db", kDatabase);
  ASSERT_TRUE(database) << database.error().message;
  EXPECT_EQ(*database,
            (DatabaseInfo{.name = "db", .created = {1795485396954}, .modified = {1795485396954}}));
  EXPECT_EQ(EncodeDatabase(*database), kDatabase);

  DatabaseInfo full{"db", {"say \"hi\"", {{"b", "2"}, {"a", "1"}}}, {1}, {2}};
  std::string json = R"({"version":1,"comment":"say \"hi\"","custom_properties":{"a":"1","b":"2"},)"
                     R"("created_time":1,"modified_time":2})";
  EXPECT_EQ(EncodeDatabase(full), json);
  EXPECT_EQ(DecodeDatabase("db", json).value(), full);
}

TEST(ValuesTest, TablesAreAsFlussWritesThem) {
  for (std::string_view json : {kTable, kTableWithAll}) {
    auto table = DecodeTable({"db", "t"}, json);
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(EncodeTable(*table), json);
  }
  auto table = DecodeTable({"db", "t"}, kTableWithAll);
  EXPECT_EQ(table->path, (TablePath{"db", "t"}));
  EXPECT_EQ(table->id, TableId{1});
  EXPECT_EQ(table->descriptor.comment, "a \"table\"");
  EXPECT_EQ(table->descriptor.partition_keys, (std::vector<std::string>{"dt", "h"}));
  EXPECT_EQ(table->descriptor.bucket_count, 3);
  EXPECT_EQ(table->descriptor.custom_properties,
            (std::map<std::string, std::string>{{"bucket.num", "3"}}));
  EXPECT_EQ(table->remote_data_dir, "file:///r");
  EXPECT_EQ(table->created, TimestampMs{5});
  EXPECT_EQ(table->modified, TimestampMs{6});
}

TEST(ValuesTest, PartitionsAndAssignmentsAreAsFlussWritesThem) {
  std::string_view partition = R"({"version":1,"table_id":2,"partition_id":7})";
  EXPECT_EQ(DecodePartition("p", partition).value(), (PartitionInfo{{7}, {2}, "p", std::nullopt}));
  EXPECT_EQ(EncodePartition({{7}, {2}, "p", std::nullopt}), partition);
  EXPECT_EQ(EncodePartition({{7}, {2}, "p", "file:///r"}),
            R"({"version":1,"table_id":2,"partition_id":7,"remote_data_dir":"file:///r"})");

  std::string_view table_json = R"({"version":1,"buckets":{"0":[2,0,1],"1":[0,1,2]}})";
  Assignment assignment = {{{0}, {{2}, {0}, {1}}}, {{1}, {{0}, {1}, {2}}}};
  EXPECT_EQ(EncodeTableAssignment(assignment), table_json);
  auto decoded = DecodeAssignment("/n", table_json);
  EXPECT_EQ(decoded->buckets, assignment);
  EXPECT_FALSE(decoded->table_id);

  std::string_view partition_json = R"({"version":1,"table_id":5,"buckets":{"0":[0]}})";
  EXPECT_EQ(EncodePartitionAssignment({5}, {{{0}, {{0}}}}), partition_json);
  EXPECT_EQ(DecodeAssignment("/n", partition_json)->table_id, TableId{5});
}

TEST(ValuesTest, LeaderIsrIsVersion2AndReadsVersion1) {
  LeaderIsr state{{2}, {4}, {{0}, {1}, {2}}, 0, 8, {{1}}};
  EXPECT_EQ(EncodeLeaderIsr(state), kLeaderIsr);
  EXPECT_EQ(DecodeLeaderIsr("/n", kLeaderIsr).value(), state);
  EXPECT_EQ(DecodeLeaderIsr("/n", R"({"version":1,"leader":-1,"leader_epoch":0,"isr":[],)"
                                  R"("coordinator_epoch":0,"bucket_epoch":0})")
                .value(),
            (LeaderIsr{.leader = {-1}}));
}

TEST(ValuesTest, CountersAreEightBytesBigEndian) {
  EXPECT_EQ(EncodeCounter(0x0102030405060708), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(DecodeCounter("/n", std::string_view("\0\0\0\0\0\0\x01\x02", 8)).value(), 258);
  for (std::string_view bad : {"", "\0\0\0\0\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    EXPECT_EQ(DecodeCounter("/n", bad).error().message, "metadata of /n is no counter of 8 bytes");
  }
}

TEST(ValuesTest, ServerConfigsMayBeNull) {
  std::string_view json = R"({"version":1,"configs":{"a":null,"datalake.format":"paimon"}})";
  ServerConfigs configs = {{"a", std::nullopt}, {"datalake.format", "paimon"}};
  EXPECT_EQ(EncodeServerConfigs(configs), json);
  EXPECT_EQ(DecodeServerConfigs(json).value(), configs);
}

TEST(ValuesTest, BytesThatAreNoTextBecomeReplacementCharacters) {
  EXPECT_THAT(EncodeDatabase({.name = "db", .descriptor = {.comment = "a\xff"}}),
              HasSubstr("\"comment\":\"a\xef\xbf\xbd\""));
}

TEST(ValuesTest, WhatCanNotBeReadIsNamed) {
  struct Case {
    std::string json;
    std::string message;
  };
  for (const Case& bad : std::vector<Case>{
           {"", "metadata of table db.t is no JSON object"},
           {"{", "metadata of table db.t is no JSON object"},
           {"[]", "metadata of table db.t is no JSON object"},
           {"{}", "metadata of table db.t has no integer 'table_id'"},
           {R"({"table_id":"1"})", "metadata of table db.t has no integer 'table_id'"},
           {R"({"table_id":9223372036854775808})",
            "metadata of table db.t has no integer 'table_id'"},
           {R"({"table_id":1,"bucket_count":2147483648})",
            "metadata of table db.t has no integer 'bucket_count'"},
           {R"({"table_id":1,"comment":7})",
            "metadata of table db.t has a 'comment' that is no text"},
           {R"({"table_id":1,"bucket_key":"id"})",
            "metadata of table db.t has a 'bucket_key' that is no array"},
           {R"({"table_id":1,"bucket_key":[1]})",
            "metadata of table db.t has a 'bucket_key' that holds more than texts"},
           {R"({"table_id":1,"bucket_count":1})",
            "metadata of table db.t has no object 'properties'"},
       }) {
    auto table = DecodeTable({"db", "t"}, bad.json);
    ASSERT_FALSE(table) << bad.json;
    EXPECT_EQ(table.error().code, ErrorCode::kUnknownServerError);
    EXPECT_EQ(table.error().message, bad.message);
  }
  EXPECT_FALSE(DecodeAssignment("/n", R"({"buckets":{"x":[0]}})"));
  EXPECT_FALSE(DecodeAssignment("/n", R"({"buckets":{"-1":[0]}})"));
  EXPECT_FALSE(DecodeAssignment("/n", R"({"buckets":{"0":0}})"));
  EXPECT_FALSE(DecodeAssignment("/n", R"({"buckets":{"0":["a"]}})"));
  EXPECT_FALSE(DecodeLeaderIsr("/n", R"({"version":1})"));
  EXPECT_FALSE(DecodePartition("p", R"({"table_id":1})"));
  EXPECT_FALSE(DecodeServerConfigs(R"({"configs":[]})"));
  // Printing it would go as deep as it is.
  std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_FALSE(DecodeServerConfigs(R"({"version":1,"configs":{"a":)" + deep + "}}"));
}

TEST(OpsTest, NewBucketsBringAllTheirNodes) {
  LeaderIsr state{.leader = {0}, .isr = {{0}}};
  auto ops = CreateAssignmentOps({7}, std::nullopt, {{{0}, {{0}}}}, {{{0}, state}});
  ASSERT_EQ(ops.size(), 2);
  EXPECT_EQ(ops[0].path, "/tabletservers/tables/7");
  EXPECT_EQ(ops[0].value, R"({"version":1,"buckets":{"0":[0]}})");
  EXPECT_EQ(ops[1].path, "/tabletservers/tables/7/buckets/0/leader_isr");
  EXPECT_EQ(ops[1].value, EncodeLeaderIsr(state));
}

TEST(OpsTest, CountersAreComparedAndSet) {
  Op create = AdvanceCounterOp("/c", {0, std::nullopt}, 1);
  EXPECT_EQ(create.kind, Op::Kind::kCreate);
  EXPECT_EQ(Advanced({0, std::nullopt}, 1), (Counter{1, 0}));
  Op set = AdvanceCounterOp("/c", {1, 0}, 2);
  EXPECT_EQ(set.kind, Op::Kind::kSet);
  EXPECT_EQ(set.version, 0);
  EXPECT_EQ(set.value, EncodeCounter(2));
  EXPECT_EQ(Advanced({1, 0}, 2), (Counter{2, 1}));
}

}  // namespace
}  // namespace millrace::metastore
