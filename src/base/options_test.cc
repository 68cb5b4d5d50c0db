#include "base/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/option_text.h"

namespace millrace {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kPolicies[] = {"sync", "os"};
constexpr OptionRow kFlag{.key = "a.flag", .type = OptionType::kBool, .default_value = "false"};
constexpr OptionRow kCount{.key = "a.count",
                           .type = OptionType::kInt,
                           .default_value = "3",
                           .text = "How many.",
                           .min = 1,
                           .max = 10,
                           .reloadable = true};
constexpr OptionRow kRatio{.key = "a.ratio",
                           .type = OptionType::kDouble,
                           .default_value = "0.85",
                           .min = 0,
                           .max = 1,
                           .reloadable = true};
constexpr OptionRow kWait{.key = "a.wait", .type = OptionType::kDuration, .default_value = "30 s"};
constexpr OptionRow kSize{.key = "a.size",
                          .type = OptionType::kMemorySize,
                          .default_value = "16mb",
                          .text = "How large.",
                          .min = 1024};
constexpr OptionRow kName{.key = "a.name", .text = "What it is called."};
constexpr OptionRow kPolicy{.key = "a.policy",
                            .type = OptionType::kEnum,
                            .default_value = "sync",
                            .text = "When to flush.",
                            .choices = kPolicies};
constexpr OptionRow kItems{.key = "a.items", .type = OptionType::kList};
constexpr OptionRow kPairs{.key = "a.pairs", .type = OptionType::kMap};
constexpr OptionRow kLimit{.key = "a.limit", .type = OptionType::kInt, .use = OptionUse::kNotYet};
constexpr OptionRow kJvm{.key = "jvm.heap", .use = OptionUse::kNever};
constexpr OptionRow kLake{.key = "lake.*", .reloadable = true};
constexpr OptionRow kPassword{.key = "a.password", .type = OptionType::kInt};

OptionRows AllRows() {
  return {&kFlag,  &kCount, &kRatio, &kWait, &kSize, &kName,    &kPolicy,
          &kItems, &kPairs, &kLimit, &kJvm,  &kLake, &kPassword};
}

Options MustParse(const std::map<std::string, std::string>& given) {
  std::vector<std::string> warnings;
  Result<Options> options = Options::Parse(AllRows(), given, &warnings);
  EXPECT_TRUE(options.has_value()) << options.error().message;
  EXPECT_THAT(warnings, IsEmpty());
  return *std::move(options);
}

TEST(OptionTextTest, Durations) {
  const std::pair<std::string_view, int64_t> cases[] = {
      {"30 s", 30'000},   {"30s", 30'000},        {"5min", 300'000}, {"5 m", 300'000},
      {"7 d", 604800000}, {"500ms", 500},         {"0 s", 0},        {"3 Hours", 10'800'000},
      {"1500 µs", 1},     {"  2 seconds ", 2000}, {"1999999 ns", 1}};
  for (const auto& [text, expected_ms] : cases) {
    EXPECT_EQ(ParseDuration(text).value_or(milliseconds(-1)), milliseconds(expected_ms)) << text;
  }
  for (std::string_view text : {"", "30", "s", "-1 s", "1.5 s", "1 fortnight", "1 s s",
                                "99999999999999999999 s", "9223372036854775807 d"}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

TEST(OptionTextTest, MemorySizes) {
  const std::pair<std::string_view, uint64_t> cases[] = {
      {"16mb", 16 << 20}, {"1gb", 1 << 30},        {"4k", 4096},        {"1024m", 1 << 30},
      {"1b", 1},          {"12 bytes", 12},        {"2 T", 2ull << 40}, {"0b", 0},
      {"64 KB", 65536},   {"3 mebibytes", 3 << 20}};
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(ParseMemorySize(text).value_or(-1), expected) << text;
  }
  for (std::string_view text : {"", "16", "mb", "-1mb", "1.5gb", "1 pb", "9223372036854775807kb"}) {
    EXPECT_FALSE(ParseMemorySize(text).has_value()) << text;
  }
}

TEST(OptionTextTest, FormattedTextReadsBackTheSame) {
  EXPECT_EQ(FormatDuration(milliseconds(30'000)), "30 s");
  EXPECT_EQ(FormatDuration(milliseconds(86'400'000)), "1 d");
  EXPECT_EQ(FormatDuration(milliseconds(90'001)), "90001 ms");
  EXPECT_EQ(FormatDuration(milliseconds(0)), "0 ms");
  EXPECT_EQ(FormatMemorySize(16 << 20), "16 mb");
  EXPECT_EQ(FormatMemorySize(1025), "1025 bytes");
}

TEST(OptionTextTest, ListsAndMapsKeepQuotedSeparators) {
  EXPECT_THAT(*ParseList(" a, b ,'c,d',\"e\"\"f\",,"),
              ElementsAre("a", "b", "c,d", "e\"f", "", ""));
  EXPECT_THAT(*ParseList("  "), IsEmpty());
  EXPECT_FALSE(ParseList("a,'b").has_value());
  EXPECT_THAT(*ParseMap("a:1, 'b:c' : 2,d:e:f"),
              ElementsAre(Pair("a", "1"), Pair("b:c", "2"), Pair("d", "e:f")));
  EXPECT_FALSE(ParseMap("a").has_value());
}

TEST(OptionTextTest, NearestIsNearEnoughToBeMeant) {
  const std::string_view known[] = {"log.segment.file-size", "log.index.file-size", "data.dir"};
  EXPECT_EQ(NearestOf("log.segment.file.size", known), "log.segment.file-size");
  EXPECT_EQ(NearestOf("datadir", known), "data.dir");
  EXPECT_EQ(NearestOf("zookeeper.address", known), "");
}

TEST(OptionsTest, DefaultsHoldForWhatIsNotGiven) {
  const Options options = MustParse({});
  EXPECT_FALSE(options.Bool(kFlag));
  EXPECT_EQ(options.Int(kCount), 3);
  EXPECT_EQ(options.Double(kRatio), 0.85);
  EXPECT_EQ(options.Duration(kWait), milliseconds(30'000));
  EXPECT_EQ(options.Bytes(kSize), 16u << 20);
  EXPECT_EQ(options.Text(kName), "");
  EXPECT_EQ(options.Text(kPolicy), "sync");
  EXPECT_THAT(options.List(kItems), IsEmpty());
  EXPECT_FALSE(options.IsSet(kLimit));
  EXPECT_FALSE(options.IsSet(kLake));
  EXPECT_EQ(options.Source(kCount), OptionSource::kDefault);
}

TEST(OptionsTest, GivenValuesAreRead) {
  const Options options = MustParse({{"a.flag", "TRUE"},
                                     {"a.count", "7"},
                                     {"a.size", "2kb"},
                                     {"a.name", "n"},
                                     {"a.policy", "OS"},
                                     {"a.items", "x,y"},
                                     {"a.pairs", "k:v"},
                                     {"lake.paimon.warehouse", "/w"}});
  EXPECT_TRUE(options.Bool(kFlag));
  EXPECT_EQ(options.Int(kCount), 7);
  EXPECT_EQ(options.Bytes(kSize), 2048u);
  EXPECT_EQ(options.Text(kName), "n");
  EXPECT_EQ(options.Text(kPolicy), "os");
  EXPECT_THAT(options.List(kItems), ElementsAre("x", "y"));
  EXPECT_THAT(options.Map(kPairs), ElementsAre(Pair("k", "v")));
  EXPECT_THAT(options.Map(kLake), ElementsAre(Pair("paimon.warehouse", "/w")));
  EXPECT_EQ(options.Source(kCount), OptionSource::kFile);
}

TEST(OptionsTest, BadValuesNameKeyValueAndForm) {
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"a.flag", "yes", R"(option a.flag: expected true or false, got "yes")"},
      {"a.count", "x", R"(option a.count: expected a whole number, got "x")"},
      {"a.count", "11", R"(option a.count: expected a value from 1 to 10, got "11")"},
      {"a.ratio", "1.5", R"(option a.ratio: expected a value from 0 to 1, got "1.5")"},
      {"a.ratio", "nan", R"(option a.ratio: expected a number, got "nan")"},
      {"a.size", "1b", R"(option a.size: expected a value at least 1 kb, got "1b")"},
      {"a.policy", "never", R"(option a.policy: expected one of sync, os, got "never")"},
      {"a.password", "hunter2", R"(option a.password: expected a whole number, got "******")"}};
  for (const auto& [key, value, message] : cases) {
    std::vector<std::string> warnings;
    const Result<Options> options = Options::Parse(AllRows(), {{key, value}}, &warnings);
    ASSERT_FALSE(options.has_value()) << key << ": " << value;
    EXPECT_EQ(options.error().code, ErrorCode::kConfig);
    EXPECT_EQ(options.error().message, message);
  }
}

TEST(OptionsTest, KeysWithoutEffectAreWarnedAbout) {
  std::vector<std::string> warnings;
  const Result<Options> options = Options::Parse(
      AllRows(), {{"a.cuont", "1"}, {"a.limit", "5"}, {"jvm.heap", "1g"}, {"zzzzzzzz", ""}},
      &warnings);
  ASSERT_TRUE(options.has_value());
  EXPECT_THAT(warnings, ElementsAre("unknown option a.cuont: did you mean a.count?",
                                    "option a.limit is known, but not used yet",
                                    "option jvm.heap has no meaning here and is ignored",
                                    "unknown option zzzzzzzz"));
}

TEST(OptionsTest, DynamicValuesReachLiveBindingsAndGoBack) {
  Options options = MustParse({{"a.count", "7"}});
  const LiveOption<int64_t> count = options.LiveInt(kCount);
  const LiveOption<double> ratio = options.LiveDouble(kRatio);
  ASSERT_TRUE(options.SetDynamic("a.count", "9").has_value());
  ASSERT_TRUE(options.SetDynamic("a.ratio", "0.5").has_value());
  ASSERT_TRUE(options.SetDynamic("lake.format", "paimon").has_value());
  EXPECT_EQ(count(), 9);
  EXPECT_EQ(ratio(), 0.5);
  EXPECT_EQ(options.Source(kCount), OptionSource::kDynamic);
  EXPECT_THAT(options.Map(kLake), ElementsAre(Pair("format", "paimon")));
  for (const char* key : {"a.count", "a.ratio", "lake.format", "no.such"})
    options.ResetDynamic(key);
  EXPECT_EQ(count(), 7);
  EXPECT_EQ(ratio(), 0.85);
  EXPECT_EQ(options.Source(kCount), OptionSource::kFile);
  EXPECT_THAT(options.Map(kLake), IsEmpty());
}

TEST(OptionsTest, DynamicChangesAreChecked) {
  Options options = MustParse({});
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"a.cout", "1", "unknown option a.cout: did you mean a.count?"},
      {"a.name", "n", "option a.name can not be changed while the server runs"},
      {"a.count", "0", R"(option a.count: expected a value from 1 to 10, got "0")"}};
  for (const auto& [key, value, message] : cases) {
    EXPECT_EQ(options.SetDynamic(key, value).error().message, message);
  }
  EXPECT_EQ(options.Int(kCount), 3);
}

TEST(OptionsTest, EntriesHideSecretsAndSkipWhatIsUnset) {
  const Options options =
      MustParse({{"a.password", "5"}, {"lake.s3.secret-key", "k"}, {"lake.format", "paimon"}});
  std::vector<std::string> lines;
  for (const Options::Entry& entry : options.Entries()) {
    lines.push_back(entry.key + "=" + entry.value);
  }
  EXPECT_THAT(lines, ElementsAre("a.count=3", "a.flag=false", "a.password=******", "a.policy=sync",
                                 "a.ratio=0.85", "a.size=16mb", "a.wait=30 s", "lake.format=paimon",
                                 "lake.s3.secret-key=******"));
}

TEST(OptionsTest, MarkdownHasARowPerOption) {
  const OptionRow* rows[] = {&kCount, &kSize, &kName, &kPolicy};
  EXPECT_EQ(
      OptionsAsMarkdown(rows),
      "| Key | Type | Default | What it does |\n"
      "| --- | --- | --- | --- |\n"
      "| `a.count` | integer | `3` | How many. (from 1 to 10; may be changed while the server "
      "runs) |\n"
      "| `a.size` | size | `16mb` | How large. (at least 1 kb) |\n"
      "| `a.name` | text |  | What it is called. |\n"
      "| `a.policy` | choice | `sync` | When to flush. (one of sync, os) |\n");
}

}  // namespace
}  // namespace millrace
