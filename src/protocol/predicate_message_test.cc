#include "protocol/predicate_message.h"

#include <gtest/gtest.h>

#include "protocol/log.pb.h"
#include "protocol/message_codec.h"
#include "protocol/test_bytes.h"

namespace millrace::protocol {
namespace {

using record::Decimal;
using record::Literal;
using record::Timestamp;
using schema::TypeRoot;

// A leaf on field 3 with this function and these literals.
proto::PbPredicate Leaf(int function, std::vector<std::string> literals) {
  proto::PbPredicate predicate;
  predicate.set_type(0);
  predicate.mutable_leaf()->set_function(function);
  predicate.mutable_leaf()->set_field_id(3);
  for (const auto& literal : literals) {
    EXPECT_TRUE(predicate.mutable_leaf()->add_literals()->ParseFromString(literal));
  }
  return predicate;
}

Result<record::Predicate> Parse(const proto::PbPredicate& predicate) {
  return ParsePredicate(Exactly(Serialize(predicate)));
}

TEST(Predicate, LiteralsOfAllTypes) {
  using Value = decltype(Literal::value);
  Decimal big = (Decimal{1} << 100) + 7;
  struct Case {
    std::string_view literal;
    TypeRoot type;
    Value value;
  };
  const Case cases[] = {
      {"0800 1000 1801", TypeRoot::kBoolean, true},
      {"0801 1000 20ffffffffffffffffff01", TypeRoot::kTinyInt, int64_t{-1}},
      {"0802 1000 20ac02", TypeRoot::kSmallInt, int64_t{300}},
      {"0803 1000 2005", TypeRoot::kInteger, int64_t{5}},
      {"0804 1000 2880808080808080808001", TypeRoot::kBigInt, INT64_MIN},
      {"0805 1000 350000c03f", TypeRoot::kFloat, 1.5},
      {"0806 1000 39000000000000f8bf", TypeRoot::kDouble, -1.5},
      {"0807 1000 4202 6162", TypeRoot::kChar, "ab"},
      {"0808 1000 4200", TypeRoot::kString, ""},
      {"0809 1000 50ffffffffffffffffff01", TypeRoot::kDecimal, Decimal{-1}},
      {"0809 1000 6a0d 10000000000000000000000007", TypeRoot::kDecimal, big},
      {"0809 1000 6a02 ff00", TypeRoot::kDecimal, Decimal{-256}},
      {"0809 1000 6a10 ffffffffffffffffffffffffffffffff", TypeRoot::kDecimal, Decimal{-1}},
      {"080a 1000 2807", TypeRoot::kDate, int64_t{7}},
      {"080b 1000 2008", TypeRoot::kTime, int64_t{8}},
      {"080c 1000 5809 60bf843d", TypeRoot::kTimestamp, Timestamp{9, 999'999}},
      {"080d 1000 5809", TypeRoot::kTimestampLtz, Timestamp{9, 0}},
      {"080e 1000 4a02 00ff", TypeRoot::kBinary, std::string("\0\xff", 2)},
      {"080f 1000 4a00", TypeRoot::kBytes, ""},
      {"0803 1001", TypeRoot::kInteger, std::monostate()},
      {"0803 1001 2005", TypeRoot::kInteger, std::monostate()},  // null, whatever else it says
  };
  for (const Case& c : cases) {
    auto predicate = Parse(Leaf(0, {Unhex(c.literal)}));
    ASSERT_TRUE(predicate) << c.literal << ": " << predicate.error().message;
    const auto& leaf = std::get<record::LeafPredicate>(predicate->node);
    ASSERT_EQ(leaf.literals.size(), 1u);
    EXPECT_EQ(leaf.literals[0].type, c.type) << c.literal;
    EXPECT_TRUE(leaf.literals[0].value == c.value) << c.literal;
  }
}

TEST(Predicate, FunctionsHaveTheirNumbers) {
  for (int function = 0; function <= 12; ++function) {
    auto predicate = Parse(Leaf(function, {}));
    ASSERT_TRUE(predicate) << function;
    const auto& leaf = std::get<record::LeafPredicate>(predicate->node);
    EXPECT_EQ(static_cast<int>(leaf.function), function);
    EXPECT_EQ(leaf.field_id, 3);
  }
}

// The tree as text: functions and field ids, children in parentheses.
std::string ToText(const record::Predicate& predicate) {
  if (const auto* leaf = std::get_if<record::LeafPredicate>(&predicate.node)) {
    return std::to_string(static_cast<int>(leaf->function)) + ":" + std::to_string(leaf->field_id) +
           "/" + std::to_string(leaf->literals.size());
  }
  const auto& compound = std::get<record::CompoundPredicate>(predicate.node);
  std::string text = compound.function == record::CompoundFunction::kAnd ? "and(" : "or(";
  for (const auto& child : compound.children) text += " " + ToText(child);
  return text + ")";
}

// Field 3 is > 5 or one of three, and is null.
proto::PbPredicate Tree() {
  std::string five = Unhex("0803 1000 2005");
  proto::PbPredicate either;
  either.set_type(1);
  either.mutable_compound()->set_function(1);
  *either.mutable_compound()->add_children() = Leaf(4, {five});
  *either.mutable_compound()->add_children() = Leaf(11, {five, five, five});
  proto::PbPredicate both;
  both.set_type(1);
  both.mutable_compound()->set_function(0);
  *both.mutable_compound()->add_children() = either;
  *both.mutable_compound()->add_children() = Leaf(6, {});
  return both;
}

TEST(Predicate, Trees) {
  auto predicate = Parse(Tree());
  ASSERT_TRUE(predicate) << predicate.error().message;
  EXPECT_EQ(ToText(*predicate), "and( or( 4:3/1 11:3/3) 6:3/0)");
}

TEST(Predicate, MalformedOnesSayWhy) {
  struct Case {
    std::string_view message, error;
  };
  const Case cases[] = {
      {"", "neither a leaf nor a compound"},
      {"0800", "neither a leaf nor a compound"},
      {"1204 0800 1000", "neither a leaf nor a compound"},
      {"0801 1204 0800 1000", "neither a leaf nor a compound"},
      {"0802 1204 0800 1000", "neither a leaf nor a compound"},
      {"0800 1202 0800", "a leaf without function or field_id"},
      {"0800 1202 1000", "a leaf without function or field_id"},
      {"0800 1204 080d 1000", "a leaf of unknown function"},
      {"0800 120d 08ffffffffffffffffff01 1000", "a leaf of unknown function"},
      {"0800 1208 0800 1000 1a02 0803", "a literal without type or is_null"},
      {"0800 1208 0800 1000 1a02 1000", "a literal without type or is_null"},
      {"0800 120a 0800 1000 1a04 0810 1000", "a literal of unknown type"},
      {"0800 120a 0800 1000 1a04 0803 1000", "a literal without a value of its type"},
      {"0800 120c 0800 1000 1a06 0803 1000 2805", "a literal without a value of its type"},
      {"0800 120c 0800 1000 1a06 0809 1000 6a00", "a literal without a value of its type"},
      {"0800 121d 0800 1000 1a17 0809 1000 6a11 0000000000000000000000000000000000",
       "a literal without a value of its type"},
      {"0800 1210 0800 1000 1a0a 080c 1000 5801 60c0843d",
       "a literal without a value of its type"},  // a million nanoseconds
      {"0801 1a00", "a compound without function"},
      {"0801 1a02 0802", "a compound of unknown function"},
      {"0801 1a04 0800 1200", "neither a leaf nor a compound"},
      {"0800 1205 0800", "end of buffer exception"},
      {"0800 1208 0800 1000 1a05 0803", "end of buffer exception"},
  };
  for (const Case& c : cases) {
    auto predicate = ParsePredicate(Exactly(Unhex(c.message)));
    ASSERT_FALSE(predicate) << c.message;
    EXPECT_EQ(predicate.error().message, "malformed PbPredicate: " + std::string(c.error))
        << c.message;
  }
}

std::string WithLength(std::string_view tag, const std::string& message) {
  std::string bytes = Unhex(tag);
  size_t size = message.size();
  for (; size >= 0x80; size >>= 7) bytes += static_cast<char>(size | 0x80);
  return bytes + static_cast<char>(size) + message;
}

// A leaf inside `depth` - 1 compounds.
std::string Nested(int depth) {
  std::string predicate = Unhex("0800 1204 0800 1000");
  for (int i = 1; i < depth; ++i) {
    predicate = WithLength("0801 1a", WithLength("0800 12", predicate));
  }
  return predicate;
}

TEST(Predicate, DepthIsLimited) {
  EXPECT_TRUE(ParsePredicate(Exactly(Nested(record::kPredicateDepthMax))));
  for (int depth : {record::kPredicateDepthMax + 1, 2'000}) {
    EXPECT_EQ(ParsePredicate(Exactly(Nested(depth))).error().message,
              "malformed PbPredicate: nested too deep");
  }
}

TEST(Predicate, PartsAreLimited) {
  std::string leaf = Unhex("0800 1000");
  for (size_t i = 1; i < kPredicatePartsMax; ++i) leaf += Unhex("1a04 0803 1001");
  EXPECT_TRUE(ParsePredicate(Exactly(WithLength("0800 12", leaf))));
  leaf += Unhex("1a04 0803 1001");
  EXPECT_EQ(ParsePredicate(Exactly(WithLength("0800 12", leaf))).error().message,
            "malformed PbPredicate: too many parts");
}

TEST(Predicate, DamagedOnesDoNoHarm) {
  std::string intact = Serialize(Tree());
  ASSERT_TRUE(ParsePredicate(Exactly(intact)));
  std::minstd_rand random(4);
  for (size_t size = 0; size < intact.size(); ++size) {
    EXPECT_FALSE(ParsePredicate(Exactly(intact.substr(0, size)))) << size;
  }
  for (int i = 0; i < 50'000; ++i) (void)ParsePredicate(Exactly(Damage(intact, random)));
}

}  // namespace
}  // namespace millrace::protocol
