#include <gtest/gtest.h>

#include <array>

#include "base/crc32c.h"
#include "base/endian.h"
#include "base/ids.h"
#include "base/result.h"

namespace millrace {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Error{ErrorCode::kInvalidConfig, "odd"};
  return n / 2;
}

Result<int> Quarter(int n) {
  TRY_ASSIGN(int half, Half(n));
  TRY_ASSIGN(half, Half(half));
  return half;
}

TEST(ResultTest, TryAssignPassesValuesAndErrorsOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().code, ErrorCode::kInvalidConfig);
}

TEST(ErrorTest, NamesFollowTheNumbers) {
  EXPECT_EQ(ErrorName(ErrorCode::kUnknownServerError), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(ErrorName(ErrorCode::kPartitionNotExists), "PARTITION_NOT_EXISTS");
  EXPECT_EQ(ErrorName(ErrorCode::kInvalidBucketRouting), "INVALID_BUCKET_ROUTING");
  EXPECT_EQ(ErrorName(static_cast<ErrorCode>(75)), "UNKNOWN_SERVER_ERROR");
}

TEST(Crc32cTest, MatchesTheCheckValueAndContinues) {
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xE3069283u);
  EXPECT_EQ(Crc32c(AsBytes("6789"), Crc32c(AsBytes("12345"))), 0xE3069283u);
  EXPECT_EQ(Crc32c({}), 0u);
}

TEST(EndianTest, BigAndLittleRoundTrip) {
  std::array<std::byte, 8> bytes;
  StoreBig<int64_t>(bytes.data(), 0x0102030405060708);
  EXPECT_EQ(bytes[0], std::byte{1});
  EXPECT_EQ(LoadBig<int64_t>(bytes.data()), 0x0102030405060708);
  EXPECT_EQ(LoadLittle<int64_t>(bytes.data()), 0x0807060504030201);
}

TEST(IdsTest, BucketsOfOneTableSpreadOverShards) {
  std::array<int, 2> per_shard = {0, 0};
  for (int i = 0; i < 100; i++) per_shard[HashOf({{5}, std::nullopt, {i}}) % 2]++;
  EXPECT_GT(per_shard[0], 25);
  EXPECT_GT(per_shard[1], 25);
}

}  // namespace
}  // namespace millrace
