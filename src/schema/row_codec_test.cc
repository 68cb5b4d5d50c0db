#include "schema/row_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/test_values.h"

namespace millrace::schema {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const DataType kInt = DataType::Of(TypeRoot::kInteger);
const DataType kBig = DataType::Of(TypeRoot::kBigInt);
const DataType kString = DataType::Of(TypeRoot::kString);

std::string Decoded(const RowCodec& codec, const std::string& row) {
  std::vector<Cell> cells(codec.column_count());
  auto decoded = codec.Decode(AsBytes(row), cells);
  if (!decoded) {
    EXPECT_EQ(decoded.error().code, ErrorCode::kCorruptRecord);
    return "error: " + decoded.error().message;
  }
  return CellText(codec, cells);
}

// Decodes a row and encodes its cells again.
std::string Again(const RowCodec& codec, const std::string& row) {
  std::vector<Cell> cells(codec.column_count());
  EXPECT_TRUE(codec.Decode(AsBytes(row), cells));
  std::string again = "before";
  codec.Encode(cells, again);
  EXPECT_THAT(again, StartsWith("before"));
  return again.substr(6);
}

// One column of every type, as the Java client wrote them.
std::vector<DataType> AllTypes() {
  return {DataType::Of(TypeRoot::kBoolean),
          DataType::Of(TypeRoot::kTinyInt),
          DataType::Of(TypeRoot::kSmallInt),
          kInt,
          kBig,
          DataType::Of(TypeRoot::kFloat),
          DataType::Of(TypeRoot::kDouble),
          DataType::Char(4),
          kString,
          DataType::Binary(3),
          DataType::Of(TypeRoot::kBytes),
          DataType::Decimal(5, 2),
          DataType::Decimal(20, 2),
          DataType::Of(TypeRoot::kDate),
          DataType::Time(0),
          DataType::Time(3),
          DataType::Timestamp(3),
          DataType::Timestamp(6),
          DataType::TimestampLtz(3),
          DataType::TimestampLtz(9),
          DataType::Array(kInt),
          DataType::Array(kString),
          DataType::Map(kString, kInt),
          RowOf({kInt, kString})};
}

constexpr std::string_view kAllTypesText =
    "1, -2, 4660, 300, -1, 1.5, -2.25, 'ab', 'hello world', x010203, x090807060504030201, 12345, "
    "xff54ab567314e0f52e, 19000, 3661000, 3661007, 1700000000123+0, 1700000000123+456000, "
    "1700000000123+0, 1700000000123+456789, [1, null, 3], ['x', 'longer-than-7', null], "
    "{'k1': 7, 'k2': null}, (5, 'yy')";
constexpr std::string_view kAllNullsText =
    "null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, "
    "null, null, null, null, null, null, null, null, null";

constexpr std::string_view kAllTypesIndexed =
    "000000 0b000000 09000000 09000000 18000000 30000000 2c000000 0b000000 01fe3412 2c010000 "
    "ffffffff ffffffff 0000c03f 00000000 000002c0 61620000 68656c6c 6f20776f 726c6401 02030908 "
    "07060504 03020139 30000000 000000ff 54ab5673 14e0f52e 384a0000 c8dc3700 cfdc3700 7b68e5cf "
    "8b010000 7b68e5cf 8b010000 40f50600 7b68e5cf 8b010000 7b68e5cf 8b010000 55f80600 03000000 "
    "02000000 01000000 00000000 03000000 00000000 03000000 04000000 78000000 00000081 0d000000 "
    "20000000 00000000 00000000 6c6f6e67 65722d74 68616e2d 37000000 18000000 02000000 00000000 "
    "6b310000 00000082 6b320000 00000082 02000000 02000000 07000000 00000000 00020000 00050000 "
    "007979";
constexpr std::string_view kAllTypesCompacted =
    "000000 01fe3412 ac02ffff ffffffff ffffff01 0000c03f 00000000 000002c0 0261620b 68656c6c "
    "6f20776f 726c6403 01020309 09080706 05040302 01b96009 ff54ab56 7314e0f5 2eb89401 c8b9df01 "
    "cfb9df01 fbd095ff bc31fbd0 95ffbc31 c0ea1bfb d095ffbc 31fbd095 ffbc31d5 f01b1803 00000002 "
    "00000001 00000000 00000003 00000000 00000030 03000000 04000000 78000000 00000081 0d000000 "
    "20000000 00000000 00000000 6c6f6e67 65722d74 68616e2d 37000000 2c180000 00020000 00000000 "
    "006b3100 00000000 826b3200 00000000 82020000 00020000 00070000 00000000 00050005 027979";

struct Golden {
  std::string_view name;
  KvFormat format;
  std::vector<DataType> types;
  std::string_view hex;
  std::string_view text;
};

// What official clients and servers wrote.
std::vector<Golden> Goldens() {
  using enum KvFormat;
  std::vector<DataType> three = {kInt, kString, kInt}, pair = {kInt, kString};
  std::vector<DataType> basic = {kInt.NotNull(), kString, kBig};
  std::vector<DataType> evolved = {kInt.NotNull(), kString, kBig, kString};
  return {
      {"indexed", kIndexed, three, "00 05000000 01000000 616c696365 0a000000", "1, 'alice', 10"},
      {"indexed nulls", kIndexed, three, "06 00000000 02000000", "2, null, null"},
      {"indexed negative", kIndexed, three, "00 05000000 2c010000 6361726f6c ffffffff",
       "300, 'carol', -1"},
      {"indexed value", kIndexed, basic, "00 01000000 01000000 62 0200000000000000", "1, 'b', 2"},
      {"compacted", kCompacted, three, "00 01 05616c696365 0a", "1, 'alice', 10"},
      {"compacted nulls", kCompacted, three, "06 02", "2, null, null"},
      {"compacted negative", kCompacted, basic, "00 ac02 056361726f6c ffffffffffffffffff01",
       "300, 'carol', -1"},
      {"compacted value", kCompacted, basic, "02 ac02 ffffffffffffffffff01", "300, null, -1"},
      {"compacted upsert", kCompacted, basic, "00 01 05416c696365 19", "1, 'Alice', 25"},
      {"compacted evolved", kCompacted, evolved, "00 ac02 016e 01 026578", "300, 'n', 1, 'ex'"},
      {"compacted aggregated",
       kCompacted,
       {kInt, kInt, kString, kString},
       "00 01 16 03782c79 026431",
       "1, 22, 'x,y', 'd1'"},
      {"compacted change", kCompacted, pair, "00 01 026161", "1, 'aa'"},
      {"indexed all types", kIndexed, AllTypes(), kAllTypesIndexed, kAllTypesText},
      {"compacted all types", kCompacted, AllTypes(), kAllTypesCompacted, kAllTypesText},
      {"indexed all nulls", kIndexed, AllTypes(),
       "ffffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000", kAllNullsText},
      {"compacted all nulls", kCompacted, AllTypes(), "ffffff", kAllNullsText},
  };
}

TEST(RowCodecTest, GoldenRows) {
  for (const Golden& golden : Goldens()) {
    SCOPED_TRACE(golden.name);
    RowCodec codec(golden.format, golden.types);
    std::string row = Unhex(golden.hex);
    EXPECT_EQ(Decoded(codec, row), golden.text);
    EXPECT_EQ(Hex(Again(codec, row)), Hex(row));
  }
}

TEST(RowCodecTest, CutAndExtendedRowsAreRefused) {
  for (const Golden& golden : Goldens()) {
    SCOPED_TRACE(golden.name);
    RowCodec codec(golden.format, golden.types);
    std::string row = Unhex(golden.hex);
    for (size_t size = 0; size < row.size(); size++)
      EXPECT_THAT(Decoded(codec, row.substr(0, size)), StartsWith("error: ")) << size;
    EXPECT_THAT(Decoded(codec, row + '\0'), HasSubstr("1 bytes are left over"));
  }
}

// What nobody is known to write, but can only mean one thing.
TEST(RowCodecTest, UnusualRowsAreRead) {
  using enum KvFormat;
  struct Case {
    KvFormat format;
    DataType type;
    std::string_view hex;
    std::string_view text;
    std::string_view again;
  };
  const Case kCases[] = {
      {kCompacted, DataType::Of(TypeRoot::kBoolean), "00 ff", "1", "00 01"},
      {kCompacted, kInt, "00 8100", "1", "00 01"},
      {kCompacted, kInt, "fe 05", "5", "00 05"},  // null bits of no column
      {kCompacted, DataType::Char(2), "00 03616263", "'abc'", "00 03616263"},
      {kCompacted, DataType::Binary(3), "00 0101", "x01", "00 0101"},
      {kCompacted, DataType::Decimal(20, 2), "00 03000001", "x01", "00 0101"},
      {kCompacted, DataType::Decimal(38, 2), "00 12ffff00000000000000000000000000000000", "error",
       ""},
      {kCompacted, DataType::Decimal(38, 2), "00 12ffff80000000000000000000000000000000",
       "x80000000000000000000000000000000", "00 1080000000000000000000000000000000"},
      {kIndexed, DataType::Char(4), "00 61620000", "'ab'", "00 61620000"},
      {kIndexed, DataType::Char(2), "00 0000", "''", "00 0000"},
      {kIndexed, DataType::Binary(3), "00 010000", "x010000", "00 010000"},
      {kIndexed, kString, "01 07000000", "null", "01 00000000"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.hex);
    RowCodec codec(c.format, {c.type});
    if (c.text == "error") {
      EXPECT_THAT(Decoded(codec, Unhex(c.hex)), StartsWith("error: "));
      continue;
    }
    EXPECT_EQ(Decoded(codec, Unhex(c.hex)), c.text);
    EXPECT_EQ(Hex(Again(codec, Unhex(c.hex))), Hex(Unhex(c.again)));
  }
}

TEST(RowCodecTest, BrokenRowsAreRefused) {
  using enum KvFormat;
  struct Case {
    KvFormat format;
    std::vector<DataType> types;
    std::string_view hex;
    std::string_view message;
  };
  DataType timestamp = DataType::Timestamp(6), decimal = DataType::Decimal(20, 2);
  DataType nested = RowOf({kInt.NotNull()});
  const Case kCases[] = {
      {kCompacted, {kInt}, "", "a row of 0 bytes is cut short"},
      {kIndexed, {kString}, "00 000000", "a row of 4 bytes is cut short"},
      {kCompacted, {kInt, kInt.NotNull()}, "02 01", "column 1 is NULL, but INT NOT NULL"},
      {kIndexed, {kInt, kInt.NotNull()}, "02 01000000", "column 1 is NULL, but INT NOT NULL"},
      {kCompacted, {kInt}, "00 8080808080", "column 0 (INT) is malformed"},
      {kCompacted, {kInt}, "00 ffffffff1f", "column 0 (INT) is malformed"},
      {kCompacted, {kBig}, "00 ffffffffffffffffff02", "column 0 (BIGINT) is malformed"},
      {kCompacted, {kString}, "00 ffffffff0f", "column 0 (STRING) is malformed"},
      {kCompacted, {kString, kInt}, "00 026101", "column 1 (INT) is malformed"},
      {kIndexed, {kString}, "00 ffffffff", "column 0 (STRING) is malformed"},
      {kIndexed, {kString, kString}, "00 01000000 02000000 6162", "column 1 (STRING)"},
      {kIndexed, {DataType::Char(4)}, "00 616200", "column 0 (CHAR(4)) is malformed"},
      {kCompacted, {timestamp}, "00 01 c0843d", "column 0 (TIMESTAMP(6)) is malformed"},
      {kIndexed, {timestamp}, "00 0000000000000000 ffffffff", "column 0 (TIMESTAMP(6))"},
      {kCompacted, {decimal}, "00 00", "column 0 (DECIMAL(20, 2)) is malformed"},
      {kCompacted, {decimal}, "00 11 0100000000000000000000000000000000", "(DECIMAL(20, 2))"},
      {kCompacted, {nested}, "00 0101", "column 0: column 0 is NULL, but INT NOT NULL"},
      {kCompacted, {nested}, "00 03000100", "column 0: 1 bytes are left over"},
      {kCompacted, {RowOf({nested})}, "00 00", "column 0: a row of 0 bytes is cut short"},
      {kIndexed, {nested}, "00 04000000 00000000", "column 0: column 0 (INT NOT NULL)"},
      {kCompacted, {DataType::Array(kInt)}, "00 03 000000", "column 0: an array of 3 bytes"},
      {kCompacted, {DataType::Map(kInt, kInt)}, "00 03 000000", "a map of 3 bytes is cut short"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.hex);
    EXPECT_THAT(Decoded(RowCodec(c.format, c.types), Unhex(c.hex)), HasSubstr(c.message));
  }
}

TEST(RowCodecTest, NothingToRead) {
  for (KvFormat format : {KvFormat::kCompacted, KvFormat::kIndexed}) {
    RowCodec codec(format, {});
    EXPECT_EQ(Decoded(codec, ""), "");
    EXPECT_EQ(Again(codec, ""), "");
  }
}

TEST(RowCodecTest, IndexedCharsAreCutToTheirLength) {
  RowCodec codec(KvFormat::kIndexed, {DataType::Char(2), DataType::Binary(3)});
  std::string row;
  codec.Encode(std::vector{Cell::Of(AsBytes("abc")), Cell::Of(AsBytes("z"))}, row);
  EXPECT_EQ(Hex(row), "0061627a0000");
}

// Rows of random types and values read as what was written; cut anywhere, they are refused.
TEST(RowCodecTest, RandomRows) {
  for (uint64_t seed = 0; seed < 300; seed++) {
    SCOPED_TRACE(seed);
    ValueMaker make(seed);
    KvFormat format = seed % 2 == 0 ? KvFormat::kCompacted : KvFormat::kIndexed;
    std::vector<DataType> types(1 + make.Below(12));
    for (DataType& type : types) type = make.Type(3);
    RowCodec codec(format, types);
    for (int i = 0; i < 10; i++) {
      std::vector<Cell> cells = make.Row(codec);
      std::string row;
      codec.Encode(cells, row);
      ASSERT_EQ(Decoded(codec, row), CellText(codec, cells));
      ASSERT_EQ(Hex(Again(codec, row)), Hex(row));
      for (size_t size = 0; size < row.size(); size += 1 + make.Below(1 + row.size() / 8))
        ASSERT_THAT(Decoded(codec, row.substr(0, size)), StartsWith("error: "));
    }
  }
}

// A changed byte is refused, or gives other cells, which are good ones.
TEST(RowCodecTest, ChangedBytes) {
  for (const Golden& golden : Goldens()) {
    SCOPED_TRACE(golden.name);
    RowCodec codec(golden.format, golden.types);
    std::string row = Unhex(golden.hex);
    for (size_t i = 0; i < row.size(); i++) {
      for (int bit = 0; bit < 8; bit++) {
        std::string changed = row;
        changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
        std::string text = Decoded(codec, changed);
        if (text.starts_with("error: ")) continue;
        EXPECT_EQ(Decoded(codec, Again(codec, changed)), text) << i;
      }
    }
  }
}

}  // namespace
}  // namespace millrace::schema
