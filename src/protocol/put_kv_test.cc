#include "protocol/put_kv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/kv.pb.h"
#include "protocol/message_codec.h"
#include "protocol/test_bytes.h"

namespace millrace::protocol {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What a Java client 1.0.0 sends to upsert one row, (1, 'x').
const std::string kRecords = Unhex(R"(
    22000000 00 9c497920 0100 00 1a00000000000000 00000000 01000000
    06000000 01 01 00 01 01 78)");
const std::string kBody = Unhex("08 ffffffffffffffffff01 1041 18b0ea01 2200 2a2c 1000 1a26") +
                          kRecords + Unhex("2801 3000");

TEST(PutKvRequest, AsTheJavaClientSendsIt) {
  ASSERT_EQ(kRecords.size(), 38u);
  ASSERT_EQ(kBody.size(), 0x4bu - 8);
  auto body = Exactly(kBody);
  auto request = ParsePutKvRequest(body);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->acks, -1);
  EXPECT_EQ(request->table_id, TableId{65});
  EXPECT_EQ(request->timeout_ms, 30000);
  EXPECT_THAT(request->target_columns, IsEmpty());
  EXPECT_FALSE(request->overwrite);
  ASSERT_EQ(request->buckets.size(), 1u);
  const auto& bucket = request->buckets[0];
  EXPECT_EQ(bucket.partition_id, std::nullopt);
  EXPECT_EQ(bucket.bucket_id, BucketId{0});
  EXPECT_EQ(AsText(bucket.records), kRecords);
  EXPECT_EQ(bucket.records.data(), body.data() + 25) << "records are a view";
  EXPECT_EQ(bucket.routing_bucket_count, 1);
  EXPECT_EQ(bucket.original_partition_name, std::nullopt);
}

TEST(PutKvRequest, AllFieldsInAnyOrderAmongUnknownOnes) {
  std::string bytes = Unhex(R"(
      7a03 616263  3001  2a13 2807 2203 783d31 1a02 aabb f8ff0701 1003 0809 1800 2005 2202 00ac
      1001 10c001 08 01 18 05)");
  // The packed list is cut inside its second number.
  auto cut = Exactly(bytes);
  EXPECT_EQ(ParsePutKvRequest(cut).error().message,
            "malformed PutKvRequest: end of buffer exception");
  bytes.replace(bytes.find(Unhex("2202 00ac")), 4, Unhex("2203 00ac02"));
  auto body = Exactly(bytes);
  auto request = ParsePutKvRequest(body);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->acks, 1);
  EXPECT_EQ(request->table_id, TableId{192}) << "the last of several counts";
  EXPECT_EQ(request->timeout_ms, 5);
  EXPECT_THAT(request->target_columns, ElementsAre(5, 0, 300)) << "packed or not";
  EXPECT_TRUE(request->overwrite);
  ASSERT_EQ(request->buckets.size(), 1u);
  const auto& bucket = request->buckets[0];
  EXPECT_EQ(bucket.partition_id, PartitionId{9});
  EXPECT_EQ(bucket.bucket_id, BucketId{3});
  EXPECT_EQ(Hex(AsText(bucket.records)), "aabb");
  EXPECT_EQ(bucket.routing_bucket_count, 7);
  EXPECT_EQ(bucket.original_partition_name, "x=1");
}

TEST(PutKvRequest, OnlyModeOneOverwrites) {
  const std::pair<std::string_view, bool> cases[] = {
      {"", false},     {"3000", false},      {"3001", true},
      {"3002", false}, {"3001 3000", false}, {"30ffffffffffffffffff01", false}};
  for (const auto& [mode, overwrite] : cases) {
    std::string bytes = Unhex("0801 1000 1800") + Unhex(mode);
    auto body = Exactly(bytes);
    EXPECT_EQ(ParsePutKvRequest(body)->overwrite, overwrite) << mode;
  }
}

TEST(PutKvRequest, OfEntriesForOneBucketTheLastCounts) {
  struct Case {
    std::string_view name, buckets;
    std::vector<std::string> kept;  // partition/bucket:records
  };
  const Case cases[] = {
      {"none", "", {}},
      {"apart", "2a05 1001 1a0131 2a05 1000 1a0132", {"-/1:1", "-/0:2"}},
      {"twice", "2a05 1000 1a0131 2a05 1000 1a0132", {"-/0:2"}},
      {"other partition",
       "2a07 0801 1000 1a0131 2a07 0800 1000 1a0132 2a05 1000 1a0133",
       {"1/0:1", "0/0:2", "-/0:3"}},
      {"historical ones all stay",
       "2a08 1000 2201 61 1a0131 2a08 1000 2201 62 1a0132",
       {"-/0:1", "-/0:2"}},
  };
  for (const Case& c : cases) {
    std::string bytes = Unhex("0801 1000 1800") + Unhex(c.buckets);
    auto body = Exactly(bytes);
    auto request = ParsePutKvRequest(body);
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

TEST(PutKvRequest, MalformedOnesSayWhy) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "no acks"},
      {"0801 1800", "no table_id"},
      {"0801 1000", "no timeout_ms"},
      {"0801 1000 1800 2a03 1a0131", "an entry without bucket_id"},
      {"0801 1000 1800 2a02 1000", "an entry without records"},
      {"0801 1000 1800 2a", "end of buffer exception"},
      {"0801 1000 1800 2a07 1000 1affffff0f", "end of buffer exception"},
      {"08ffffffffffffffffffff01", "varint too long exception"},
      {"0801 1000 1800 7b7c", "unknown pbf field type exception"},
  };
  for (const auto& [text, message] : cases) {
    std::string bytes = Unhex(text);
    auto body = Exactly(bytes);
    auto request = ParsePutKvRequest(body);
    ASSERT_FALSE(request) << text;
    EXPECT_EQ(request.error().message, "malformed PutKvRequest: " + std::string(message)) << text;
    EXPECT_EQ(request.error().code, ErrorCode::kUnknownServerError);
  }
}

TEST(PutKvRequest, CountsAreBounded) {
  std::string bytes = Unhex("0801 1000 1800");
  std::string entry = Unhex("2a04 1000 1a00");
  for (int i = 0; i < 200'001; ++i) bytes += entry;
  auto body = Exactly(bytes);
  EXPECT_EQ(ParsePutKvRequest(body).error().message, "malformed PutKvRequest: too many buckets");
  body.resize(body.size() - entry.size());
  EXPECT_EQ(ParsePutKvRequest(body)->buckets.size(), 1u);

  bytes = Unhex("0801 1000 1800 22 c1843d") + std::string(1'000'001, '\1');
  body = Exactly(bytes);
  EXPECT_EQ(ParsePutKvRequest(body).error().message,
            "malformed PutKvRequest: too many target_columns");
}

// Damaged requests are refused, or read as protobuf reads them.
TEST(PutKvRequest, DamagedOnesReadAsProtobufReadsThem) {
  const std::string intact = Unhex(
      "08ffffffffffffffffff01 1040 18b0ea01 2203 000102 2a0f 0805 1001 1a03 616263 2202 7879 2803"
      "2a09 0805 1002 1a03 646566 2801 3001");
  std::minstd_rand random(1);
  int read = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes = Damage(intact, random);
    auto body = Exactly(bytes);
    auto request = ParsePutKvRequest(body);
    auto expected = ParseMessage<proto::PutKvRequest>(AsBytes(bytes));
    if (!request || !expected) continue;
    ++read;
    EXPECT_EQ(request->acks, expected->acks());
    EXPECT_EQ(request->table_id.value, expected->table_id());
    EXPECT_EQ(request->timeout_ms, expected->timeout_ms());
    EXPECT_EQ(request->overwrite, expected->agg_mode() == 1);
    EXPECT_THAT(request->target_columns, testing::ElementsAreArray(expected->target_columns()));
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

TEST(PutKvResponse, Bytes) {
  const PutKvResult results[] = {
      {{}, {0}, Offset{1}},
      {PartitionId{7}, {1}, Offset{300}},
      {{}, {3}, Error{ErrorCode::kUnknownTableOrBucket, "no wd.jk"}},
      {{}, {4}, Error{ErrorCode::kKvStorage, ""}},
      {PartitionId{7}, {5}, Error{ErrorCode::kCorruptRecord, "\xff"}, "2024"},
  };
  const std::string_view expected[] = {
      "0a04 1000 2801",
      "0a07 0807 1001 28ac02",
      "0a0e 1003 1815 2208 6e6f2077642e6a6b",
      "0a04 1004 180b",
      "0a11 0807 1005 180e 2203efbfbd 3a04 32303234",
  };
  std::string all;
  for (size_t i = 0; i < std::size(results); ++i) {
    std::string one = EncodePutKvResponse({&results[i], 1});
    EXPECT_EQ(Hex(one), Hex(Unhex(expected[i])));
    all += one;
  }
  EXPECT_EQ(EncodePutKvResponse(results), all);
  EXPECT_EQ(EncodePutKvResponse({}), "");
}

}  // namespace
}  // namespace millrace::protocol
