#include "protocol/api.h"

#include <gtest/gtest.h>

#include <set>

namespace millrace::protocol {
namespace {

TEST(Api, EveryKeyIsFoundUnderItsNumber) {
  ASSERT_EQ(KnownApis().size(), 67u);
  std::set<std::string_view> names;
  for (const ApiInfo& api : KnownApis()) {
    auto key = static_cast<int16_t>(api.key);
    EXPECT_EQ(FindApi(key), &api);
    EXPECT_EQ(&InfoOf(api.key), &api);
    EXPECT_EQ(ApiName(key), api.name);
    EXPECT_TRUE(names.insert(api.name).second) << api.name;
  }
}

TEST(Api, OtherNumbersAreNotFound) {
  for (int key : {-32768, -1, 0, 999, 1067, 32767}) {
    EXPECT_EQ(FindApi(static_cast<int16_t>(key)), nullptr) << key;
    EXPECT_EQ(ApiName(static_cast<int16_t>(key)), "UNKNOWN");
  }
}

TEST(Api, NamesAndVersions) {
  struct Case {
    int16_t key;
    std::string_view name;
    int16_t max_version;
  };
  for (const Case& c :
       {Case{1000, "API_VERSIONS", 0}, Case{1012, "GET_METADATA", 0}, Case{1014, "PRODUCE_LOG", 1},
        Case{1015, "FETCH_LOG", 0}, Case{1016, "PUT_KV", 3}, Case{1017, "LOOKUP", 1},
        Case{1024, "GET_KV_SNAPSHOT_METADATA", 1}, Case{1034, "PREFIX_LOOKUP", 1},
        Case{1044, "ALTER_TABLE", 1}, Case{1059, "GET_TABLE_STATS", 0},
        Case{1066, "REMOVE_SERVER_TAG_BY_RACK", 0}}) {
    const ApiInfo* api = FindApi(c.key);
    ASSERT_NE(api, nullptr) << c.key;
    EXPECT_EQ(api->name, c.name);
    EXPECT_EQ(api->min_version, 0) << c.name;
    EXPECT_EQ(api->max_version, c.max_version) << c.name;
  }
}

}  // namespace
}  // namespace millrace::protocol
