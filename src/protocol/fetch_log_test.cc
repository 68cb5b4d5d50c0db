#include "protocol/fetch_log.h"

#include <gtest/gtest.h>

#include "protocol/frame.h"
#include "protocol/log.pb.h"
#include "protocol/message_codec.h"
#include "protocol/test_bytes.h"

namespace millrace::protocol {
namespace {

const std::string kFromEarliest = Unhex(R"(
    08 ffffffffffffffffff01 1080808008 1a1b 0840 1000 1a00
    2213 1000 18 feffffffffffffffff01 20808040 2801 20f403 2801 3000)");
const std::string kFromOne = Unhex(R"(
    08 ffffffffffffffffff01 1080808008 1a12 0840 1000 1a00
    220a 1000 1801 20808040 2801 20f403 2801 3000)");

Result<FetchLogRequest> ParseHex(std::string_view text) {
  return ParseFetchLogRequest(Exactly(Unhex(text)));
}

TEST(FetchLogRequest, AsTheJavaClientSendsIt) {
  struct Case {
    std::string body;
    uint32_t frame_length;
    Offset fetch_offset;
  };
  for (const Case& c :
       {Case{kFromEarliest, 0x3c, kFetchFromLogStart}, Case{kFromOne, 0x33, Offset{1}}}) {
    ASSERT_EQ(c.body.size() + kRequestHeaderSize, c.frame_length);
    auto request = ParseFetchLogRequest(Exactly(c.body));
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(request->follower_server_id, kNotAFollower);
    EXPECT_EQ(request->max_bytes, 16 << 20);
    EXPECT_EQ(request->max_wait_ms, 500);
    EXPECT_EQ(request->min_bytes, 1);
    EXPECT_FALSE(request->remote_first);
    ASSERT_EQ(request->tables.size(), 1u);
    const auto& table = request->tables[0];
    EXPECT_EQ(table.table_id, TableId{64});
    EXPECT_EQ(table.projected_fields, std::nullopt);
    EXPECT_FALSE(table.filter);
    ASSERT_EQ(table.buckets.size(), 1u);
    const auto& bucket = table.buckets[0];
    EXPECT_EQ(bucket.partition_id, std::nullopt);
    EXPECT_EQ(bucket.bucket_id, BucketId{0});
    EXPECT_EQ(bucket.fetch_offset, c.fetch_offset);
    EXPECT_EQ(bucket.max_fetch_bytes, 1 << 20);
    EXPECT_EQ(bucket.routing_bucket_count, 1);
  }
}

TEST(FetchLogRequest, WhatIsAbsentStaysAbsent) {
  auto request = ParseHex("0803 1000 1a0c 0801 1000 2206 1000 1800 2000");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->follower_server_id, ServerId{3});
  EXPECT_EQ(request->max_wait_ms, std::nullopt);
  EXPECT_EQ(request->min_bytes, std::nullopt);
  EXPECT_FALSE(request->remote_first);
  EXPECT_EQ(request->tables.at(0).buckets.at(0).routing_bucket_count, std::nullopt);
}

TEST(FetchLogRequest, Projection) {
  using Fields = std::vector<int32_t>;
  struct Case {
    std::string_view fields;  // of the table entry
    std::optional<Fields> projected;
  };
  const Case cases[] = {
      {"1000", std::nullopt},
      {"1000 1a02 0103", std::nullopt},
      {"1001", Fields{}},
      {"1001 1a00", Fields{}},
      {"1001 1a03 000305", Fields{0, 3, 5}},
      {"1001 1800 1803 1805", Fields{0, 3, 5}},
      {"1a01 00 1001 1803 1a01 05", Fields{0, 3, 5}},
      {"108001 1a0a ffffffffffffffffff01", Fields{-1}},  // true in two bytes
      {"1001 1a04 80808001", Fields{1 << 21}},
  };
  for (const Case& c : cases) {
    std::string table = Unhex("0801") + Unhex(c.fields) + Unhex("2206 1000 1800 2000");
    std::string body = Unhex("0801 1000 1a") + static_cast<char>(table.size()) + table;
    auto request = ParseFetchLogRequest(Exactly(body));
    ASSERT_TRUE(request) << c.fields << ": " << request.error().message;
    EXPECT_EQ(request->tables.at(0).projected_fields, c.projected) << c.fields;
  }
}

TEST(FetchLogRequest, Filter) {
  std::string bytes =
      Unhex("0801 1000 3001 1a14 0801 1000 2206 1000 1800 2000 2a04 0800 1200 3005");
  auto body = Exactly(bytes);
  auto request = ParseFetchLogRequest(body);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_TRUE(request->remote_first);
  const auto& filter = request->tables.at(0).filter;
  ASSERT_TRUE(filter);
  EXPECT_EQ(Hex(AsText(filter->predicate)), "08001200");
  EXPECT_EQ(filter->schema_id, SchemaId{5});
}

TEST(FetchLogRequest, OfEntriesForOneBucketTheLastCounts) {
  // Table 1 twice: with bucket 0 at 1, bucket 1 at 2 and bucket 0 at 3; then projected, bucket 0 at
  // 4. Table 2 has a bucket 0 of its own, table 3 names none.
  auto request = ParseHex(R"(
      0801 1000
      1a1c 0801 1000 2206 1000 1801 2000 2206 1001 1802 2000 2206 1000 1803 2000
      1a0f 0801 1001 1a01 05 2206 1000 1804 2000
      1a0c 0802 1000 2206 1000 1805 2000
      1a04 0803 1000)");
  ASSERT_TRUE(request) << request.error().message;
  std::vector<std::vector<int64_t>> read;  // table id, whether projected, then bucket, offset, ...
  for (const auto& table : request->tables) {
    auto& row = read.emplace_back(
        std::vector<int64_t>{table.table_id.value, table.projected_fields.has_value()});
    for (const auto& bucket : table.buckets) {
      row.push_back(bucket.bucket_id.value);
      row.push_back(bucket.fetch_offset.value);
    }
  }
  EXPECT_EQ(read, (std::vector<std::vector<int64_t>>{{1, 0, 1, 2}, {1, 1, 0, 4}, {2, 0, 0, 5}}));
}

TEST(FetchLogRequest, MalformedOnesSayWhy) {
  struct Case {
    std::string_view body, message;
  };
  const Case cases[] = {
      {"", "no follower_server_id"},
      {"1000", "no follower_server_id"},
      {"0801", "no max_bytes"},
      {"0801 1000 1a02 1000", "a table without table_id"},
      {"0801 1000 1a02 0801", "a table without projection_pushdown_enabled"},
      {"0801 1000 1a0a 0801 1000 2204 1800 2000", "a bucket without bucket_id"},
      {"0801 1000 1a0a 0801 1000 2204 1000 2000", "a bucket without fetch_offset"},
      {"0801 1000 1a0a 0801 1000 2204 1000 1800", "a bucket without max_fetch_bytes"},
      {"0801 1000 1a06 0801 1000 2a00", "filter_predicate without a valid filter_schema_id"},
      {"0801 1000 1a11 0801 1000 2a00 30ffffffffffffffffff01",
       "filter_predicate without a valid filter_schema_id"},
      {"0801 1000 1a06 0801 1000 2207", "end of buffer exception"},
      {"0801 1000 1a", "end of buffer exception"},
      {"0801 1000 1affffffff0f", "end of buffer exception"},
      {"0801 1000 1a07 0801 1001 1a01 80", "end of buffer exception"},  // half a packed number
      {"0801 1000 1a03 0801 10", "end of buffer exception"},            // a bool without its byte
      {"08", "end of buffer exception"},
  };
  for (const Case& c : cases) {
    auto request = ParseHex(c.body);
    ASSERT_FALSE(request) << c.body;
    EXPECT_EQ(request.error().message, "malformed FetchLogRequest: " + std::string(c.message))
        << c.body;
    EXPECT_EQ(request.error().code, ErrorCode::kUnknownServerError);
  }
}

TEST(FetchLogRequest, CutAnywhereIsNoRequest) {
  // All but the cuts between fields that leave the required ones: before the table, and after it.
  for (size_t size = 0; size < kFromEarliest.size(); ++size) {
    bool whole = size == 16 || size == 45 || size == 48 || size == 50;
    auto body = Exactly(std::string_view(kFromEarliest).substr(0, size));
    EXPECT_EQ(ParseFetchLogRequest(body).has_value(), whole) << size;
  }
}

TEST(FetchLogRequest, TooMuchOfAnything) {
  std::string fields = Unhex("0801 1001 1a81897a") + std::string(2'000'001, '\1');
  std::string body = Unhex("0801 1000 1a89897a") + fields;
  EXPECT_EQ(ParseFetchLogRequest(Exactly(body)).error().message,
            "malformed FetchLogRequest: too many projected_fields");

  std::string entry = Unhex("1a0c 0801 1000 2206 1000 1800 2000");
  body = Unhex("0801 1000");
  for (int i = 0; i < 200'001; ++i) body += entry;
  EXPECT_EQ(ParseFetchLogRequest(Exactly(body)).error().message,
            "malformed FetchLogRequest: too many buckets");
}

// Damaged requests are refused, or read as protobuf reads them.
TEST(FetchLogRequest, DamagedOnesReadAsProtobufReadsThem) {
  const std::string intact = Unhex(R"(
      08ffffffffffffffffff01 1080808008
      1a20 0840 1001 1a02 0103 220c 0805 1000 1801 20808040 2801 2208 0805 1001 1802 2064
      1a0c 0841 1000 2206 1000 1803 2000
      20f403 2801 3000)");
  std::minstd_rand random(2);
  int read = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes = Damage(intact, random);
    auto request = ParseFetchLogRequest(Exactly(bytes));
    auto expected = ParseMessage<proto::FetchLogRequest>(AsBytes(bytes));
    if (!request || !expected) continue;
    ++read;
    EXPECT_EQ(request->follower_server_id.value, expected->follower_server_id());
    EXPECT_EQ(request->max_bytes, expected->max_bytes());
    EXPECT_EQ(request->max_wait_ms.value_or(0), expected->max_wait_ms());
    EXPECT_EQ(request->min_bytes.value_or(0), expected->min_bytes());
    if (request->tables.size() != static_cast<size_t>(expected->tables_req_size())) continue;
    for (size_t t = 0; t < request->tables.size(); ++t) {
      const auto& one = request->tables[t];
      const auto& other = expected->tables_req(static_cast<int>(t));
      EXPECT_EQ(one.table_id.value, other.table_id()) << Hex(bytes);
      EXPECT_EQ(one.projected_fields.has_value(), other.projection_pushdown_enabled());
      if (one.projected_fields) {
        EXPECT_EQ(*one.projected_fields, std::vector<int32_t>(other.projected_fields().begin(),
                                                              other.projected_fields().end()))
            << Hex(bytes);
      }
      if (one.buckets.size() != static_cast<size_t>(other.buckets_req_size())) continue;
      for (size_t b = 0; b < one.buckets.size(); ++b) {
        const auto& bucket = other.buckets_req(static_cast<int>(b));
        EXPECT_EQ(one.buckets[b].bucket_id.value, bucket.bucket_id()) << Hex(bytes);
        EXPECT_EQ(one.buckets[b].fetch_offset.value, bucket.fetch_offset()) << Hex(bytes);
        EXPECT_EQ(one.buckets[b].max_fetch_bytes, bucket.max_fetch_bytes()) << Hex(bytes);
      }
    }
  }
  EXPECT_GT(read, 5'000);
}

// The body with `records[i]` in the hole of result i.
std::string Fill(const FetchLogResponseBody& body, const std::vector<std::string>& records) {
  std::string whole;
  size_t from = 0;
  for (const auto& hole : body.holes) {
    whole += body.bytes.substr(from, hole.position - from) + records[hole.result_index];
    from = hole.position;
  }
  return whole + body.bytes.substr(from);
}

TEST(FetchLogResponse, AsTheJavaServerSendsIt) {
  std::string records(208, 'r');
  FetchLogResult result = {.table_id = {64}, .high_watermark = {1}, .records_size = 208};
  auto body = EncodeFetchLogResponse({&result, 1});
  EXPECT_EQ(body.size, 0xe6u - 5);
  EXPECT_EQ(Fill(body, {records}), Unhex("0ade01 0840 12d901 1000 2801 3000 42d001") + records);

  result.records_size = 0;
  body = EncodeFetchLogResponse({&result, 1});
  EXPECT_EQ(Hex(body.bytes),
            "0a0c0840120810002801300042"
            "00");
  EXPECT_TRUE(body.holes.empty());
  EXPECT_EQ(body.size, body.bytes.size());
}

TEST(FetchLogResponse, ManyTablesBucketsAndErrors) {
  const std::vector<FetchLogResult> results = {
      {.table_id = {1}, .bucket_id = {0}, .high_watermark = {10}, .records_size = 300},
      {.table_id = {1},
       .bucket_id = {1},
       .error = Error{ErrorCode::kLogOffsetOutOfRange, "too far"},
       .records_size = 77},
      {.table_id = {1}, .bucket_id = {2}, .high_watermark = {-1}, .records_size = 0},
      {.table_id = {300},
       .partition_id = PartitionId{5},
       .bucket_id = {0},
       .high_watermark = {1 << 20},
       .log_start_offset = {9},
       .records_size = 70'000,
       .filtered_end_offset = Offset{99}},
      {.table_id = {300}, .partition_id = PartitionId{6}, .bucket_id = {0}, .records_size = 1},
      {.table_id = {1}, .bucket_id = {3}, .error = Error{ErrorCode::kStorage, ""}},
  };
  std::vector<std::string> records;
  for (size_t i = 0; i < results.size(); ++i) {
    records.emplace_back(results[i].records_size, static_cast<char>('a' + i));
  }

  auto body = EncodeFetchLogResponse(results);
  std::string whole = Fill(body, records);
  EXPECT_EQ(body.size, whole.size());
  ASSERT_EQ(body.holes.size(), 3u);

  auto read = ParseMessage<proto::FetchLogResponse>(AsBytes(whole));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->tables_resp_size(), 3);
  size_t i = 0;
  for (const auto& table : read->tables_resp()) {
    for (const auto& bucket : table.buckets_resp()) {
      const FetchLogResult& result = results.at(i);
      EXPECT_EQ(table.table_id(), result.table_id.value) << i;
      EXPECT_EQ(bucket.has_partition_id(), result.partition_id.has_value()) << i;
      EXPECT_EQ(bucket.partition_id(), result.partition_id.value_or(PartitionId{}).value) << i;
      EXPECT_EQ(bucket.bucket_id(), result.bucket_id.value) << i;
      bool failed = result.error.has_value();
      EXPECT_EQ(bucket.has_error_code(), failed) << i;
      EXPECT_EQ(bucket.has_records(), !failed) << i;
      EXPECT_EQ(bucket.has_high_watermark(), !failed) << i;
      EXPECT_EQ(bucket.has_log_start_offset(), !failed) << i;
      EXPECT_FALSE(bucket.has_remote_log_fetch_info()) << i;
      EXPECT_EQ(bucket.has_filtered_end_offset(), result.filtered_end_offset.has_value()) << i;
      if (failed) {
        EXPECT_EQ(bucket.error_code(), static_cast<int32_t>(result.error->code)) << i;
        EXPECT_EQ(bucket.error_message(), result.error->message) << i;
      } else {
        EXPECT_EQ(bucket.high_watermark(), result.high_watermark.value) << i;
        EXPECT_EQ(bucket.log_start_offset(), result.log_start_offset.value) << i;
        EXPECT_EQ(bucket.records(), records[i]) << i;
      }
      ++i;
    }
  }
  EXPECT_EQ(i, results.size());
}

TEST(FetchLogResponse, SizesPastFourGigabytesAddUp) {
  const FetchLogResult results[] = {
      {.table_id = {1}, .records_size = 3ull << 30},
      {.table_id = {1}, .bucket_id = {1}, .records_size = 3ull << 30}};
  auto body = EncodeFetchLogResponse(results);
  EXPECT_EQ(body.size, (6ull << 30) + body.bytes.size());
}

TEST(FetchLogResponse, NoResults) {
  auto body = EncodeFetchLogResponse({});
  EXPECT_EQ(body.bytes, "");
  EXPECT_EQ(body.size, 0u);
}

}  // namespace
}  // namespace millrace::protocol
