#include "cli/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/option_text.h"
#include "base/options.h"
#include "cli/server_options.h"

namespace millrace::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(ConfigFileTest, FlatAndNestedKeysAreTheSame) {
  const std::string text =
      "# comment\n"
      "bind.listeners: FLUSS://localhost:9123\n"
      "log:\n"
      "  segment.file-size: 1gb\n"
      "  index: {file-size: 10m}\n"
      "tablet-server.id: 3\n"
      "super.users: User:a;User:b\n"
      "remote.data.dir:\n"
      "metrics.reporters: [prometheus, 'a,b', it's]\n";
  EXPECT_THAT(*ParseConfig(text, "server.yaml"),
              ElementsAre(Pair("bind.listeners", "FLUSS://localhost:9123"),
                          Pair("log.index.file-size", "10m"), Pair("log.segment.file-size", "1gb"),
                          Pair("metrics.reporters", "prometheus,'a,b','it''s'"),
                          Pair("super.users", "User:a;User:b"), Pair("tablet-server.id", "3")));
  EXPECT_THAT(*ParseList("prometheus,'a,b','it''s'"), ElementsAre("prometheus", "a,b", "it's"));
}

TEST(ConfigFileTest, NothingIsAnEmptyConfiguration) {
  for (const char* text : {"", "# only a comment\n", "---\n"}) {
    EXPECT_THAT(*ParseConfig(text, "server.yaml"), IsEmpty()) << text;
  }
}

TEST(ConfigFileTest, ErrorsNameTheLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: 1\nb: [1\nc: 2\n", "server.yaml:3: "},
      {"a: 1\n- b\n", "server.yaml:2: "},
      {"just text\n", "server.yaml:1: expected lines of the form \"key: value\""},
      {"- a\n", "server.yaml:1: expected lines of the form \"key: value\""},
      {"a.b: 1\nc: 2\na:\n  b: 3\n", "server.yaml:4: a.b was given before, in line 1"},
      {"a: 1\na: 1\n", "server.yaml:2: a was given before, in line 1"},
      {"a:\n  - b\n  - [c]\n", "server.yaml:3: a: an item must be plain text"},
      {"? [a]\n: 1\n", "server.yaml:1: a key must be plain text"},
  };
  for (const auto& [text, message] : cases) {
    const auto entries = ParseConfig(text, "server.yaml");
    ASSERT_FALSE(entries.has_value()) << text;
    EXPECT_EQ(entries.error().code, ErrorCode::kConfig);
    EXPECT_THAT(entries.error().message, HasSubstr(message));
  }
}

TEST(ConfigFileTest, FilesAreReadAndMissingOnesNamed) {
  const std::string path = testing::TempDir() + "config_file_test.yaml";
  std::ofstream(path) << "a: 1\n";
  EXPECT_THAT(*LoadConfigFile(path), ElementsAre(Pair("a", "1")));
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_THAT(*LoadConfigFile(path), IsEmpty());
  std::filesystem::remove(path);
  EXPECT_EQ(LoadConfigFile(path).error().message, "can not read " + path);
  EXPECT_FALSE(LoadConfigFile(testing::TempDir()).has_value());
}

TEST(ServerOptionsTest, DefaultsAreValidAndKeysUnique) {
  const Options options = Options::Defaults(ServerOptions());  // stops on a bad default
  EXPECT_EQ(options.Text(kBindListeners), "FLUSS://0.0.0.0:9123");
  EXPECT_EQ(options.Bytes(kLogSegmentFileSize), 1u << 30);
  EXPECT_EQ(options.Duration(kWriterIdExpirationTime), std::chrono::hours(7 * 24));
  EXPECT_FALSE(options.IsSet(kDataDir));
}

TEST(ServerOptionsTest, AFileForTheJavaServerIsAccepted) {
  const auto given = ParseConfig(
      "zookeeper.address: localhost:2181\n"
      "remote.data.dir: /tmp/remote\n"
      "kv.rocksdb.block.cache-size: 8mb\n"
      "netty.server.num-network-threads: 4\n",
      "server.yaml");
  std::vector<std::string> warnings;
  ASSERT_TRUE(Options::Parse(ServerOptions(), *given, &warnings).has_value());
  EXPECT_THAT(
      warnings,
      ElementsAre("option kv.rocksdb.block.cache-size has no meaning here and is ignored",
                  "option netty.server.num-network-threads has no meaning here and is ignored",
                  "option zookeeper.address is known, but not used yet"));
}

TEST(ServerOptionsTest, EveryRowIsOnThePageWithAText) {
  const std::string page = ServerOptionsPage();
  for (const OptionRow* row : ServerOptions()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string(row->key) + "` |"));
    EXPECT_TRUE(row->text.ends_with('.')) << row->key;
  }
}

}  // namespace
}  // namespace millrace::cli
