#include "schema/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// 2026-11-24T18:40:00Z.
constexpr TimestampMs kNow{1795545600000};
constexpr int64_t kHourMs = 3600000;

TableDescriptor PartitionedBy(std::vector<std::string> keys) {
  return {.partition_keys = std::move(keys)};
}

AutoPartitionConfig Config(AutoPartitionUnit unit, std::string zone = "UTC") {
  return {.enabled = true,
          .unit = unit,
          .time_zone = std::move(zone),
          .num_precreate = 2,
          .num_retention = 2};
}

TEST(PartitionNameTest, ValuesInOrderOfTheKeys) {
  EXPECT_EQ(*PartitionName(PartitionedBy({"dt"}), {{"dt", "20261124"}}, true), "20261124");
  EXPECT_EQ(*PartitionName(PartitionedBy({"z", "a"}), {{"a", "1"}, {"z", "eu-1"}}, true), "eu-1$1");
  EXPECT_EQ(*PartitionName(PartitionedBy({"dt"}), {{"dt", "__historical__"}}, false),
            "__historical__");
  EXPECT_THAT(PartitionValues("a$b$c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(PartitionValues("a"), ElementsAre("a"));
  EXPECT_EQ(PartitionSpecOf({"z", "a"}, "eu-1$1"), (PartitionSpec{{"a", "1"}, {"z", "eu-1"}}));
  EXPECT_EQ(PartitionSpecOf({"z", "a"}, "eu-1"), (PartitionSpec{{"z", "eu-1"}}));
}

TEST(PartitionNameTest, BadSpecs) {
  struct Case {
    std::vector<std::string> keys;
    PartitionSpec spec;
    ErrorCode code;
    std::string message;
  };
  const std::string long_value(101, 'x');
  const Case cases[] = {
      {{}, {{"a", "1"}}, ErrorCode::kTableNotPartitioned, "the table is not partitioned"},
      {{"a", "b"},
       {{"a", "1"}},
       ErrorCode::kPartitionSpecInvalid,
       "expected a value for each partition key of [a, b], got 1 values"},
      {{"a"}, {{"b", "1"}}, ErrorCode::kPartitionSpecInvalid, "no value for partition key 'a'"},
      {{"a"},
       {{"a", ""}},
       ErrorCode::kPartitionSpecInvalid,
       "invalid partition value '': it is empty"},
      {{"a"},
       {{"a", "x$y"}},
       ErrorCode::kPartitionSpecInvalid,
       "invalid partition value 'x$y': only ASCII letters, digits, '_' and '-' are allowed"},
      {{"a"},
       {{"a", "__x"}},
       ErrorCode::kPartitionSpecInvalid,
       "invalid partition value '__x': names that start with \"__\" are reserved"},
      {{"a", "b"},
       {{"a", long_value}, {"b", long_value}},
       ErrorCode::kPartitionSpecInvalid,
       "the partition's name would have 203 characters, more than 200"},
  };
  for (const Case& c : cases) {
    Result<std::string> name = PartitionName(PartitionedBy(c.keys), c.spec, true);
    ASSERT_FALSE(name) << c.message;
    EXPECT_EQ(name.error().code, c.code);
    EXPECT_EQ(name.error().message, c.message);
  }
}

TEST(PartitionNameTest, PartialSpecs) {
  EXPECT_TRUE(*PartitionMatches({"a", "b"}, "1$2", {}));
  EXPECT_TRUE(*PartitionMatches({"a", "b"}, "1$2", {{"b", "2"}}));
  EXPECT_FALSE(*PartitionMatches({"a", "b"}, "1$2", {{"b", "1"}}));
  EXPECT_FALSE(*PartitionMatches({"a", "b"}, "1", {{"b", ""}}));
  Result<bool> unknown = PartitionMatches({"a", "b"}, "1$2", {{"c", "1"}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kPartitionSpecInvalid);
}

TEST(AutoPartitionTest, NamesOfEveryUnit) {
  struct Case {
    AutoPartitionUnit unit;
    int offset;
    std::string name;
  };
  const Case cases[] = {
      {AutoPartitionUnit::kYear, 0, "2026"},
      {AutoPartitionUnit::kYear, 1, "2027"},
      {AutoPartitionUnit::kQuarter, 0, "20264"},
      {AutoPartitionUnit::kQuarter, 1, "20271"},
      {AutoPartitionUnit::kQuarter, -4, "20254"},
      {AutoPartitionUnit::kMonth, 0, "202611"},
      {AutoPartitionUnit::kMonth, 2, "202701"},
      {AutoPartitionUnit::kMonth, -11, "202512"},
      {AutoPartitionUnit::kDay, 0, "20261124"},
      {AutoPartitionUnit::kDay, 7, "20261201"},
      {AutoPartitionUnit::kDay, -24, "20261031"},
      {AutoPartitionUnit::kHour, 0, "2026112418"},
      {AutoPartitionUnit::kHour, 6, "2026112500"},
      {AutoPartitionUnit::kHour, -19, "2026112323"},
      {AutoPartitionUnit::kYear, 2147483647, "9999"},
      {AutoPartitionUnit::kDay, -2147483647, "00000103"},
  };
  for (const Case& c : cases) {
    std::string name = AutoPartitionName(Config(c.unit), kNow, c.offset);
    if (c.name.starts_with("0000")) {
      EXPECT_EQ(name.substr(0, 4), "0000");
    } else {
      EXPECT_EQ(name, c.name);
    }
  }
}

TEST(AutoPartitionTest, MonthsKeepTheDayWhereTheyHaveIt) {
  // 2024-01-31T12:00Z; February has 29 days.
  const TimestampMs end_of_january{1706702400000};
  EXPECT_EQ(AutoPartitionName(Config(AutoPartitionUnit::kMonth), end_of_january, 1), "202402");
  EXPECT_EQ(AutoPartitionName(Config(AutoPartitionUnit::kMonth), end_of_january, 13), "202502");
  EXPECT_EQ(AutoPartitionName(Config(AutoPartitionUnit::kDay), end_of_january, 29), "20240229");
}

TEST(AutoPartitionTest, TimeZones) {
  const std::pair<const char*, const char*> cases[] = {
      {"UTC", "2026112418"},
      {"Asia/Shanghai", "2026112502"},
      {"America/New_York", "2026112413"},
      {"GMT+8", "2026112502"},
      {"GMT-08:30", "2026112410"},
      {"GMT+0530", "2026112500"},
      {"Etc/GMT+8", "2026112410"},
      {"No/Such", "2026112418"},
  };
  for (const auto& [zone, name] : cases) {
    EXPECT_EQ(AutoPartitionName(Config(AutoPartitionUnit::kHour, zone), kNow, 0), name) << zone;
  }
}

TEST(AutoPartitionTest, KnownTimeZones) {
  for (const char* zone : {"UTC", "GMT", "Europe/Berlin", "America/Argentina/Buenos_Aires", "EST",
                           "GMT+0", "GMT-23:59", "GMT+1130"}) {
    EXPECT_TRUE(IsKnownTimeZone(zone)) << zone;
  }
  for (const char* zone : {"", "Europe", "Europe/Nowhere", "/etc/passwd", "/usr/share/zoneinfo/UTC",
                           "../../etc/passwd", "localtime", "libc:UTC", "file:UTC", "zone.tab",
                           "GMT+24", "GMT+8:3", "GMT+12345", "GMT+", "UTC+8", "GMT+1:60"}) {
    EXPECT_FALSE(IsKnownTimeZone(zone)) << zone;
  }
  EXPECT_FALSE(IsKnownTimeZone(std::string(100000, 'a')));
}

TEST(AutoPartitionTest, ClocksPutBackAndForward) {
  // Berlin puts the clocks back on 2026-10-25 at 01:00Z: 02h comes twice.
  AutoPartitionConfig config = Config(AutoPartitionUnit::kHour, "Europe/Berlin");
  config.num_precreate = 4;
  const TimestampMs before{1792886400000 - kHourMs};  // 2026-10-24T23:00Z is 01:00
  EXPECT_EQ(AutoPartitionName(config, before, 0), "2026102501");
  EXPECT_EQ(AutoPartitionName(config, before, 1), "2026102502");
  EXPECT_EQ(AutoPartitionName(config, before, 2), "2026102502");
  EXPECT_EQ(AutoPartitionName(config, before, 3), "2026102503");
  EXPECT_THAT(PartitionsToCreate(config, {"h"}, {}, before, 100),
              ElementsAre("2026102501", "2026102502", "2026102503"));
}

TEST(AutoPartitionTest, OwnTimeFormat) {
  AutoPartitionConfig config = Config(AutoPartitionUnit::kDay);
  const std::pair<const char*, const char*> cases[] = {
      {"yyyy-MM-dd", "2026-11-24"},
      {"uuuu'y'LL'm'dd", "2026y11m24"},
      {"'dt_'yyyyMMdd", "dt_20261124"},
      // One that is not valid is not used.
      {"dd-MM-yyyy", "20261124"},
  };
  for (const auto& [format, name] : cases) {
    config.time_format = format;
    EXPECT_EQ(AutoPartitionName(config, kNow, 0), name);
  }
}

TEST(AutoPartitionTest, TimeFormatRules) {
  struct Case {
    AutoPartitionUnit unit;
    std::string format;
    std::string problem;  // empty: valid
  };
  const std::string fields = " it must have just the fields of ";
  const Case cases[] = {
      {AutoPartitionUnit::kYear, "yyyy", ""},
      {AutoPartitionUnit::kQuarter, "yyyy-'Q'Q", ""},
      {AutoPartitionUnit::kQuarter, "yyyyq", ""},
      {AutoPartitionUnit::kHour, "yyyy-MM-dd_HH", ""},
      {AutoPartitionUnit::kYear, "", "for time unit YEAR" + fields + "yyyy, in this order"},
      {AutoPartitionUnit::kDay, "yyyy-MM",
       "for time unit DAY" + fields + "yyyyMMdd, in this order"},
      {AutoPartitionUnit::kDay, "MMyyyydd",
       "for time unit DAY" + fields + "yyyyMMdd, in this order"},
      {AutoPartitionUnit::kMonth, "yyyyMMMM", "'M' must come 2 times in a row, not 4"},
      {AutoPartitionUnit::kYear, "yy", "'y' must come 4 times in a row, not 2"},
      {AutoPartitionUnit::kDay, "yyyyMMdd'T", "a quote is not closed"},
      {AutoPartitionUnit::kDay, "yyyyMMee", "'e' is no field of a partition's time"},
      {AutoPartitionUnit::kDay, "yyyyMM[dd]", "'[' is not allowed"},
      {AutoPartitionUnit::kDay, "yyyyMMdd#", "'#' is not allowed"},
      {AutoPartitionUnit::kDay, "yyyy/MM/dd",
       "invalid partition value '2024/11/11': only ASCII letters, digits, '_' and '-' are allowed"},
      {AutoPartitionUnit::kDay, "yyyyMMdd''",
       "invalid partition value '20241111'': only ASCII letters, digits, '_' and '-' are allowed"},
      {AutoPartitionUnit::kDay, "'__'yyyyMMdd",
       "invalid partition value '__20241111': names that start with \"__\" are reserved"},
  };
  for (const Case& c : cases) {
    Result<void> valid = ValidateTimeFormat(c.format, c.unit);
    if (c.problem.empty()) {
      EXPECT_TRUE(valid) << c.format;
      continue;
    }
    ASSERT_FALSE(valid) << c.format;
    EXPECT_EQ(valid.error().code, ErrorCode::kInvalidTable);
    EXPECT_EQ(valid.error().message, "time format '" + c.format + "': " + c.problem);
  }
}

TEST(AutoPartitionTest, CreatesTheCurrentAndTheNext) {
  AutoPartitionConfig config = Config(AutoPartitionUnit::kDay);
  config.num_precreate = 3;
  EXPECT_THAT(PartitionsToCreate(config, {"dt"}, {}, kNow, 100),
              ElementsAre("20261124", "20261125", "20261126"));
  EXPECT_THAT(PartitionsToCreate(config, {"dt"}, {"20261125", "x"}, kNow, 100),
              ElementsAre("20261124", "20261126"));
  EXPECT_THAT(PartitionsToCreate(config, {"dt"}, {"20261124"}, kNow, 1), ElementsAre("20261125"));
  EXPECT_THAT(PartitionsToCreate(config, {"a", "dt"}, {}, kNow, 100), IsEmpty());
  config.num_precreate = 2147483647;
  EXPECT_EQ(PartitionsToCreate(config, {"dt"}, {}, kNow, 1000).size(), 1000u);
  config.unit = AutoPartitionUnit::kYear;
  EXPECT_EQ(PartitionsToCreate(config, {"dt"}, {}, kNow, 1000000).size(), 9999u - 2026 + 1);
  config.num_precreate = 0;
  EXPECT_THAT(PartitionsToCreate(config, {"dt"}, {}, kNow, 100), IsEmpty());
  config.num_precreate = 1;
  config.enabled = false;
  EXPECT_THAT(PartitionsToCreate(config, {"dt"}, {}, kNow, 100), IsEmpty());
}

TEST(AutoPartitionTest, DropsWhatIsOlderThanTheRetention) {
  AutoPartitionConfig config = Config(AutoPartitionUnit::kDay);
  const std::vector<std::string> days = {"20261121", "20261122", "20261123",      "20261124",
                                         "20270101", "2026112",  "__historical__"};
  EXPECT_THAT(PartitionsToDrop(config, {"dt"}, days, kNow), ElementsAre("20261121", "2026112"));
  config.num_retention = 0;
  EXPECT_THAT(PartitionsToDrop(config, {"dt"}, days, kNow),
              ElementsAre("20261121", "20261122", "20261123", "2026112"));
  config.num_retention = -1;
  EXPECT_THAT(PartitionsToDrop(config, {"dt"}, days, kNow), IsEmpty());
  config.num_retention = 2147483647;
  EXPECT_THAT(PartitionsToDrop(config, {"dt"}, days, kNow), IsEmpty());

  config.num_retention = 1;
  config.key = "dt";
  const std::vector<std::string> pairs = {"a$20261122", "b$20261123", "20261101$20261124",
                                          "20261101"};
  EXPECT_THAT(PartitionsToDrop(config, {"x", "dt"}, pairs, kNow), ElementsAre("a$20261122"));
  config.enabled = false;
  EXPECT_THAT(PartitionsToDrop(config, {"x", "dt"}, pairs, kNow), IsEmpty());
}

TEST(AutoPartitionTest, PartitionsMadeByHand) {
  AutoPartitionConfig config = Config(AutoPartitionUnit::kDay);
  auto check = [&config](const char* value) {
    Result<void> result = CheckAutoPartitionValue(config, {"dt"}, {{"dt", value}}, kNow);
    if (result) return std::string();
    EXPECT_EQ(result.error().code, ErrorCode::kPartitionSpecInvalid);
    return result.error().message;
  };
  const std::string key = "' of partition key 'dt' ";
  EXPECT_EQ(check("20261122"), "");
  EXPECT_EQ(check("20270101"), "");
  EXPECT_EQ(check("20280231"), "");
  EXPECT_EQ(check("20261121"),
            "the value '20261121" + key + "is older than what is kept: from '20261122' on");
  for (const char* value : {"2026-11-24", "202611240", "2026112", "20261324", "20261132",
                            "20260024", "20261100", "00001124", "abcdefgh", ""}) {
    EXPECT_EQ(check(value),
              std::string("the value '") + value + key + "is no time in the form yyyyMMdd");
  }
  config.num_retention = -1;
  EXPECT_EQ(check("19990101"), "");
  config.time_format = "yyyy-MM-dd";
  config.enabled = false;
  EXPECT_EQ(check("1999-01-01"), "");
  EXPECT_NE(check("19990101"), "");
  config.time_format.reset();
  EXPECT_EQ(check("anything"), "");

  config = Config(AutoPartitionUnit::kHour);
  config.key = "dt";
  EXPECT_TRUE(
      CheckAutoPartitionValue(config, {"a", "dt"}, {{"a", "x"}, {"dt", "2026112423"}}, kNow));
  EXPECT_FALSE(
      CheckAutoPartitionValue(config, {"a", "dt"}, {{"a", "x"}, {"dt", "2026112424"}}, kNow));
  EXPECT_FALSE(CheckAutoPartitionValue(config, {"a", "dt"}, {{"a", "x"}}, kNow));
  config = Config(AutoPartitionUnit::kQuarter);
  EXPECT_TRUE(CheckAutoPartitionValue(config, {"q"}, {{"q", "20264"}}, kNow));
  EXPECT_FALSE(CheckAutoPartitionValue(config, {"q"}, {{"q", "20265"}}, kNow));
}

}  // namespace
}  // namespace millrace::schema
