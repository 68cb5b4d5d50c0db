#include "kv/row_merger.h"

#include <gtest/gtest.h>

#include "kv/rows_for_test.h"

namespace millrace::kv {
namespace {

using schema::AggFunction;
using schema::AggFunctionType;
using schema::DataType;
using schema::Properties;
using schema::Schema;
using schema::TypeRoot;
using Values = std::vector<std::string>;

DataType Int() {
  return DataType::Of(TypeRoot::kInteger);
}
DataType Text() {
  return DataType::Of(TypeRoot::kString);
}

// The key is not where one would expect it.
Schema People() {
  return *schema::MakeSchema({{.name = "name", .type = Text()},
                              {.name = "id", .type = Int()},
                              {.name = "age", .type = Int()},
                              {.name = "city", .type = Text()}},
                             {"id"});
}

// age is summed up; name and city have no function, the last value that is not NULL stays.
Schema Sums() {
  Schema schema = People();
  schema.columns[2].agg = AggFunction{AggFunctionType::kSum};
  return schema;
}

const Properties kNone = {};
const Properties kFirstRow = {{"table.merge-engine", "first_row"}};
const Properties kAggregation = {{"table.merge-engine", "aggregation"}};

Properties Versioned(std::string column) {
  return {{"table.merge-engine", "versioned"},
          {"table.merge-engine.versioned.ver-column", std::move(column)}};
}
Properties With(Properties properties, std::string behavior) {
  properties["table.delete.behavior"] = std::move(behavior);
  return properties;
}

Result<std::unique_ptr<RowMerger>> Make(const Schema& schema, const Properties& properties,
                                        std::vector<int32_t> targets = {},
                                        MergeMode mode = MergeMode::kDefault) {
  auto config = schema::ParseTableConfig(properties);
  EXPECT_TRUE(config) << config.error().message;
  return MakeRowMerger(schema, *config, mode, targets);
}

// What became of it, and the row if it was merged.
Values Outcome(const Schema& schema, Result<RowMerger::Upserted> upserted, Row merged) {
  if (!upserted) return {upserted.error().message};
  if (*upserted == RowMerger::Upserted::kKept) return {"kept"};
  if (*upserted == RowMerger::Upserted::kTaken) return {"taken"};
  return Texts(schema, merged);
}

struct Upsert {
  const char* name;
  Schema schema;
  Properties properties;
  std::vector<int32_t> targets;
  Values old;  // empty: none
  Values sent;
  Values outcome;
  MergeMode mode = MergeMode::kDefault;
};

std::vector<Upsert> Upserts() {
  Values ann = {"'Ann'", "1", "30", "'Bern'"};
  Values bob = {"'Bob'", "1", "5", "null"};
  Values bare = {"null", "1", "null", "null"};
  return {
      {"last row", People(), kNone, {}, ann, bob, {"taken"}},
      {"last row, new key", People(), kNone, {}, {}, bob, {"taken"}},
      {"the same row again", People(), kNone, {}, ann, ann, {"taken"}},
      {"first row", People(), kFirstRow, {}, ann, bob, {"kept"}},
      {"first row, new key", People(), kFirstRow, {}, {}, bob, {"taken"}},
      {"first row, overwritten",
       People(),
       kFirstRow,
       {},
       ann,
       bob,
       {"taken"},
       MergeMode::kOverwrite},
      {"older version", People(), Versioned("age"), {}, ann, bob, {"kept"}},
      {"older version, overwritten",
       People(),
       Versioned("age"),
       {},
       ann,
       bob,
       {"taken"},
       MergeMode::kOverwrite},
      {"newer version", People(), Versioned("age"), {}, bob, ann, {"taken"}},
      {"same version", People(), Versioned("age"), {}, ann, ann, {"taken"}},
      {"version, new key", People(), Versioned("age"), {}, {}, bare, {"taken"}},

      {"part", People(), kNone, {1, 0}, ann, bob, {"'Bob'", "1", "30", "'Bern'"}},
      {"part, NULL", People(), kNone, {1, 3}, ann, bob, {"'Ann'", "1", "30", "null"}},
      {"part, named twice", People(), kNone, {0, 1, 0}, bare, ann, {"'Ann'", "1", "null", "null"}},
      {"part, new key", People(), kNone, {1, 2}, {}, ann, {"null", "1", "30", "null"}},
      {"only the key", People(), kNone, {1}, ann, bob, {"kept"}},
      {"only the key, new key", People(), kNone, {1}, {}, ann, bare},
      {"all targets", People(), kNone, {3, 2, 1, 0}, ann, bob, {"taken"}},
      {"all targets, new key", People(), kNone, {3, 2, 1, 0}, {}, bob, {"taken"}},
      {"part, overwritten in first_row",
       People(),
       kFirstRow,
       {0, 1},
       ann,
       bob,
       {"'Bob'", "1", "30", "'Bern'"},
       MergeMode::kOverwrite},

      {"aggregation", Sums(), kAggregation, {}, ann, bob, {"'Bob'", "1", "35", "'Bern'"}},
      {"aggregation, nothing new", Sums(), kAggregation, {}, ann, bare, ann},
      {"aggregation, new key", Sums(), kAggregation, {}, {}, bob, {"taken"}},
      {"aggregation, overwritten",
       Sums(),
       kAggregation,
       {},
       ann,
       bob,
       {"taken"},
       MergeMode::kOverwrite},
      {"aggregation in part",
       Sums(),
       kAggregation,
       {1, 2},
       ann,
       bob,
       {"'Ann'", "1", "35", "'Bern'"}},
      {"aggregation in part, of the rest",
       Sums(),
       kAggregation,
       {1, 0},
       ann,
       bob,
       {"'Bob'", "1", "30", "'Bern'"}},
      // What is no target is stored too, when it is the first.
      {"aggregation in part, new key", Sums(), kAggregation, {1, 2}, {}, ann, {"taken"}},
      {"aggregation, only the key", Sums(), kAggregation, {1}, ann, bob, ann},
      {"aggregation, all targets",
       Sums(),
       kAggregation,
       {0, 1, 2, 3},
       ann,
       bob,
       {"'Bob'", "1", "35", "'Bern'"}},
      {"aggregation in part, overwritten",
       Sums(),
       kAggregation,
       {1, 2},
       ann,
       bob,
       {"'Ann'", "1", "5", "'Bern'"},
       MergeMode::kOverwrite},
  };
}

TEST(RowMergerTest, Upserts) {
  for (const Upsert& test : Upserts()) {
    SCOPED_TRACE(test.name);
    auto merger = Make(test.schema, test.properties, test.targets, test.mode);
    ASSERT_TRUE(merger) << merger.error().message;
    TestRow old(test.schema, test.old);
    TestRow sent(test.schema, test.sent);
    std::vector<schema::Cell> merged(test.schema.columns.size());
    auto upserted = test.old.empty() ? (*merger)->Insert(sent.cells(), merged)
                                     : (*merger)->Update(old.cells(), sent.cells(), merged);
    EXPECT_EQ(Outcome(test.schema, upserted, merged), test.outcome);
  }
}

TEST(RowMergerTest, Versions) {
  struct Case {
    DataType type;
    const char* stored;
    const char* sent;
    RowMerger::Upserted upserted;
  };
  constexpr auto kTaken = RowMerger::Upserted::kTaken;
  constexpr auto kKept = RowMerger::Upserted::kKept;
  DataType bigint = DataType::Of(TypeRoot::kBigInt);
  const Case cases[] = {
      {Int(), "null", "null", kTaken},
      {Int(), "null", "-2147483648", kTaken},
      {Int(), "-2147483648", "null", kTaken},  // NULL is that value
      {Int(), "-2147483647", "null", kKept},
      {Int(), "7", "7", kTaken},
      {Int(), "8", "7", kKept},
      {Int(), "-8", "7", kTaken},
      {bigint, "-9223372036854775808", "null", kTaken},
      {bigint, "-9223372036854775807", "null", kKept},
      {bigint, "null", "-9223372036854775807", kTaken},
      {bigint, "3000000000", "2999999999", kKept},
      {DataType::Timestamp(3), "null", "null", kTaken},
      {DataType::Timestamp(3), "-5", "null", kKept},
      {DataType::Timestamp(6), "1000+500", "1000+499", kKept},
      {DataType::Timestamp(6), "1000+500", "1000+500", kTaken},
      {DataType::Timestamp(6), "1000+500", "1001+0", kTaken},
      {DataType::TimestampLtz(9), "1000+999999", "1000+999998", kKept},
      {DataType::TimestampLtz(9), "null", "1000+999998", kTaken},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.type.ToString() + " " + test.stored + " " + test.sent);
    Schema schema = *schema::MakeSchema(
        {{.name = "k", .type = Int()}, {.name = "v", .type = test.type}}, {"k"});
    auto merger = Make(schema, Versioned("v"));
    ASSERT_TRUE(merger) << merger.error().message;
    TestRow old(schema, {"1", test.stored});
    TestRow sent(schema, {"1", test.sent});
    std::vector<schema::Cell> merged(2);
    EXPECT_EQ(*(*merger)->Update(old.cells(), sent.cells(), merged), test.upserted);
  }
}

TEST(RowMergerTest, Deletes) {
  Values ann = {"'Ann'", "1", "30", "'Bern'"};
  Values lone = {"null", "1", "30", "null"};
  struct Case {
    const char* name;
    Schema schema;
    Properties properties;
    std::vector<int32_t> targets;
    Values old;
    Values left;  // empty: nothing
  };
  Properties aggregation = With(kAggregation, "allow");
  const Case cases[] = {
      {"whole", People(), kNone, {}, ann, {}},
      {"all targets", People(), kNone, {0, 1, 2, 3}, ann, {}},
      {"part", People(), kNone, {1, 2}, ann, {"'Ann'", "1", "null", "'Bern'"}},
      {"part, of which nothing is there", People(), kNone, {1, 3}, lone, lone},
      {"part, the rest being NULL", People(), kNone, {1, 2}, lone, {}},
      {"only the key", People(), kNone, {1}, ann, ann},
      {"only the key, the rest being NULL",
       People(),
       kNone,
       {1},
       {"null", "1", "null", "null"},
       {}},
      {"aggregation", Sums(), aggregation, {}, ann, {}},
      {"aggregation in part", Sums(), aggregation, {1, 0, 3}, ann, {"null", "1", "30", "null"}},
      {"aggregation in part, the rest being NULL", Sums(), aggregation, {1, 2}, lone, {}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    auto merger = Make(test.schema, test.properties, test.targets);
    ASSERT_TRUE(merger) << merger.error().message;
    EXPECT_TRUE(*(*merger)->CheckDelete());
    TestRow old(test.schema, test.old);
    std::vector<schema::Cell> merged(test.schema.columns.size());
    auto deleted = (*merger)->Delete(old.cells(), merged);
    ASSERT_TRUE(deleted);
    EXPECT_EQ(*deleted,
              test.left.empty() ? RowMerger::Deleted::kRemoved : RowMerger::Deleted::kMerged);
    if (test.left.empty()) continue;
    EXPECT_EQ(Texts(test.schema, merged), test.left);
  }
}

TEST(RowMergerTest, DeleteBehaviors) {
  enum Deletes { kAllowed, kIgnored, kForbidden };
  struct Case {
    Properties properties;
    Deletes deletes;
    Deletes overwriting = kAllowed;
  };
  const Case cases[] = {
      {kNone, kAllowed},
      {With(kNone, "allow"), kAllowed},
      {With(kNone, "ignore"), kIgnored},
      {With(kNone, "disable"), kForbidden},
      {kFirstRow, kIgnored},
      {With(kFirstRow, "ignore"), kIgnored},
      {With(kFirstRow, "disable"), kForbidden},
      {Versioned("age"), kIgnored},
      {With(Versioned("age"), "disable"), kForbidden},
      {kAggregation, kIgnored},
      {With(kAggregation, "allow"), kAllowed},
      {With(kAggregation, "ignore"), kIgnored},
      {With(kAggregation, "disable"), kForbidden},
  };
  auto check = [](Result<std::unique_ptr<RowMerger>> merger) {
    EXPECT_TRUE(merger) << merger.error().message;
    auto deletes = (*merger)->CheckDelete();
    if (deletes) return *deletes ? kAllowed : kIgnored;
    EXPECT_EQ(deletes.error().code, ErrorCode::kDeletionDisabled);
    return kForbidden;
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(testing::PrintToString(test.properties));
    EXPECT_EQ(check(Make(People(), test.properties)), test.deletes);
    EXPECT_EQ(check(Make(People(), test.properties, {}, MergeMode::kOverwrite)), test.overwriting);
    bool takes_targets = !test.properties.contains("table.merge-engine") ||
                         test.properties.at("table.merge-engine") == "aggregation";
    if (!takes_targets) continue;
    EXPECT_EQ(check(Make(People(), test.properties, {1, 2})), test.deletes);
  }
}

TEST(RowMergerTest, Refusals) {
  Schema strict = People();
  strict.columns[3].type.nullable = false;
  Schema strict_key = *schema::MakeSchema(
      {{.name = "a", .type = Int()}, {.name = "b", .type = Int()}, {.name = "v", .type = Int()}},
      {"a", "b"});
  Schema bad_sum = People();
  bad_sum.columns[3].agg = AggFunction{AggFunctionType::kSum};
  constexpr auto kTarget = ErrorCode::kInvalidTargetColumn;
  constexpr auto kConfig = ErrorCode::kInvalidConfig;
  struct Case {
    Schema schema;
    Properties properties;
    std::vector<int32_t> targets;
    ErrorCode code;
    const char* message;
  };
  const Case cases[] = {
      {People(), kNone, {1, 4}, kTarget, "target column 4 of a table with 4 columns"},
      {People(), kNone, {-1, 1}, kTarget, "target column -1 of a table with 4 columns"},
      {People(), kNone, {0, 2}, kTarget, "the target columns lack 'id' of the primary key"},
      {strict_key, kNone, {0, 2}, kTarget, "the target columns lack 'b' of the primary key"},
      {People(), kAggregation, {0, 2}, kTarget, "the target columns lack 'id' of the primary key"},
      {strict,
       kNone,
       {1, 3},
       kTarget,
       "column 'city' is NOT NULL: in a table with such columns besides the primary key, rows "
       "can't be written in part"},
      {strict,
       kAggregation,
       {0, 1, 2, 3},
       kTarget,
       "column 'city' is NOT NULL: in a table with such columns besides the primary key, rows "
       "can't be written in part"},
      {People(),
       kFirstRow,
       {0, 1},
       kTarget,
       "the FIRST_ROW merge engine takes whole rows only, not some target columns"},
      {People(),
       Versioned("age"),
       {0, 1, 2, 3},
       kTarget,
       "the VERSIONED merge engine takes whole rows only, not some target columns"},
      {People(),
       With(kFirstRow, "allow"),
       {},
       kConfig,
       "'table.delete.behavior' = allow does not go with the FIRST_ROW merge engine"},
      {People(),
       With(Versioned("age"), "allow"),
       {},
       kConfig,
       "'table.delete.behavior' = allow does not go with the VERSIONED merge engine"},
      {People(),
       Versioned("size"),
       {},
       kConfig,
       "the version column 'size' of the versioned merge engine does not exist"},
      {People(),
       Versioned("name"),
       {},
       kConfig,
       "the version column 'name' must be of type INT, BIGINT, TIMESTAMP or TIMESTAMP_LTZ, not "
       "STRING"},
      {bad_sum,
       kAggregation,
       {},
       kConfig,
       "aggregation function sum of column 'city' does not take the type STRING"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.message);
    auto merger = Make(test.schema, test.properties, test.targets);
    ASSERT_FALSE(merger);
    EXPECT_EQ(merger.error().code, test.code);
    EXPECT_EQ(merger.error().message, test.message);
  }
  // All targets are a whole row, for which NOT NULL is no obstacle.
  EXPECT_TRUE(Make(strict, kNone, {0, 1, 2, 3}));
}

TEST(RowMergerTest, ReadsOldRows) {
  EXPECT_FALSE((*Make(People(), kNone))->reads_old_row());
  EXPECT_FALSE((*Make(People(), kFirstRow))->reads_old_row());
  EXPECT_TRUE((*Make(People(), Versioned("age")))->reads_old_row());
  EXPECT_TRUE((*Make(People(), kAggregation))->reads_old_row());
  EXPECT_FALSE((*Make(Sums(), kAggregation, {}, MergeMode::kOverwrite))->reads_old_row());
  EXPECT_TRUE((*Make(People(), kNone, {1, 2}))->reads_old_row());
  EXPECT_FALSE((*Make(People(), kNone, {1}))->reads_old_row());
}

}  // namespace
}  // namespace millrace::kv
