// Requests for rows of primary-key tables, as frames, answered by a whole node in this process.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/kv.pb.h"
#include "protocol/snapshot.pb.h"
#include "server/node_for_test.h"

namespace millrace::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// One KV batch: upserts of (1, 'Alice', 25) and (300, NULL, -1), and a delete of 9, by writer 2.
const std::string kBatch = record::FromHex(
    "41000000006985086101000002000000000000000000000003000000"
    "0b00000001010001"
    "05416c69636519"
    "1000000002ac0202ac02ffffffffffffffffff01"
    "020000000109");
const std::string kAlice = record::FromHex("0100000105416c69636519");
const std::string kOther = record::FromHex("010002ac02ffffffffffffffffff01");

struct Part {
  int32_t bucket = 0;
  std::optional<int32_t> routing = std::nullopt;
  std::optional<std::string> original_partition = std::nullopt;
};

template <class Entry>
void Fill(Entry& entry, const Part& part) {
  entry.set_bucket_id(part.bucket);
  if (part.routing) entry.set_routing_bucket_count(*part.routing);
  if constexpr (requires { entry.set_original_partition_name(""); }) {
    if (part.original_partition) entry.set_original_partition_name(*part.original_partition);
  }
}

class KvRequestsTest : public NodeTest {
 protected:
  KvRequestsTest() {
    EXPECT_EQ(CreateTable("rows", {.primary_key = "\"id\""}).error_code(), 0);
    EXPECT_EQ(CreateTable("log").error_code(), 0);
    rows_ = TableId("rows");
    log_ = TableId("log");
  }

  static proto::PutKvRequest Put(int64_t table, std::vector<Part> parts, int acks = -1) {
    proto::PutKvRequest request;
    request.set_acks(acks);
    request.set_table_id(table);
    request.set_timeout_ms(1000);
    for (const auto& part : parts) {
      auto* bucket = request.add_buckets_req();
      Fill(*bucket, part);
      bucket->set_records(kBatch);
    }
    return request;
  }
  // The ends of the changelogs, or minus the buckets' errors.
  std::vector<int64_t> Ends(const proto::PutKvRequest& request, int16_t version = 3) {
    std::vector<int64_t> ends;
    auto response = Call(ApiKey::kPutKv, request, version).As<proto::PutKvResponse>();
    for (const auto& bucket : response.buckets_resp()) {
      ends.push_back(bucket.has_error_code() ? -bucket.error_code() : bucket.log_end_offset());
    }
    return ends;
  }
  template <class Request>
  static Request Lookup(int64_t table, std::vector<Part> parts, std::vector<std::string> keys) {
    Request request;
    request.set_table_id(table);
    for (const auto& part : parts) {
      auto* bucket = request.add_buckets_req();
      Fill(*bucket, part);
      for (const auto& key : keys) bucket->add_keys(key);
    }
    return request;
  }
  // Of the first bucket, "-" where there is none.
  std::vector<std::string> Values(const proto::LookupRequest& request) {
    std::vector<std::string> values;
    auto response = Call(ApiKey::kLookup, request, 1).As<proto::LookupResponse>();
    if (response.buckets_resp_size() == 0) return {"no bucket"};
    const auto& bucket = response.buckets_resp(0);
    if (bucket.has_error_code()) return {fmt::format("error {}", bucket.error_code())};
    for (const auto& value : bucket.values()) {
      values.push_back(value.has_values() ? value.values() : "-");
    }
    return values;
  }
  template <class Response>
  static std::vector<int> Codes(const Response& response) {
    std::vector<int> codes;
    for (const auto& bucket : response.buckets_resp()) codes.push_back(bucket.error_code());
    return codes;
  }

  int64_t rows_ = 0, log_ = 0;
  const std::string one_ = "\x01", three_hundred_ = "\xac\x02", seven_ = "\x07";
};

TEST_F(KvRequestsTest, Puts) {
  EXPECT_THAT(Ends(Put(rows_, {{0}})), ElementsAre(2));
  EXPECT_THAT(Ends(Put(rows_, {{0}})), ElementsAre(2)) << "sent again, it changes nothing";
  EXPECT_THAT(Ends(Put(rows_, {{1}, {2}, {0}}, 1)), ElementsAre(2, -21, 2));
  EXPECT_THAT(Ends(Put(rows_ + 100, {{0}})), ElementsAre(-21));
  EXPECT_THAT(Ends(Put(log_, {{0}})), ElementsAre(-20)) << "has no primary key";
  EXPECT_THAT(Ends(Put(rows_, {{0, 2}, {1, 3}, {5, 2}}, 0), 0), ElementsAre(2, -74, -21));
  for (int acks : {2, -2}) {
    EXPECT_EQ(Call(ApiKey::kPutKv, Put(rows_, {{0}}, acks), 3).error_code(), 18);
  }
  EXPECT_THAT(Ends(Put(rows_, {})), IsEmpty());
}

TEST_F(KvRequestsTest, RefusesHistoricalPartitions) {
  auto put = Call(ApiKey::kPutKv, Put(rows_, {{0, {}, "2024"}, {0, {}, "2025"}, {1}}), 3)
                 .As<proto::PutKvResponse>();
  EXPECT_THAT(Codes(put), ElementsAre(43, 43, 0));
  EXPECT_EQ(put.buckets_resp(1).original_partition_name(), "2025");
  EXPECT_FALSE(put.buckets_resp(2).has_original_partition_name());
  auto lookup = Lookup<proto::LookupRequest>(rows_, {{0, {}, "2024"}, {1}}, {one_});
  auto found = Call(ApiKey::kLookup, lookup, 1).As<proto::LookupResponse>();
  EXPECT_THAT(Codes(found), ElementsAre(43, 0));
  EXPECT_EQ(found.buckets_resp(0).original_partition_name(), "2024");
}

TEST_F(KvRequestsTest, RefusesBatchesThatAreNone) {
  auto request = Put(rows_, {{0}});
  for (size_t size : {size_t{0}, kBatch.size() - 1}) {
    request.mutable_buckets_req(0)->set_records(kBatch.substr(0, size));
    EXPECT_THAT(Ends(request), ElementsAre(-3)) << size;
  }
  std::string damaged = kBatch;
  damaged.back() ^= 1;
  request.mutable_buckets_req(0)->set_records(damaged);
  EXPECT_THAT(Ends(request), ElementsAre(-3)) << "wrong checksum";
}

TEST_F(KvRequestsTest, PutsSomeColumns) {
  EXPECT_THAT(Ends(Put(rows_, {{0}})), ElementsAre(2));
  auto request = Put(rows_, {{1}});
  request.add_target_columns(1);
  EXPECT_THAT(Ends(request), ElementsAre(-35)) << "without the key";
  request.add_target_columns(0);
  EXPECT_THAT(Ends(request), ElementsAre(2));
  // (1, 'Alice', NULL)
  EXPECT_THAT(Values(Lookup<proto::LookupRequest>(rows_, {{1}}, {one_})),
              ElementsAre(record::FromHex("0100040105416c696365")));
}

TEST_F(KvRequestsTest, LooksUp) {
  EXPECT_THAT(Ends(Put(rows_, {{0}})), ElementsAre(2));
  auto request = Lookup<proto::LookupRequest>(rows_, {{0}}, {one_, three_hundred_, seven_});
  EXPECT_EQ(Call(ApiKey::kLookup, request, 1).body, record::FromHex("0a2610002a0d0a0b") + kAlice +
                                                        record::FromHex("2a110a0f") + kOther +
                                                        record::FromHex("2a00"));
  request = Lookup<proto::LookupRequest>(rows_, {{1}, {9}, {0, 2}, {1, 7}}, {one_});
  auto response = Call(ApiKey::kLookup, request).As<proto::LookupResponse>();
  EXPECT_THAT(Codes(response), ElementsAre(21, 0, 74)) << "the last for bucket 1 counts";
  request = Lookup<proto::LookupRequest>(log_, {{0}}, {one_});
  EXPECT_THAT(Values(request), ElementsAre("error 20"));
  EXPECT_THAT(Values(Lookup<proto::LookupRequest>(rows_, {{0}}, {})), IsEmpty());
  EXPECT_EQ(Call(ApiKey::kLookup, Lookup<proto::LookupRequest>(rows_, {}, {})).body, "");
}

TEST_F(KvRequestsTest, LooksUpAndInserts) {
  EXPECT_THAT(Ends(Put(rows_, {{0}})), ElementsAre(2));
  auto request = Lookup<proto::LookupRequest>(rows_, {{0}}, {one_, seven_, seven_});
  request.set_insert_if_not_exists(true);
  request.set_timeout_ms(1000);
  request.set_acks(3);
  EXPECT_EQ(Call(ApiKey::kLookup, request, 1).error_code(), 18);
  request.set_acks(-1);
  // (7, NULL, NULL)
  std::string seven = record::FromHex("01000607");
  EXPECT_THAT(Values(request), ElementsAre(kAlice, seven, seven));
  request.set_insert_if_not_exists(false);
  EXPECT_THAT(Values(request), ElementsAre(kAlice, seven, seven));
}

TEST_F(KvRequestsTest, LooksUpPrefixes) {
  EXPECT_THAT(Ends(Put(rows_, {{0}, {1}})), ElementsAre(2, 2));
  using Request = proto::PrefixLookupRequest;
  auto request = Lookup<Request>(rows_, {{0}, {1}, {8}, {2, 1}}, {"\xac", "\x05", ""});
  request.set_table_id(rows_);
  auto response = Call(ApiKey::kPrefixLookup, request, 1).As<proto::PrefixLookupResponse>();
  EXPECT_THAT(Codes(response), ElementsAre(0, 0, 21, 74));
  for (int i : {0, 1}) {
    const auto& bucket = response.buckets_resp(i);
    ASSERT_EQ(bucket.value_lists_size(), 3);
    EXPECT_THAT(bucket.value_lists(0).values(), ElementsAre(kOther));
    EXPECT_THAT(bucket.value_lists(1).values(), IsEmpty());
    EXPECT_THAT(bucket.value_lists(2).values(), ElementsAre(kAlice, kOther)) << "all keys";
  }
  response = Call(ApiKey::kPrefixLookup, Lookup<Request>(log_, {{0}}, {""}), 1)
                 .As<proto::PrefixLookupResponse>();
  EXPECT_THAT(Codes(response), ElementsAre(20));
  EXPECT_EQ(Call(ApiKey::kPrefixLookup, Lookup<Request>(rows_, {}, {})).body, "");
}

TEST_F(KvRequestsTest, ScansTheFirstRows) {
  EXPECT_THAT(Ends(Put(rows_, {{0}})), ElementsAre(2));
  proto::LimitScanRequest request;
  request.set_table_id(rows_);
  request.set_bucket_id(0);
  request.set_limit(1);
  EXPECT_EQ(Call(ApiKey::kLimitScan, request).body, record::FromHex("1800221814000000"
                                                                    "00"
                                                                    "01000000"
                                                                    "0b000000") +
                                                        kAlice);
  request.set_limit(INT32_MAX);
  auto response = Call(ApiKey::kLimitScan, request).As<proto::LimitScanResponse>();
  EXPECT_EQ(response.records(), record::FromHex("27000000"
                                                "00"
                                                "02000000"
                                                "0b000000") +
                                    kAlice + record::FromHex("0f000000") + kOther);
  for (int32_t limit : {0, -1}) {
    request.set_limit(limit);
    EXPECT_EQ(Call(ApiKey::kLimitScan, request).body,
              record::FromHex("18002209050000000000000000"));
  }
  request.set_limit(1);
  request.set_routing_bucket_count(1);
  response = Call(ApiKey::kLimitScan, request).As<proto::LimitScanResponse>();
  EXPECT_EQ(response.error_code(), 74);
  EXPECT_FALSE(response.has_records());
}

TEST_F(KvRequestsTest, ScansInSessions) {
  EXPECT_THAT(Ends(Put(rows_, {{0}})), ElementsAre(2));
  auto scan = [&](const proto::ScanKvRequest& request) {
    return Call(ApiKey::kScanKv, request).As<proto::ScanKvResponse>();
  };
  proto::ScanKvRequest open;
  open.mutable_bucket_scan_req()->set_table_id(rows_);
  open.mutable_bucket_scan_req()->set_bucket_id(0);
  open.set_call_seq_id(0);
  open.set_batch_size_bytes(1);
  auto first = scan(open);
  EXPECT_EQ(first.error_message(), "");
  EXPECT_EQ(first.scanner_id().size(), 32u);
  EXPECT_TRUE(first.has_more_results());
  EXPECT_EQ(first.log_offset(), 2);
  EXPECT_EQ(first.records(), record::FromHex("14000000"
                                             "00"
                                             "01000000"
                                             "0b000000") +
                                 kAlice);

  proto::ScanKvRequest next;
  next.set_scanner_id(first.scanner_id());
  next.set_call_seq_id(1);
  next.set_batch_size_bytes(1000);
  auto second = scan(next);
  EXPECT_EQ(second.scanner_id(), first.scanner_id());
  EXPECT_TRUE(second.has_has_more_results());
  EXPECT_FALSE(second.has_more_results());
  EXPECT_FALSE(second.has_log_offset());
  EXPECT_EQ(second.records(), record::FromHex("18000000"
                                              "00"
                                              "01000000"
                                              "0f000000") +
                                  kOther);
  EXPECT_EQ(scan(next).error_code(), 67);

  auto empty = open;
  empty.mutable_bucket_scan_req()->set_bucket_id(1);
  EXPECT_EQ(Call(ApiKey::kScanKv, empty).body, record::FromHex("20003000"));

  proto::ScanKvRequest close;
  close.set_scanner_id("any");
  close.set_close_scanner(true);
  EXPECT_EQ(Call(ApiKey::kScanKv, close).body,
            record::FromHex("1a03") + "any" + record::FromHex("2000"));
  open.mutable_bucket_scan_req()->set_limit(1);
  EXPECT_FALSE(scan(open).has_more_results());
}

TEST_F(KvRequestsTest, RefusesScansThatMakeNoSense) {
  auto open = [&](int64_t table, int32_t bucket) {
    proto::ScanKvRequest request;
    request.mutable_bucket_scan_req()->set_table_id(table);
    request.mutable_bucket_scan_req()->set_bucket_id(bucket);
    request.set_call_seq_id(0);
    request.set_batch_size_bytes(1);
    return request;
  };
  std::vector<std::pair<proto::ScanKvRequest, int>> cases = {
      {open(rows_, 7), 21}, {open(rows_ + 100, 0), 21}, {open(log_, 0), 20}};
  auto add = [&](int code, auto change) {
    auto request = open(rows_, 0);
    change(request);
    cases.emplace_back(request, code);
  };
  add(74, [](auto& r) { r.mutable_bucket_scan_req()->set_routing_bucket_count(5); });
  add(68, [](auto& r) { r.set_scanner_id("x"); });
  add(68, [](auto& r) { r.clear_bucket_scan_req(); });
  add(68, [](auto& r) { r.set_close_scanner(true); });
  add(68, [](auto& r) { r.clear_batch_size_bytes(); });
  add(68, [](auto& r) { r.set_batch_size_bytes(0); });
  add(68, [](auto& r) { r.set_batch_size_bytes(-1); });
  add(68, [](auto& r) { r.clear_call_seq_id(); });
  add(68, [](auto& r) { r.set_call_seq_id(1); });
  for (size_t i = 0; i < cases.size(); i++) {
    auto response = Call(ApiKey::kScanKv, cases[i].first).As<proto::ScanKvResponse>();
    EXPECT_EQ(response.error_code(), cases[i].second) << i << ": " << response.error_message();
    EXPECT_FALSE(response.has_scanner_id()) << i;
  }
}

TEST_F(KvRequestsTest, ScansEndWithTheirTable) {
  EXPECT_THAT(Ends(Put(rows_, {{0}})), ElementsAre(2));
  proto::ScanKvRequest request;
  request.mutable_bucket_scan_req()->set_table_id(rows_);
  request.mutable_bucket_scan_req()->set_bucket_id(0);
  request.set_call_seq_id(0);
  request.set_batch_size_bytes(1);
  auto first = Call(ApiKey::kScanKv, request).As<proto::ScanKvResponse>();
  EXPECT_TRUE(first.has_more_results());
  EXPECT_EQ(DropTable("rows"), 0);
  // The bucket stops after the drop was answered, but before the next change of metadata is.
  while (true) {
    auto stats = proto::GetTableStatsRequest();
    stats.set_table_id(rows_);
    stats.add_buckets_req()->set_bucket_id(0);
    auto counted = Call(ApiKey::kGetTableStats, stats).As<proto::GetTableStatsResponse>();
    if (counted.buckets_resp(0).error_code() == 21) break;
  }
  request.clear_bucket_scan_req();
  request.set_scanner_id(first.scanner_id());
  request.set_call_seq_id(1);
  EXPECT_EQ(Call(ApiKey::kScanKv, request).As<proto::ScanKvResponse>().error_code(), 66);
}

TEST_F(KvRequestsTest, CountsRows) {
  EXPECT_THAT(Ends(Put(rows_, {{0}})), ElementsAre(2));
  EXPECT_EQ(CreateTable(
                "wal", {.primary_key = "\"id\"", .properties = "\"table.changelog.image\":\"wal\""})
                .error_code(),
            0);
  auto count = [&](int64_t table, std::optional<int32_t> routing) {
    proto::GetTableStatsRequest request;
    request.set_table_id(table);
    auto* bucket = request.add_buckets_req();
    bucket->set_bucket_id(0);
    if (routing) bucket->set_routing_bucket_count(*routing);
    auto response = Call(ApiKey::kGetTableStats, request).As<proto::GetTableStatsResponse>();
    const auto& counted = response.buckets_resp(0);
    return counted.has_error_code() ? -counted.error_code() : counted.row_count();
  };
  EXPECT_EQ(count(rows_, {}), 2);
  EXPECT_EQ(count(rows_, 2), 2);
  EXPECT_EQ(count(rows_, 3), -74);
  EXPECT_EQ(count(TableId("wal"), {}), -15);
}

TEST_F(KvRequestsTest, HasNoSnapshotsYet) {
  TableParts parted = {.partition_key = "\"name\"", .primary_key = "\"id\",\"name\""};
  EXPECT_EQ(CreateTable("parted", parted).error_code(), 0);
  EXPECT_EQ(CreatePartition("parted", "name", "p1"), 0);
  auto ask = [&](const std::string& table, std::optional<std::string> partition) {
    proto::GetLatestKvSnapshotsRequest request;
    request.mutable_table_path()->set_database_name("fluss");
    request.mutable_table_path()->set_table_name(table);
    if (partition) request.set_partition_name(*partition);
    return Call(ApiKey::kGetLatestKvSnapshots, request);
  };
  auto response = ask("rows", {}).As<proto::GetLatestKvSnapshotsResponse>();
  EXPECT_EQ(response.table_id(), rows_);
  EXPECT_FALSE(response.has_partition_id());
  ASSERT_EQ(response.latest_snapshots_size(), 2);
  for (int i : {0, 1}) {
    EXPECT_EQ(response.latest_snapshots(i).bucket_id(), i);
    EXPECT_FALSE(response.latest_snapshots(i).has_snapshot_id());
    EXPECT_FALSE(response.latest_snapshots(i).has_log_offset());
  }
  response = ask("parted", "p1").As<proto::GetLatestKvSnapshotsResponse>();
  EXPECT_TRUE(response.has_partition_id());
  EXPECT_EQ(response.latest_snapshots_size(), 2);
  EXPECT_EQ(ask("log", {}).error_code(), 20);
  EXPECT_EQ(ask("none", {}).error_code(), 7);
  EXPECT_EQ(ask("rows", "p1").error_code(), 37);
  EXPECT_EQ(ask("parted", {}).error_code(), 36);
  EXPECT_EQ(ask("parted", "p2").error_code(), 36);
}

TEST_F(KvRequestsTest, MistakesNameTheBucket) {
  auto response = Call(ApiKey::kPutKv, Put(rows_, {{0, 9}}), 3).As<proto::PutKvResponse>();
  EXPECT_THAT(response.buckets_resp(0).error_message(), HasSubstr("out of 9 buckets"));
}

}  // namespace
}  // namespace millrace::server
