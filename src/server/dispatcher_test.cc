// Requests as frames, answered by a whole node in this process but for the sockets.
#include "server/dispatcher.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "protocol/metadata.pb.h"
#include "server/node_for_test.h"

namespace millrace::server {
namespace {

using testing::HasSubstr;

class DispatcherTest : public NodeTest {};

TEST_F(DispatcherTest, ListsWhatItServesAndNothingElse) {
  proto::ApiVersionsRequest request;
  request.set_client_software_name("test");
  request.set_client_software_version("1");
  auto response = Call(ApiKey::kApiVersions, request).As<proto::ApiVersionsResponse>();
  std::set<int32_t> served;
  for (const auto& api : response.api_versions()) {
    served.insert(api.api_key());
    EXPECT_EQ(api.min_version(), 0);
  }
  EXPECT_EQ(served.size(), static_cast<size_t>(response.api_versions_size()));
  for (const auto& api : protocol::KnownApis()) {
    auto key = static_cast<int16_t>(api.key);
    // An empty body is a mistake for most, but never an unknown request.
    bool refused = Call(key, "").error_code() == 2;
    EXPECT_EQ(refused, !served.contains(key)) << api.name;
  }
}

TEST_F(DispatcherTest, RefusesWhatItDoesNotServe) {
  for (int key : {0, -1, 999, 1013 /* UPDATE_METADATA */, 1063, 1067, 32767, -32768}) {
    auto answer = Call(static_cast<int16_t>(key), "x");
    EXPECT_EQ(answer.type, 1);
    EXPECT_EQ(answer.error_code(), 2);
    EXPECT_THAT(answer.error_message(), HasSubstr(std::to_string(key)));
  }
  EXPECT_EQ(probe_.refused(), 8);
}

TEST_F(DispatcherTest, AMalformedBodyIsAnErrorOfTheRequest) {
  const ApiKey keys[] = {ApiKey::kCreateTable, ApiKey::kGetMetadata, ApiKey::kProduceLog,
                         ApiKey::kFetchLog,    ApiKey::kListOffsets, ApiKey::kLimitScan,
                         ApiKey::kPutKv,       ApiKey::kLookup,      ApiKey::kPrefixLookup,
                         ApiKey::kScanKv};
  for (ApiKey key : keys) {
    for (const std::string& body :
         {std::string("\xff"), std::string("\x0a\x7f"), std::string("\x0a\x05zz", 4)}) {
      auto answer = Call(static_cast<int16_t>(key), body);
      EXPECT_EQ(answer.type, 1);
      EXPECT_EQ(answer.error_code(), -1) << protocol::ApiName(static_cast<int16_t>(key));
    }
    EXPECT_EQ(probe_.Read(key).errors, 3);
  }
}

TEST_F(DispatcherTest, Produces) {
  EXPECT_EQ(CreateTable("t").error_code(), 0);
  int64_t table = TableId("t");
  struct Case {
    int64_t table;
    int acks;
    std::vector<int32_t> buckets;
    int error;                      // of the request
    std::vector<int64_t> expected;  // offsets, or minus the bucket's error
  };
  const Case cases[] = {
      {table, -1, {0, 1}, 0, {0, 0}}, {table, 1, {1}, 0, {3}},  {table, 0, {1}, 0, {6}},
      {table, 2, {0}, 18, {}},        {table, -2, {0}, 18, {}}, {table, -1, {2, 0}, 0, {-21, 3}},
      {table + 1, -1, {0}, 0, {-21}}, {table, -1, {}, 0, {}},
  };
  for (const auto& c : cases) {
    auto answer = Call(ApiKey::kProduceLog, Produce(c.table, c.acks, c.buckets));
    EXPECT_EQ(answer.error_code(), c.error);
    if (c.error != 0) continue;
    std::vector<int64_t> offsets;
    auto response = answer.As<proto::ProduceLogResponse>();
    for (int i = 0; i < response.buckets_resp_size(); i++) {
      const auto& bucket = response.buckets_resp(i);
      EXPECT_EQ(bucket.bucket_id(), c.buckets[i]);
      offsets.push_back(bucket.has_error_code() ? -bucket.error_code() : bucket.base_offset());
    }
    EXPECT_EQ(offsets, c.expected);
  }
}

TEST_F(DispatcherTest, FetchesOfSeveralTablesAndBuckets) {
  EXPECT_EQ(CreateTable("a").error_code(), 0);
  EXPECT_EQ(CreateTable("b").error_code(), 0);
  int64_t a = TableId("a"), b = TableId("b");
  EXPECT_EQ(Call(ApiKey::kProduceLog, Produce(a, -1, {0, 1})).error_code(), 0);
  EXPECT_EQ(Call(ApiKey::kProduceLog, Produce(b, -1, {1})).error_code(), 0);
  proto::FetchLogRequest request;
  request.set_follower_server_id(-1);
  request.set_max_bytes(1 << 20);
  auto add = [&](int64_t table, std::vector<std::pair<int32_t, int64_t>> buckets, bool project) {
    auto* part = request.add_tables_req();
    part->set_table_id(table);
    part->set_projection_pushdown_enabled(project);
    if (project) part->add_projected_fields(1);
    for (auto [id, from] : buckets) {
      auto* bucket = part->add_buckets_req();
      bucket->set_bucket_id(id);
      bucket->set_fetch_offset(from);
      bucket->set_max_fetch_bytes(1 << 20);
    }
  };
  add(a, {{0, -2}, {1, 3}, {7, 0}}, false);
  add(b, {{0, 0}, {1, 0}, {1, 0}}, true);
  add(b + 1, {{0, 0}}, false);
  auto response = Call(ApiKey::kFetchLog, request).As<proto::FetchLogResponse>();
  std::vector<std::string> seen;
  for (const auto& table : response.tables_resp()) {
    for (const auto& bucket : table.buckets_resp()) {
      seen.push_back(fmt::format("{}/{} error {} hw {} records {}", table.table_id() - a,
                                 bucket.bucket_id(), bucket.error_code(), bucket.high_watermark(),
                                 bucket.records().size()));
      if (bucket.records().empty()) continue;
      auto batch = record::LogBatch::Parse(AsBytes(bucket.records()));
      ASSERT_TRUE(batch);
      EXPECT_EQ(batch->record_count(), 3);
    }
  }
  size_t whole = Batch().size();
  EXPECT_THAT(seen,
              testing::UnorderedElementsAre(
                  fmt::format("0/0 error 0 hw 3 records {}", whole), "0/1 error 0 hw 3 records 0",
                  "0/7 error 21 hw 0 records 0", "1/0 error 0 hw 0 records 0",
                  "1/1 error 0 hw 3 records 248", "2/0 error 21 hw 0 records 0"));

  // No room: one batch anyway, the other bucket nothing.
  request.clear_tables_req();
  add(a, {{0, 0}, {1, 0}}, false);
  request.set_max_bytes(-5);
  response = Call(ApiKey::kFetchLog, request).As<proto::FetchLogResponse>();
  size_t total = 0;
  for (const auto& bucket : response.tables_resp(0).buckets_resp())
    total += bucket.records().size();
  EXPECT_EQ(total, whole);
}

TEST_F(DispatcherTest, ScansCountsAndListsOffsets) {
  EXPECT_EQ(CreateTable("t").error_code(), 0);
  int64_t table = TableId("t");
  for (int i = 0; i < 3; i++)
    EXPECT_EQ(Call(ApiKey::kProduceLog, Produce(table, -1, {0})).error_code(), 0);

  proto::LimitScanRequest scan;
  scan.set_table_id(table);
  scan.set_bucket_id(0);
  scan.set_limit(4);
  auto scanned = Call(ApiKey::kLimitScan, scan).As<proto::LimitScanResponse>();
  EXPECT_TRUE(scanned.is_log_table());
  EXPECT_EQ(scanned.records().size(), 2 * Batch().size());
  scan.set_bucket_id(5);
  EXPECT_EQ(Call(ApiKey::kLimitScan, scan).As<proto::LimitScanResponse>().error_code(), 21);

  proto::ListOffsetsRequest list;
  list.set_follower_server_id(-1);
  list.set_table_id(table);
  for (int32_t id : {0, 1, 9}) list.add_bucket_id(id);
  const std::pair<int, std::vector<int64_t>> kinds[] = {
      {0, {0, 0, -21}}, {1, {9, 0, -21}}, {2, {0, 0, -21}}};
  for (const auto& [kind, expected] : kinds) {
    list.set_offset_type(kind);
    list.set_start_timestamp(1);
    std::vector<int64_t> offsets;
    auto listed = Call(ApiKey::kListOffsets, list).As<proto::ListOffsetsResponse>();
    for (const auto& bucket : listed.buckets_resp()) {
      offsets.push_back(bucket.has_error_code() ? -bucket.error_code() : bucket.offset());
    }
    EXPECT_EQ(offsets, expected) << kind;
  }
  list.set_offset_type(2);
  list.set_start_timestamp(INT64_MAX);
  auto listed = Call(ApiKey::kListOffsets, list).As<proto::ListOffsetsResponse>();
  EXPECT_EQ(listed.buckets_resp(0).error_code(), 38);

  proto::GetTableStatsRequest stats;
  stats.set_table_id(table);
  stats.add_buckets_req()->set_bucket_id(0);
  stats.add_buckets_req()->set_bucket_id(9);
  auto counted = Call(ApiKey::kGetTableStats, stats).As<proto::GetTableStatsResponse>();
  EXPECT_EQ(counted.buckets_resp(0).row_count(), 9);
  EXPECT_EQ(counted.buckets_resp(1).error_code(), 21);
}

TEST_F(DispatcherTest, TellsWhereTablesAre) {
  EXPECT_EQ(CreateTable("plain").error_code(), 0);
  EXPECT_EQ(CreateTable("parted", {.partition_key = "\"name\""}).error_code(), 0);
  EXPECT_EQ(CreatePartition("parted", "name", "p1"), 0);

  auto metadata =
      Call(ApiKey::kGetMetadata, proto::MetadataRequest()).As<proto::MetadataResponse>();
  EXPECT_EQ(metadata.coordinator_server().host(), "somewhere");
  ASSERT_EQ(metadata.tablet_servers_size(), 1);
  EXPECT_EQ(metadata.tablet_servers(0).node_id(), 3);
  EXPECT_EQ(metadata.tablet_servers(0).port(), 9123);
  EXPECT_EQ(metadata.tablet_servers(0).rack(), "rack");
  EXPECT_EQ(metadata.table_metadata_size(), 0);

  auto request_of = [](std::vector<std::string> names) {
    proto::MetadataRequest request;
    for (const auto& name : names) {
      auto* path = request.add_table_path();
      path->set_database_name("fluss");
      path->set_table_name(name);
    }
    return request;
  };
  metadata =
      Call(ApiKey::kGetMetadata, request_of({"plain", "parted"})).As<proto::MetadataResponse>();
  ASSERT_EQ(metadata.table_metadata_size(), 2);
  EXPECT_EQ(metadata.table_metadata(0).bucket_metadata_size(), 2);
  EXPECT_EQ(metadata.table_metadata(0).bucket_metadata(1).leader_id(), 3);
  EXPECT_EQ(metadata.table_metadata(1).bucket_metadata_size(), 0);

  // One that is missing fails the request, as in the Java server.
  EXPECT_EQ(Call(ApiKey::kGetMetadata, request_of({"plain", "none"})).error_code(), 7);

  auto by_name = request_of({});
  auto* path = by_name.add_partitions_path();
  path->set_database_name("fluss");
  path->set_table_name("parted");
  path->set_partition_name("p1");
  metadata = Call(ApiKey::kGetMetadata, by_name).As<proto::MetadataResponse>();
  ASSERT_EQ(metadata.partition_metadata_size(), 1);
  EXPECT_EQ(metadata.partition_metadata(0).partition_name(), "p1");
  EXPECT_EQ(metadata.partition_metadata(0).bucket_metadata_size(), 2);
  path->set_partition_name("p2");
  EXPECT_EQ(Call(ApiKey::kGetMetadata, by_name).error_code(), 36);

  auto by_id = request_of({});
  by_id.add_partitions_id(metadata.partition_metadata(0).partition_id());
  metadata = Call(ApiKey::kGetMetadata, by_id).As<proto::MetadataResponse>();
  EXPECT_EQ(metadata.partition_metadata(0).partition_name(), "p1");
  by_id.add_partitions_id(999);
  EXPECT_EQ(Call(ApiKey::kGetMetadata, by_id).error_code(), 36);
}

TEST_F(DispatcherTest, AListenerThatIsNotAdvertisedTellsNoAddress) {
  peer_.listener = "OTHER";
  auto metadata =
      Call(ApiKey::kGetMetadata, proto::MetadataRequest()).As<proto::MetadataResponse>();
  EXPECT_FALSE(metadata.has_coordinator_server());
  EXPECT_EQ(metadata.tablet_servers_size(), 0);
}

TEST_F(DispatcherTest, ADroppedTableIsGoneAtOnce) {
  EXPECT_EQ(CreateTable("t").error_code(), 0);
  int64_t table = TableId("t");
  EXPECT_EQ(Call(ApiKey::kProduceLog, Produce(table, -1, {0})).error_code(), 0);
  EXPECT_EQ(DropTable("t"), 0);
  EXPECT_EQ(DropTable("t"), 7);
  EXPECT_EQ(CreateTable("t").error_code(), 0);
  EXPECT_GT(TableId("t"), table);
}

}  // namespace
}  // namespace millrace::server
