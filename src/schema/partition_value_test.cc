#include "schema/partition_value.h"

#include <gtest/gtest.h>

#include <cmath>

namespace millrace::schema {
namespace {

TEST(PartitionValueTest, ReadsWhatClientsWrite) {
  struct Case {
    DataType type;
    std::string_view text;
    Cell expected;
  };
  const Case cases[] = {
      {DataType::Of(TypeRoot::kString), "a-b", Cell::Of(AsBytes("a-b"))},
      {DataType::Of(TypeRoot::kBoolean), "true", Cell::Number(1)},
      {DataType::Of(TypeRoot::kTinyInt), "-128", Cell::Number(-128)},
      {DataType::Of(TypeRoot::kInteger), "42", Cell::Number(42)},
      {DataType::Of(TypeRoot::kBigInt), "-9223372036854775808", Cell::Number(INT64_MIN)},
      {DataType::Of(TypeRoot::kFloat), "1_5", Cell::Float(1.5)},
      {DataType::Of(TypeRoot::kDouble), "1_0E10", Cell::Double(1e10)},
      {DataType::Of(TypeRoot::kDouble), "-Inf", Cell::Double(-INFINITY)},
      {DataType::Of(TypeRoot::kDate), "2024-10-04", Cell::Number(20000)},
      {DataType::Time(3), "00-00-01_007", Cell::Number(1007)},
      {DataType::Timestamp(6), "2023-11-14-22-13-20_123456",
       Cell::Timestamp(1700000000123, 456000)},
      {DataType::TimestampLtz(3), "2023-11-14-22-13-20_1", Cell::Timestamp(1700000000100, 0)},
      {DataType::Timestamp(3), "2023-11-14-22-13-20_", Cell::Timestamp(1700000000000, 0)},
  };
  for (const auto& c : cases) {
    std::string bytes;
    auto cell = ParsePartitionValue(c.type, c.text, bytes);
    ASSERT_TRUE(cell) << c.text;
    if (c.type.root == TypeRoot::kString) {
      EXPECT_EQ(AsText(cell->bytes()), AsText(c.expected.bytes()));
      continue;
    }
    EXPECT_EQ(cell->number(), c.expected.number()) << c.text;
    EXPECT_EQ(cell->timestamp_nanos(), c.expected.timestamp_nanos()) << c.text;
  }
  std::string bytes;
  auto cell = ParsePartitionValue(DataType::Of(TypeRoot::kBytes), "00ff7f", bytes);
  ASSERT_TRUE(cell);
  EXPECT_EQ(AsText(cell->bytes()), std::string_view("\0\xff\x7f", 3));
}

TEST(PartitionValueTest, RefusesWhatIsNone) {
  const std::pair<DataType, std::string_view> cases[] = {
      {DataType::Of(TypeRoot::kBoolean), "yes"},     {DataType::Of(TypeRoot::kTinyInt), "128"},
      {DataType::Of(TypeRoot::kInteger), "4x"},      {DataType::Of(TypeRoot::kInteger), ""},
      {DataType::Of(TypeRoot::kDate), "2024-02-30"}, {DataType::Of(TypeRoot::kDate), "24-2-3"},
      {DataType::Of(TypeRoot::kBytes), "abc"},       {DataType::Time(3), "24-00-00_0"},
      {DataType::Timestamp(3), "2023-11-14-22-13"},  {DataType::Decimal(10, 2), "1_00"},
  };
  for (const auto& [type, text] : cases) {
    std::string bytes;
    auto cell = ParsePartitionValue(type, text, bytes);
    ASSERT_FALSE(cell) << text;
    EXPECT_EQ(cell.error().code, ErrorCode::kPartitionSpecInvalid);
  }
}

}  // namespace
}  // namespace millrace::schema
