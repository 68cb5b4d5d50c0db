#include "protocol/lookup.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/kv.pb.h"
#include "protocol/message_codec.h"
#include "protocol/test_bytes.h"

namespace millrace::protocol {
namespace {

using testing::ElementsAre;

// The request's entries as "partition/bucket:key,key".
std::vector<std::string> Entries(const LookupRequest& request) {
  std::vector<std::string> entries;
  for (const auto& bucket : request.buckets) {
    std::string text = fmt::format(
        "{}/{}:", bucket.partition_id ? std::to_string(bucket.partition_id->value) : "-",
        bucket.bucket_id.value);
    std::string_view separator;
    for (Bytes key : request.KeysOf(bucket)) {
      text.append(separator).append(AsText(key));
      separator = ",";
    }
    entries.push_back(std::move(text));
  }
  return entries;
}

TEST(LookupRequest, AsTheJavaClientSendsIt) {
  const std::string bytes = Unhex("0841 1207 1000 1a01 01 2801");
  auto body = Exactly(bytes);
  auto request = ParseLookupRequest(body);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->table_id, TableId{65});
  EXPECT_FALSE(request->insert_if_not_exists);
  EXPECT_EQ(request->acks, std::nullopt);
  EXPECT_THAT(Entries(*request), ElementsAre("-/0:\x01"));
  EXPECT_EQ(request->keys[0].data(), body.data() + 8) << "keys are views";
  EXPECT_EQ(request->buckets[0].routing_bucket_count, 1);
}

TEST(LookupRequest, AllFieldsInAnyOrderAmongUnknownOnes) {
  const std::string bytes = Unhex(R"(
      7a03 616263  1218 2807 1a02 6162 2203 783d31 1a00 f8ff0701 1003 0809 1a0163
      1801 2001 28b0ea01 1207 1002 1a017a 1a00 0801)");
  auto body = Exactly(bytes);
  auto request = ParseLookupRequest(body);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->table_id, TableId{1});
  EXPECT_TRUE(request->insert_if_not_exists);
  EXPECT_EQ(request->acks, 1);
  EXPECT_THAT(Entries(*request), ElementsAre("9/3:ab,,c", "-/2:z,"));
  EXPECT_EQ(request->buckets[0].routing_bucket_count, 7);
  EXPECT_EQ(request->buckets[0].original_partition_name, "x=1");
  EXPECT_EQ(request->buckets[1].routing_bucket_count, std::nullopt);
}

TEST(LookupRequest, OfPrefixesHasOtherFields) {
  const std::string bytes = Unhex("0841 1809 120b 0802 1000 1a0161 1a00 2003 1205 1001 1a0162");
  auto body = Exactly(bytes);
  auto request = ParsePrefixLookupRequest(body);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->table_id, TableId{65});
  EXPECT_FALSE(request->insert_if_not_exists);
  EXPECT_THAT(Entries(*request), ElementsAre("2/0:a,", "-/1:b"));
  EXPECT_EQ(request->buckets[0].routing_bucket_count, 3);
}

TEST(LookupRequest, OfEntriesForOneBucketTheLastCounts) {
  struct Case {
    std::string_view buckets;
    std::vector<std::string> kept;
  };
  const Case cases[] = {
      {"", {}},
      {"1202 1000", {"-/0:"}},
      {"1205 1000 1a0161 1205 1000 1a0162", {"-/0:b"}},
      {"1205 1001 1a0161 1208 1000 1a0162 1a0163 1205 1001 1a0164", {"-/0:b,c", "-/1:d"}},
      {"1207 0801 1000 1a0161 1205 1000 1a0162", {"1/0:a", "-/0:b"}},
      {"1208 1000 2201 61 1a0161 1208 1000 2201 62 1a0162", {"-/0:a", "-/0:b"}},
  };
  for (const Case& c : cases) {
    std::string bytes = Unhex("0801") + Unhex(c.buckets);
    auto body = Exactly(bytes);
    auto request = ParseLookupRequest(body);
    ASSERT_TRUE(request) << c.buckets << ": " << request.error().message;
    EXPECT_EQ(Entries(*request), c.kept) << c.buckets;
  }
}

TEST(LookupRequest, MalformedOnesSayWhy) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "no table_id"},
      {"1202 1000", "no table_id"},
      {"0801 1203 1a0161", "an entry without bucket_id"},
      {"0801 1204 1000 1a01", "end of buffer exception"},
      {"0801 12ffffffff0f", "end of buffer exception"},
      {"0801 0000", "invalid tag exception"},
  };
  for (const auto& [text, message] : cases) {
    std::string bytes = Unhex(text);
    auto body = Exactly(bytes);
    auto lookup = ParseLookupRequest(body);
    ASSERT_FALSE(lookup) << text;
    EXPECT_EQ(lookup.error().message, fmt::format("malformed LookupRequest: {}", message));
    EXPECT_EQ(lookup.error().code, ErrorCode::kUnknownServerError);
    auto prefixes = ParsePrefixLookupRequest(body);
    ASSERT_FALSE(prefixes) << text;
    EXPECT_EQ(prefixes.error().message, fmt::format("malformed PrefixLookupRequest: {}", message));
  }
}

TEST(LookupRequest, InsertsNeedAcksAndATimeout) {
  const std::pair<std::string_view, bool> cases[] = {
      {"0801", true},
      {"0801 1801 20ffffffffffffffffff01 28b0ea01", true},
      {"0801 1800", true},
      {"0801 1801", false},
      {"0801 1801 2001", false},
      {"0801 1801 2801", false},
  };
  for (const auto& [text, good] : cases) {
    std::string bytes = Unhex(text);
    auto body = Exactly(bytes);
    EXPECT_EQ(ParseLookupRequest(body).has_value(), good) << text;
    EXPECT_TRUE(ParsePrefixLookupRequest(body)) << text;
  }
}

TEST(LookupRequest, CountsAreBounded) {
  std::string bytes = Unhex("0801"), entry = Unhex("1202 1000");
  for (int i = 0; i < 200'001; ++i) bytes += entry;
  auto body = Exactly(bytes);
  EXPECT_EQ(ParseLookupRequest(body).error().message, "malformed LookupRequest: too many buckets");
  body.resize(body.size() - entry.size());
  EXPECT_EQ(ParseLookupRequest(body)->buckets.size(), 1u);

  bytes = Unhex("0801 1284897a 1000");  // 2,000,004 bytes
  std::string key = Unhex("1a00");
  for (int i = 0; i < 1'000'001; ++i) bytes += key;
  body = Exactly(bytes);
  EXPECT_EQ(ParseLookupRequest(body).error().message, "malformed LookupRequest: too many keys");
}

// Damaged requests are refused, or read as protobuf reads them.
TEST(LookupRequest, DamagedOnesReadAsProtobufReadsThem) {
  const std::string intact = Unhex(
      "0840 1214 0805 1001 1a03 616263 1a00 1a0164 2202 7879 2803 1209 0805 1002 1a03 646566 2801"
      "1801 20ffffffffffffffffff01 28b0ea01");
  std::minstd_rand random(1);
  int read = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes = Damage(intact, random);
    auto body = Exactly(bytes);
    auto request = ParseLookupRequest(body);
    auto expected = ParseMessage<proto::LookupRequest>(AsBytes(bytes));
    if (!request || !expected) continue;
    ++read;
    EXPECT_EQ(request->table_id.value, expected->table_id());
    EXPECT_EQ(request->insert_if_not_exists, expected->insert_if_not_exists());
    EXPECT_EQ(request->acks.value_or(0), expected->acks());
    if (request->buckets.size() != static_cast<size_t>(expected->buckets_req_size())) continue;
    for (size_t b = 0; b < request->buckets.size(); ++b) {
      const auto& one = request->buckets[b];
      const auto& other = expected->buckets_req(static_cast<int>(b));
      EXPECT_EQ(one.bucket_id.value, other.bucket_id()) << Hex(bytes);
      EXPECT_EQ(one.partition_id.has_value(), other.has_partition_id()) << Hex(bytes);
      EXPECT_EQ(one.routing_bucket_count.value_or(0), other.routing_bucket_count()) << Hex(bytes);
      EXPECT_EQ(one.original_partition_name.value_or(""), other.original_partition_name());
      std::vector<std::string> keys;
      for (Bytes key : request->KeysOf(one)) keys.emplace_back(AsText(key));
      EXPECT_THAT(keys, testing::ElementsAreArray(other.keys())) << Hex(bytes);
    }
  }
  EXPECT_GT(read, 5'000);
}

TEST(LookupResponse, Bytes) {
  // As the Java server answers for keys 1, 300 and 7, the last of which has no row.
  const std::string first = Unhex("0100000105416c69636519");
  const std::string second = Unhex("010002ac02ffffffffffffffffff01");
  const std::optional<Bytes> values[] = {AsBytes(first), AsBytes(second), std::nullopt};
  const std::string large(200, 'v');
  const std::optional<Bytes> more[] = {Bytes{}, AsBytes(large)};
  const LookupResult results[] = {
      {{}, {0}, {}, values},
      {PartitionId{7}, {300}},
      {{}, {3}, Error{ErrorCode::kUnknownTableOrBucket, "no wd.jk"}, values},
      {{}, {4}, Error{ErrorCode::kKvStorage, ""}},
      {PartitionId{7}, {5}, Error{ErrorCode::kCorruptRecord, "\xff"}, {}, "2024"},
      {{}, {6}, {}, more, "2025"},
  };
  const std::string expected[] = {
      Unhex("0a26 1000 2a0d 0a0b 0100000105416c69636519 2a11 0a0f 010002ac02ffffffffffffffffff01"
            "2a00"),
      Unhex("0a05 0807 10ac02"),
      Unhex("0a0e 1003 1815 2208 6e6f2077642e6a6b"),
      Unhex("0a04 1004 180b"),
      Unhex("0a11 0807 1005 180e 2203efbfbd 3204 32303234"),
      Unhex("0ada01 1006 3204 32303235 2a02 0a00 2acb01 0ac801") + large,
  };
  std::string all;
  for (size_t i = 0; i < std::size(results); ++i) {
    std::string one = EncodeLookupResponse({&results[i], 1});
    EXPECT_EQ(Hex(one), Hex(expected[i])) << i;
    all += one;
    auto read = ParseMessage<proto::LookupResponse>(AsBytes(one));
    ASSERT_TRUE(read) << i;
    EXPECT_EQ(read->buckets_resp(0).values_size(),
              results[i].error ? 0 : static_cast<int>(results[i].values.size()));
  }
  EXPECT_EQ(EncodeLookupResponse(results), all);
  EXPECT_EQ(EncodeLookupResponse({}), "");
}

TEST(PrefixLookupResponse, Bytes) {
  // As the Java server answers for two prefixes, the second of which no key has.
  const std::string rows[] = {Unhex("01000001016101016101"), Unhex("01000001016101026202"),
                              Unhex("0100000101610203636363 0303"),
                              Unhex("010000010161020a") + std::string(12, 'd')};
  const std::vector<Bytes> values = {AsBytes(rows[0]), AsBytes(rows[1]), AsBytes(rows[2]),
                                     AsBytes(rows[3])};
  const size_t ends[] = {4, 4};
  const size_t more_ends[] = {0, 1, 1, 3};
  const PrefixLookupResult results[] = {
      {{}, {0}, {}, values, ends},
      {PartitionId{2}, {1}, {}, std::span(values).first(3), more_ends},
      {{}, {2}, Error{ErrorCode::kRecordTooLarge, "x"}, values, ends},
      {{}, {3}},
  };
  const std::string expected[] = {
      Unhex("0a43 1000 2a3d 0a0a") + rows[0] + Unhex("0a0a") + rows[1] + Unhex("0a0d") + rows[2] +
          Unhex("0a14") + rows[3] + Unhex("2a00"),
      Unhex("0a33 0802 1001 2a00 2a0c 0a0a") + rows[0] + Unhex("2a00 2a1b 0a0a") + rows[1] +
          Unhex("0a0d") + rows[2],
      Unhex("0a07 1002 180d 2201 78"),
      Unhex("0a02 1003"),
  };
  std::string all;
  for (size_t i = 0; i < std::size(results); ++i) {
    std::string one = EncodePrefixLookupResponse({&results[i], 1});
    EXPECT_EQ(Hex(one), Hex(expected[i])) << i;
    EXPECT_TRUE(ParseMessage<proto::PrefixLookupResponse>(AsBytes(one))) << i;
    all += one;
  }
  EXPECT_EQ(EncodePrefixLookupResponse(results), all);
}

}  // namespace
}  // namespace millrace::protocol
