#include "schema/key_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/test_values.h"

namespace millrace::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const DataType kInt = DataType::Of(TypeRoot::kInteger);
const DataType kBig = DataType::Of(TypeRoot::kBigInt);
const DataType kString = DataType::Of(TypeRoot::kString);
const DataType kBytes = DataType::Of(TypeRoot::kBytes);

std::string Encoded(KeyFormat format, const std::vector<DataType>& types,
                    const std::vector<Cell>& cells) {
  std::string key = "before";
  KeyCodec(format, types).Encode(cells, key);
  return Hex(std::string_view(key).substr(6));
}

std::string Decoded(KeyFormat format, const std::vector<DataType>& types, const std::string& key) {
  std::vector<Cell> cells(types.size());
  auto decoded = KeyCodec(format, types).Decode(AsBytes(key), cells);
  if (!decoded) {
    EXPECT_EQ(decoded.error().code, ErrorCode::kCorruptRecord);
    return "error: " + decoded.error().message;
  }
  return CellText(RowCodec(KvFormat::kCompacted, types), cells);
}

Cell Text(std::string_view text) {
  return Cell::Of(AsBytes(text));
}

// Keys of a column as the Java classes make them.
TEST(KeyCodecTest, BytesOfEachType) {
  struct Case {
    DataType type;
    Cell cell;
    std::string_view compacted;
    std::string_view paimon;   // after the head of eight zeros
    std::string_view iceberg;  // empty: not supported
  };
  static const std::string kUnscaled = Unhex("12d450"), kTwoBytes = Unhex("0102");
  constexpr int64_t kMs = 1'700'000'000'123;
  Cell unscaled = Text(kUnscaled);
  const Case kCases[] = {
      {DataType::Of(TypeRoot::kBoolean), Cell::Number(1), "01", "0100000000000000", ""},
      {DataType::Of(TypeRoot::kTinyInt), Cell::Number(-2), "fe", "fe00000000000000", ""},
      {DataType::Of(TypeRoot::kSmallInt), Cell::Number(300), "2c01", "2c01000000000000", ""},
      {kInt, Cell::Number(300), "ac02", "2c01000000000000", "2c01000000000000"},
      {kInt, Cell::Number(-1), "ffffffff0f", "ffffffff00000000", "ffffffffffffffff"},
      {kBig, Cell::Number(300), "ac02", "2c01000000000000", "2c01000000000000"},
      {kBig, Cell::Number(-1), "ffffffffffffffffff01", "ffffffffffffffff", "ffffffffffffffff"},
      {DataType::Of(TypeRoot::kFloat), Cell::Float(1.5), "0000c03f", "0000c03f00000000",
       "0000c03f"},
      {DataType::Of(TypeRoot::kDouble), Cell::Double(1.5), "000000000000f83f", "000000000000f83f",
       "000000000000f83f"},
      {kString, Text("abc"), "03616263", "6162630000000083", "616263"},
      {DataType::Char(5), Text("abc"), "03616263", "6162630000000083", "616263"},
      {kString, Text("abcdefghi"), "09616263646566676869",
       "0900000010000000 6162636465666768 6900000000000000", "616263646566676869"},
      {kBytes, Text(kTwoBytes), "020102", "0102000000000082", "0102"},
      {DataType::Binary(2), Text(kTwoBytes), "020102", "0102000000000082", "0102"},
      {DataType::Decimal(10, 2), Cell::Number(1234), "d209", "d204000000000000", "04d2"},
      {DataType::Decimal(10, 2), Cell::Number(-100), "9cffffffffffffffff01", "9cffffffffffffff",
       "9c"},
      {DataType::Decimal(18, 0), Cell::Number(0), "00", "0000000000000000", "00"},
      {DataType::Decimal(18, 0), Cell::Number(128), "8001", "8000000000000000", "0080"},
      {DataType::Decimal(30, 5), unscaled, "0312d450",
       "0300000010000000 12d45000000000000000000000000000", "12d450"},
      {DataType::Of(TypeRoot::kDate), Cell::Number(20000), "a09c01", "204e000000000000",
       "204e000000000000"},
      {DataType::Time(0), Cell::Number(1000), "e807", "e803000000000000", "40420f0000000000"},
      {DataType::Timestamp(3), Cell::Timestamp(kMs, 0), "fbd095ffbc31", "7b68e5cf8b010000",
       "78202018240a0600"},
      {DataType::TimestampLtz(3), Cell::Timestamp(kMs, 0), "fbd095ffbc31", "7b68e5cf8b010000", ""},
      {DataType::Timestamp(6), Cell::Timestamp(kMs, 456000), "fbd095ffbc31c0ea1b",
       "40f5060010000000 7b68e5cf8b010000", "40222018240a0600"},
      {DataType::TimestampLtz(6), Cell::Timestamp(kMs, 456000), "fbd095ffbc31c0ea1b",
       "40f5060010000000 7b68e5cf8b010000", ""},
      {DataType::Timestamp(6), Cell::Timestamp(-1, 999000), "ffffffffffffffffff01d8fc3c",
       "583e0f0010000000 ffffffffffffffff", "ffffffffffffffff"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.type.ToString());
    std::string text = CellText(KvFormat::kCompacted, c.type, c.cell);
    std::pair<KeyFormat, std::string> keys[] = {
        {KeyFormat::kCompacted, Unhex(c.compacted)},
        {KeyFormat::kPaimon, std::string(8, '\0') + Unhex(c.paimon)},
        {KeyFormat::kIceberg, Unhex(c.iceberg.empty() ? c.compacted : c.iceberg)},
    };
    for (const auto& [format, key] : keys) {
      EXPECT_EQ(Encoded(format, {c.type}, {c.cell}), Hex(key));
      EXPECT_EQ(Decoded(format, {c.type}, key), text);
    }
  }
}

TEST(KeyCodecTest, SeveralColumns) {
  struct Case {
    KeyFormat format;
    std::vector<DataType> types;
    std::vector<Cell> cells;
    std::string_view hex;
    std::string_view text;
  };
  const Case kCases[] = {
      {KeyFormat::kCompacted,
       {kInt, kString, kBig},
       {Cell::Number(1), Text("x"), Cell::Number(200)},
       "01 0178 c801",
       "1, 'x', 200"},
      // A prefix of the columns is a prefix of the key.
      {KeyFormat::kCompacted, {kInt, kString}, {Cell::Number(1), Text("x")}, "01 0178", "1, 'x'"},
      {KeyFormat::kPaimon,
       {kInt, kString, kInt},
       {Cell::Number(1), Text("hello world"), Cell::Number(7)},
       "0000000000000000 0100000000000000 0b00000020000000 0700000000000000 68656c6c6f20776f "
       "726c640000000000",
       "1, 'hello world', 7"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.hex);
    EXPECT_EQ(Encoded(c.format, c.types, c.cells), Hex(Unhex(c.hex)));
    EXPECT_EQ(Decoded(c.format, c.types, Unhex(c.hex)), c.text);
  }
}

// 57 columns have a null area of two words.
TEST(KeyCodecTest, ManyPaimonColumns) {
  for (auto [columns, head] : {std::pair{56, 8}, {57, 16}, {120, 16}, {121, 24}}) {
    auto count = static_cast<size_t>(columns);
    std::vector<DataType> types(count, kInt);
    std::vector<Cell> cells(count, Cell::Number(0));
    EXPECT_EQ(Encoded(KeyFormat::kPaimon, types, cells),
              std::string(static_cast<size_t>(head + columns * 8) * 2, '0'));
  }
}

TEST(KeyCodecTest, WhatIcebergLacksIsCompacted) {
  std::vector<DataType> two = {kString, kString};
  EXPECT_EQ(KeyCodec(KeyFormat::kIceberg, two).format(), KeyFormat::kCompacted);
  EXPECT_EQ(KeyCodec(KeyFormat::kIceberg, {kString}).format(), KeyFormat::kIceberg);
  EXPECT_EQ(Encoded(KeyFormat::kIceberg, two, {Text("a"), Text("b")}), "01610162");
  EXPECT_EQ(Encoded(KeyFormat::kIceberg, {kString}, {Text("")}), "");
}

TEST(KeyCodecTest, BrokenKeysAreRefused) {
  using enum KeyFormat;
  struct Case {
    KeyFormat format;
    std::vector<DataType> types;
    std::string_view hex;
    std::string_view message;
  };
  const Case kCases[] = {
      {kCompacted, {kInt}, "", "column 0 (INT) is malformed"},
      {kCompacted, {kInt}, "0100", "1 bytes are left over"},
      {kCompacted, {kInt, kString}, "01 0261", "column 1 (STRING) is malformed"},
      {kPaimon, {kInt}, "0000000000000000 01000000000000", "a row of 15 bytes is cut short"},
      {kPaimon, {kInt}, "0001000000000000 0100000000000000", "column 0 is NULL"},
      {kPaimon, {kString}, "0000000000000000 0000000000000088", "column 0 (STRING) is malformed"},
      {kPaimon,
       {kString},
       "0000000000000000 0900000010000000 6162636465666768",
       "column 0 (STRING) is malformed"},
      {kPaimon, {DataType::Decimal(30, 5)}, "0000000000000000 0000000010000000", "column 0"},
      {kPaimon,
       {DataType::Timestamp(6)},
       "0000000000000000 40420f0010000000 0000000000000000",
       "column 0 (TIMESTAMP(6)) is malformed"},
      {kIceberg, {kInt}, "01000000", "column 0 (INT) is malformed"},
      {kIceberg, {kInt}, "0000000001000000", "column 0 (INT) is malformed"},
      {kIceberg, {kInt}, "010000000000000000", "column 0 (INT) is malformed"},
      {kIceberg, {DataType::Of(TypeRoot::kFloat)}, "0000c03f00", "column 0 (FLOAT) is malformed"},
      {kIceberg, {DataType::Decimal(10, 2)}, "", "column 0 (DECIMAL(10, 2)) is malformed"},
      {kIceberg, {DataType::Decimal(10, 2)}, "010000000000000000", "column 0 (DECIMAL(10, 2))"},
      {kIceberg, {DataType::Decimal(30, 2)}, "", "column 0 (DECIMAL(30, 2)) is malformed"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.hex);
    EXPECT_THAT(Decoded(c.format, c.types, Unhex(c.hex)), HasSubstr(c.message));
  }
}

TEST(KeyCodecTest, RandomKeys) {
  for (uint64_t seed = 0; seed < 300; seed++) {
    SCOPED_TRACE(seed);
    ValueMaker make(seed);
    std::vector<DataType> types(1 + make.Below(4));
    for (DataType& type : types) type = make.Type(0).NotNull();
    RowCodec row(KvFormat::kCompacted, types);
    auto cells = make.Row(row);
    for (KeyFormat format : {KeyFormat::kCompacted, KeyFormat::kPaimon}) {
      std::string key = Unhex(Encoded(format, types, cells));
      ASSERT_EQ(Decoded(format, types, key), CellText(row, cells));
      for (size_t size = 0; size < key.size(); size++) {
        // The padding of PAIMON keys says nothing.
        if (format == KeyFormat::kPaimon && key.find_first_not_of('\0', size) == key.npos) break;
        ASSERT_THAT(Decoded(format, types, key.substr(0, size)), HasSubstr("error: "));
      }
    }
  }
}

TEST(KeyCodecTest, LayoutOfPrimaryKey) {
  Schema schema;
  for (const char* name : {"v", "b", "day", "a"}) schema.columns.push_back({name, kString});
  schema.primary_key = {"a", "day", "b"};
  struct Case {
    std::optional<DataLakeFormat> lake;
    std::optional<int32_t> version;
    std::vector<std::string> bucket_keys;
    KeyFormat format;
  };
  const std::vector<std::string> kDefault = {"a", "b"}, kPrefix = {"a"}, kTurned = {"b", "a"};
  const Case kCases[] = {
      {std::nullopt, std::nullopt, kDefault, KeyFormat::kCompacted},
      {std::nullopt, 2, kPrefix, KeyFormat::kCompacted},
      {DataLakeFormat::kLance, 2, kDefault, KeyFormat::kCompacted},
      {DataLakeFormat::kLance, 1, kPrefix, KeyFormat::kCompacted},
      {DataLakeFormat::kHudi, 1, kDefault, KeyFormat::kCompacted},
      {DataLakeFormat::kHudi, 2, kDefault, KeyFormat::kCompacted},
      {DataLakeFormat::kPaimon, std::nullopt, kPrefix, KeyFormat::kPaimon},
      {DataLakeFormat::kPaimon, 1, kPrefix, KeyFormat::kPaimon},
      {DataLakeFormat::kPaimon, 2, kDefault, KeyFormat::kPaimon},
      {DataLakeFormat::kPaimon, 2, kPrefix, KeyFormat::kCompacted},
      {DataLakeFormat::kPaimon, 2, kTurned, KeyFormat::kCompacted},
      {DataLakeFormat::kIceberg, 1, kPrefix, KeyFormat::kIceberg},
      {DataLakeFormat::kIceberg, 2, kDefault, KeyFormat::kIceberg},
      {DataLakeFormat::kIceberg, 2, kPrefix, KeyFormat::kCompacted},
  };
  for (const Case& c : kCases) {
    TableConfig config{};
    config.datalake_format = c.lake;
    config.kv_format_version = c.version;
    PrimaryKeyLayout layout = LayoutOfPrimaryKey(schema, config, c.bucket_keys, {"day"});
    EXPECT_EQ(layout.format, c.format) << (&c - kCases);
    EXPECT_THAT(layout.columns, ElementsAre(3, 1));
  }
}

}  // namespace
}  // namespace millrace::schema
