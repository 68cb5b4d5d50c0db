#include "protocol/produce_log.h"

#include <gtest/gtest.h>

#include "protocol/error_message.h"
#include "protocol/log.pb.h"
#include "protocol/message_codec.h"
#include "protocol/test_bytes.h"

namespace millrace::protocol {
namespace {

// What a Java client 1.0.0 sends to append one row to a table of one INT column.
const std::string kRecords = Unhex(R"(
    0000000000000000 c4000000 00 0000000000000000 4e1fb879 0100 01 00000000
    1a00000000000000 00000000 01000000
    ffffffff88000000 14000000000000000c0016000e001500100004000c00000010000000000000000000040010
    00000000030a0018000c00080004000a000000140000003800000001000000000000000000000002000000000000
    00000000000100000000000000080000000000000004000000000000000000000001000000010000000000000000
    00000000000000 0100000000000000 0700000000000000)");
const std::string kBody =
    Unhex("08 ffffffffffffffffff01 1040 18b0ea01 22d701 1000 1ad001") + kRecords + Unhex("2801");

Result<ProduceLogRequest> ParseHex(std::string_view text) {
  // Whoever looks at views of the result keeps the bytes; these tests do not.
  std::string body = Unhex(text);
  auto bytes = Exactly(body);
  return ParseProduceLogRequest(bytes);
}

TEST(ProduceLogRequest, AsTheJavaClientSendsIt) {
  ASSERT_EQ(kRecords.size(), 208u);
  ASSERT_EQ(kBody.size(), 0xf3u - 8);
  auto body = Exactly(kBody);
  auto request = ParseProduceLogRequest(body);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->acks, -1);
  EXPECT_EQ(request->table_id, TableId{64});
  EXPECT_EQ(request->timeout_ms, 30000);
  ASSERT_EQ(request->buckets.size(), 1u);
  const auto& bucket = request->buckets[0];
  EXPECT_EQ(bucket.partition_id, std::nullopt);
  EXPECT_EQ(bucket.bucket_id, BucketId{0});
  EXPECT_EQ(AsText(bucket.records), kRecords);
  EXPECT_EQ(bucket.records.data(), body.data() + 25) << "records are a view";
  EXPECT_EQ(bucket.routing_bucket_count, 1);
  EXPECT_EQ(bucket.original_partition_name, std::nullopt);
}

TEST(ProduceLogRequest, AllFieldsInAnyOrderAmongUnknownOnes) {
  std::string bytes = Unhex(R"(
      7a03 616263  2213 2807 2203 783d31 1a02 aabb f8ff0701 1003 0809 1800 1001 10c001 08 01 18 05)");
  auto body = Exactly(bytes);
  auto request = ParseProduceLogRequest(body);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->acks, 1);
  EXPECT_EQ(request->table_id, TableId{192}) << "the last of several counts";
  EXPECT_EQ(request->timeout_ms, 5);
  ASSERT_EQ(request->buckets.size(), 1u);
  const auto& bucket = request->buckets[0];
  EXPECT_EQ(bucket.partition_id, PartitionId{9});
  EXPECT_EQ(bucket.bucket_id, BucketId{3});
  EXPECT_EQ(Hex(AsText(bucket.records)), "aabb");
  EXPECT_EQ(bucket.routing_bucket_count, 7);
  EXPECT_EQ(bucket.original_partition_name, "x=1");
}

TEST(ProduceLogRequest, OfEntriesForOneBucketTheLastCounts) {
  struct Case {
    std::string_view name, buckets;
    std::vector<std::string> kept;  // partition/bucket:records
  };
  const Case cases[] = {
      {"none", "", {}},
      {"apart", "2205 1001 1a0131 2205 1000 1a0132", {"-/1:1", "-/0:2"}},
      {"twice", "2205 1000 1a0131 2205 1000 1a0132", {"-/0:2"}},
      {"thrice among others",
       "2205 1002 1a0131 2205 1001 1a0132 2205 1002 1a0133 2205 1000 1a0134 2205 1002 1a0135",
       {"-/1:2", "-/0:4", "-/2:5"}},
      {"other partition",
       "2207 0801 1000 1a0131 2207 0800 1000 1a0132 2205 1000 1a0133",
       {"1/0:1", "0/0:2", "-/0:3"}},
      {"historical ones all stay",
       "2208 1000 2201 61 1a0131 2208 1000 2201 62 1a0132",
       {"-/0:1", "-/0:2"}},
  };
  for (const Case& c : cases) {
    std::string bytes = Unhex("0801 1000 1800") + Unhex(c.buckets);
    auto body = Exactly(bytes);
    auto request = ParseProduceLogRequest(body);
    ASSERT_TRUE(request) << c.name << ": " << request.error().message;
    std::vector<std::string> kept;
    for (const auto& bucket : request->buckets) {
      auto& partition = bucket.partition_id;
      kept.push_back((partition ? std::to_string(partition->value) : "-") + "/" +
                     std::to_string(bucket.bucket_id.value) + ":" +
                     std::string(AsText(bucket.records)));
    }
    EXPECT_EQ(kept, c.kept) << c.name;
  }
}

TEST(ProduceLogRequest, MalformedOnesSayWhy) {
  struct Case {
    std::string_view body, message;
  };
  const Case cases[] = {
      {"", "malformed ProduceLogRequest: no acks"},
      {"1000 1800", "malformed ProduceLogRequest: no acks"},
      {"0801 1800", "malformed ProduceLogRequest: no table_id"},
      {"0801 1000", "malformed ProduceLogRequest: no timeout_ms"},
      {"0801 1000 1d00000000", "malformed ProduceLogRequest: no timeout_ms"},  // wrong wire type
      {"0801 1000 1800 2203 1a0131", "malformed ProduceLogRequest: an entry without bucket_id"},
      {"0801 1000 1800 2202 1000", "malformed ProduceLogRequest: an entry without records"},
      {"0801 1000 1800 22", "malformed ProduceLogRequest: end of buffer exception"},
      {"0801 1000 1800 2205 1000", "malformed ProduceLogRequest: end of buffer exception"},
      {"0801 1000 1800 22ffffffff0f", "malformed ProduceLogRequest: end of buffer exception"},
      {"0801 1000 1800 2207 1000 1affffff0f",
       "malformed ProduceLogRequest: end of buffer exception"},
      {"08ffffffffffffffffffff01", "malformed ProduceLogRequest: varint too long exception"},
      {"0801 1000 1800 0000", "malformed ProduceLogRequest: invalid tag exception"},
      {"0801 1000 1800 7b7c", "malformed ProduceLogRequest: unknown pbf field type exception"},
  };
  for (const Case& c : cases) {
    auto request = ParseHex(c.body);
    ASSERT_FALSE(request) << c.body;
    EXPECT_EQ(request.error().message, c.message) << c.body;
    EXPECT_EQ(request.error().code, ErrorCode::kUnknownServerError);
  }
}

TEST(ProduceLogRequest, CutAnywhereIsNoRequest) {
  // All but the cuts at the end of a field that leave the required ones.
  for (size_t size = 0; size < kBody.size(); ++size) {
    auto body = Exactly(kBody.substr(0, size));
    EXPECT_EQ(ParseProduceLogRequest(body).has_value(), size == 17) << size;
  }
}

TEST(ProduceLogRequest, TooManyBuckets) {
  std::string bytes = Unhex("0801 1000 1800");
  std::string entry = Unhex("2204 1000 1a00");
  for (int i = 0; i < 200'001; ++i) bytes += entry;
  auto body = Exactly(bytes);
  EXPECT_EQ(ParseProduceLogRequest(body).error().message,
            "malformed ProduceLogRequest: too many buckets");
  body.resize(body.size() - entry.size());
  EXPECT_EQ(ParseProduceLogRequest(body)->buckets.size(), 1u);
}

// Damaged requests are refused, or read as protobuf reads them.
TEST(ProduceLogRequest, DamagedOnesReadAsProtobufReadsThem) {
  const std::string intact = Unhex(
      "08ffffffffffffffffff01 1040 18b0ea01 220f 0805 1001 1a03 616263 2202 7879 2803"
      "2209 0805 1002 1a03 646566 2801");
  std::minstd_rand random(1);
  int read = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes = Damage(intact, random);
    auto body = Exactly(bytes);
    auto request = ParseProduceLogRequest(body);
    auto expected = ParseMessage<proto::ProduceLogRequest>(AsBytes(bytes));
    if (!request || !expected) continue;
    ++read;
    EXPECT_EQ(request->acks, expected->acks());
    EXPECT_EQ(request->table_id.value, expected->table_id());
    EXPECT_EQ(request->timeout_ms, expected->timeout_ms());
    if (request->buckets.size() != static_cast<size_t>(expected->buckets_req_size())) continue;
    for (size_t b = 0; b < request->buckets.size(); ++b) {
      const auto& one = request->buckets[b];
      const auto& other = expected->buckets_req(static_cast<int>(b));
      EXPECT_EQ(one.bucket_id.value, other.bucket_id()) << Hex(bytes);
      EXPECT_EQ(AsText(one.records), other.records()) << Hex(bytes);
      EXPECT_EQ(one.partition_id.has_value(), other.has_partition_id()) << Hex(bytes);
      EXPECT_EQ(one.partition_id.value_or(PartitionId{}).value, other.partition_id());
      EXPECT_EQ(one.routing_bucket_count.value_or(0), other.routing_bucket_count()) << Hex(bytes);
      EXPECT_EQ(one.original_partition_name.value_or(""), other.original_partition_name());
    }
  }
  EXPECT_GT(read, 5'000);
}

TEST(ProduceLogResponse, Bytes) {
  const ProduceLogResult results[] = {
      {{}, {0}, Offset{0}},
      {PartitionId{7}, {1}, Offset{300}},
      {{}, {2}, Offset{-1}},
      {{}, {3}, Error{ErrorCode::kUnknownTableOrBucket, "no wd.jl"}},
      {{}, {4}, Error{ErrorCode::kStorage, ""}},
      {PartitionId{7}, {5}, Error{ErrorCode::kCorruptRecord, "\xff"}, "2024"},
  };
  const std::string_view expected[] = {
      "0a04 1000 2800",
      "0a07 0807 1001 28ac02",
      "0a0d 1002 28ffffffffffffffffff01",
      "0a0e 1003 1815 2208 6e6f2077642e6a6c",
      "0a04 1004 181a",
      "0a11 0807 1005 180e 2203efbfbd 3204 32303234",
  };
  std::string all;
  for (size_t i = 0; i < std::size(results); ++i) {
    std::string one = EncodeProduceLogResponse({&results[i], 1});
    EXPECT_EQ(Hex(one), Hex(Unhex(expected[i])));
    all += one;
  }
  EXPECT_EQ(EncodeProduceLogResponse(results), all);
  EXPECT_EQ(EncodeProduceLogResponse({}), "");
}

}  // namespace
}  // namespace millrace::protocol
