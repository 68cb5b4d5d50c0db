#include "schema/nested_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/endian.h"
#include "schema/test_values.h"

namespace millrace::schema {
namespace {

using ::testing::HasSubstr;

constexpr KvFormat kFormat = KvFormat::kCompacted;

const DataType kInt = DataType::Of(TypeRoot::kInteger);
const DataType kString = DataType::Of(TypeRoot::kString);

std::string Checked(const DataType& type, std::string_view hex) {
  std::string value = Unhex(hex);
  auto checked = CheckNested(kFormat, type, AsBytes(value));
  if (!checked) return checked.error().message;
  return CellText(kFormat, type, Cell::Of(AsBytes(value)));
}

// Reads the elements of an array or map and writes them again.
std::string Again(const DataType& type, Bytes value) {
  auto elements = [](ArrayView view) {
    std::vector<Cell> cells;
    for (int32_t i = 0; i < view.size(); i++) cells.push_back(view[i]);
    return cells;
  };
  std::string again;
  if (type.root == TypeRoot::kArray) {
    const DataType& element = type.children[0].type;
    EncodeArray(element, elements(ArrayView(value, element)), again);
  } else {
    MapView map(value, type);
    EncodeMap(type, elements(map.keys), elements(map.values), again);
  }
  return Hex(again);
}

TEST(NestedValueTest, LayoutOfEachElementType) {
  struct Case {
    DataType element;
    std::string_view hex;
    std::string_view text;
  };
  const Case kCases[] = {
      {kInt, "03000000 02000000 01000000 00000000 03000000 00000000", "[1, null, 3]"},
      {kString,
       "03000000 04000000 78000000 00000081 0d000000 20000000 00000000 00000000 6c6f6e67 "
       "65722d74 68616e2d 37000000",
       "['x', 'longer-than-7', null]"},
      {kInt, "00000000 00000000", "[]"},
      {DataType::Of(TypeRoot::kBoolean), "03000000 04000000 010000 0000000000", "[1, 0, null]"},
      {DataType::Of(TypeRoot::kTinyInt), "01000000 00000000 fe 00000000000000", "[-2]"},
      {DataType::Of(TypeRoot::kSmallInt), "02000000 00000000 2c01 ffff 00000000", "[300, -1]"},
      {DataType::Of(TypeRoot::kBigInt), "01000000 00000000 feffffffffffffff", "[-2]"},
      {DataType::Of(TypeRoot::kFloat), "01000000 00000000 0000c03f 00000000", "[1.5]"},
      {DataType::Of(TypeRoot::kDouble), "01000000 00000000 000000000000f83f", "[1.5]"},
      {DataType::Of(TypeRoot::kDate), "01000000 00000000 204e0000 00000000", "[20000]"},
      {DataType::Time(3), "01000000 00000000 e8030000 00000000", "[1000]"},
      {DataType::Char(3), "01000000 00000000 6162000000000082", "['ab']"},
      {DataType::Binary(3), "01000000 00000000 0102030000000083", "[x010203]"},
      {DataType::Of(TypeRoot::kBytes), "01000000 00000000 0102030405060787", "[x01020304050607]"},
      {DataType::Of(TypeRoot::kBytes), "01000000 00000000 08000000 10000000 0102030405060708",
       "[x0102030405060708]"},
      {DataType::Decimal(10, 2), "01000000 00000000 d204000000000000", "[1234]"},
      {DataType::Decimal(30, 5),
       "02000000 02000000 03000000 18000000 0000000000000000 12d45000000000000000000000000000",
       "[x12d450, null]"},
      {DataType::Timestamp(3), "01000000 00000000 7b68e5cf8b010000", "[1700000000123+0]"},
      {DataType::TimestampLtz(9), "01000000 00000000 40f50600 10000000 7b68e5cf8b010000",
       "[1700000000123+456000]"},
      // Nested values are never in the slot itself.
      {RowOf({kInt}), "01000000 00000000 02000000 10000000 0005 000000000000", "[(5)]"},
      {DataType::Array(kInt),
       "02000000 00000000 10000000 18000000 08000000 28000000 01000000 00000000 07000000 00000000 "
       "00000000 00000000",
       "[[7], []]"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.element.ToString());
    DataType type = DataType::Array(c.element);
    std::string bytes = Unhex(c.hex);
    EXPECT_EQ(Checked(type, c.hex), c.text);
    EXPECT_EQ(Again(type, AsBytes(bytes)), Hex(bytes));
  }
}

TEST(NestedValueTest, NullBitsAreWholeWords) {
  for (size_t size : {31, 32, 33, 64, 65}) {
    std::vector<Cell> cells(size, Cell::Number(1));
    cells.back() = Cell();
    std::string array;
    EncodeArray(DataType::Of(TypeRoot::kTinyInt), cells, array);
    size_t words = (size + 31) / 32;
    EXPECT_EQ(array.size(), (4 + words * 4 + size + 7) / 8 * 8);
    EXPECT_EQ(array[4 + (size - 1) / 8], static_cast<char>(1 << ((size - 1) % 8)));
  }
}

TEST(NestedValueTest, Map) {
  DataType type = DataType::Map(kString, kInt);
  constexpr std::string_view kHex =
      "18000000 02000000 00000000 6b31000000000082 6b32000000000082 02000000 02000000 07000000 "
      "00000000";
  EXPECT_EQ(Checked(type, kHex), "{'k1': 7, 'k2': null}");
  std::string bytes = Unhex(kHex);
  EXPECT_EQ(Again(type, AsBytes(bytes)), Hex(bytes));
}

TEST(NestedValueTest, UnusualValuesAreRead) {
  // A short text outside its slot, and a row inside.
  EXPECT_EQ(
      Checked(DataType::Array(kString), "01000000 00000000 02000000 10000000 6162000000000000"),
      "['ab']");
  EXPECT_EQ(Checked(DataType::Array(RowOf({kInt})), "01000000 00000000 0005000000000082"), "[(5)]");
  // No padding, more padding, rubbish in the slot of a NULL.
  EXPECT_EQ(Checked(DataType::Array(kInt), "01000000 00000000 07000000"), "[7]");
  EXPECT_EQ(Checked(DataType::Array(kInt), "00000000 00000000 00000000 00000000"), "[]");
  EXPECT_EQ(Checked(DataType::Array(kString), "01000000 01000000 ffffffff ffffff7f"), "[null]");
  // NULLs that the type excludes.
  EXPECT_EQ(Checked(DataType::Array(kInt.NotNull()), "01000000 01000000 00000000 00000000"),
            "[null]");
  EXPECT_EQ(Checked(DataType::Map(kInt, kInt),
                    "10000000 01000000 01000000 00000000 00000000 01000000 00000000 07000000"),
            "{null: 7}");
}

TEST(NestedValueTest, BrokenValuesAreRefused) {
  struct Case {
    DataType type;
    std::string_view hex;
    std::string_view message;
  };
  DataType texts = DataType::Array(kString), rows = DataType::Array(RowOf({kInt}));
  DataType map = DataType::Map(kInt, kString);
  const Case kCases[] = {
      {DataType::Array(kInt), "", "an array of 0 bytes"},
      {DataType::Array(kInt), "02000000 00000000 01000000", "12 bytes for 2 elements"},
      {DataType::Array(kInt), "ffffffff 00000000", "8 bytes for 4294967295 elements"},
      {DataType::Array(DataType::Of(TypeRoot::kTinyInt)), "ffffff7f 00000000",
       "8 bytes for 2147483647 elements"},
      {texts, "01000000 00000000 6162636465666788", "element 0 (STRING) is malformed"},
      {texts, "01000000 00000000 08000000 11000000 6162636465666768", "element 0 (STRING)"},
      {texts, "01000000 00000000 ffffffff 10000000 6162636465666768", "element 0 (STRING)"},
      {texts, "01000000 00000000 08000000 ffffff7f 6162636465666768", "element 0 (STRING)"},
      // Two values in the same place.
      {texts,
       "02000000 00000000 08000000 18000000 08000000 18000000 6162636465666768 00000000000000",
       "element 1 (STRING) is malformed"},
      {DataType::Array(DataType::Decimal(30, 5)), "01000000 00000000 00000000 10000000",
       "element 0 (DECIMAL(30, 5)) is malformed"},
      {DataType::Array(DataType::Timestamp(6)),
       "01000000 00000000 40420f00 10000000 0000000000000000", "element 0 (TIMESTAMP(6))"},
      {DataType::Array(DataType::Timestamp(6)),
       "01000000 00000000 00000000 11000000 0000000000000000", "element 0 (TIMESTAMP(6))"},
      {rows, "01000000 00000000 01000000 10000000 00", "element 0: column 0 (INT) is malformed"},
      {rows, "01000000 00000000 00000000 00000000", "element 0: a row of 0 bytes is cut short"},
      {map, "ffffffff 00000000", "a map of 8 bytes is cut short"},
      {map, "08000000 00000000 00000000 01000000 00000000 0000000000000080",
       "a map of 0 keys and 1 values"},
      {map, "08000000 00000000 00000000 01000000 00000000 0000000000000088",
       "value 0 (STRING) is malformed"},
      {map, "04000000 01000000 00000000", "an array of 4 bytes for 1 elements"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.hex);
    EXPECT_THAT(Checked(c.type, c.hex), HasSubstr(c.message));
  }
}

// Arrays whose elements are all the same bytes would be read once for each, at every depth.
TEST(NestedValueTest, ManyElementsInOnePlaceAreRefused) {
  DataType type = DataType::Array(kInt);
  std::string value = Unhex("00000000 00000000");
  for (int depth = 0; depth < 8; depth++) {
    type = DataType::Array(type);
    constexpr uint32_t kElements = 64;
    std::string outer(4 + 8 + kElements * 8, '\0');
    auto* bytes = reinterpret_cast<std::byte*>(outer.data());
    StoreLittle(bytes, kElements);
    for (size_t i = 0; i < kElements; i++) {
      StoreLittle(bytes + 12 + i * 8, static_cast<uint32_t>(value.size()));
      StoreLittle(bytes + 16 + i * 8, static_cast<uint32_t>(outer.size()));
    }
    value = outer + value;
  }
  EXPECT_FALSE(CheckNested(kFormat, type, AsBytes(value)));
}

}  // namespace
}  // namespace millrace::schema
