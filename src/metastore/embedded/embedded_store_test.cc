#include "metastore/embedded/embedded_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "metastore/embedded/rocks.h"
#include "runtime/disk.h"
#include "runtime/event.h"
#include "runtime/runtime.h"

namespace millrace::metastore {
namespace {

using runtime::Runtime;
using runtime::Task;
using testing::ElementsAre;
using testing::IsEmpty;

// The same for a test and for the child process that it starts, but not for another build's.
std::string DirectoryFor(std::string_view test) {
  std::string program = std::filesystem::read_symlink("/proc/self/exe");
  return fmt::format("{}/millrace-{}-{:x}", testing::TempDir(), test,
                     std::hash<std::string>()(program));
}

class EmbeddedStoreTest : public testing::Test {
 protected:
  EmbeddedStoreTest()
      : directory_(DirectoryFor(testing::UnitTest::GetInstance()->current_test_info()->name())) {
    EXPECT_TRUE(runtime::SystemDisk().RemoveAll(directory_));
    Open();
  }
  ~EmbeddedStoreTest() override {
    store_.reset();
    EXPECT_TRUE(runtime::SystemDisk().RemoveAll(directory_));
  }

  void Open() {
    store_.reset();
    auto store = OpenEmbeddedStore(directory_, runtime_.blocking_pool());
    ASSERT_TRUE(store) << store.error().message;
    store_ = *std::move(store);
  }

  template <class T>
  T Await(Task<T> task) {
    std::optional<T> result;
    runtime_.BlockOn(Keep(std::move(task), result));
    return *std::move(result);
  }
  template <class T>
  static Task<> Keep(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }

  // "done", or "<failed step>: <why>".
  std::string Commit(std::vector<Op> ops) {
    auto result = Await(store_->Commit(std::move(ops)));
    if (!result) return "error: " + result.error().message;
    if (result->outcome == Outcome::kDone) return "done";
    return fmt::format("{}: {}", result->failed_op, OutcomeName(result->outcome));
  }
  // "<value> v<version>", or "none".
  std::string Get(const std::string& path) {
    auto node = Await(store_->Get(path));
    if (!node) return "error: " + node.error().message;
    return *node ? fmt::format("{} v{}", (*node)->value, (*node)->version) : "none";
  }
  std::vector<std::string> Children(const std::string& path) {
    return Await(store_->Children(path)).value();
  }
  // All nodes as "path=value".
  std::vector<std::string> Dump(const std::string& path = "/") {
    std::vector<std::string> nodes;
    auto tree = Await(store_->GetTree(path));
    for (const auto& [node_path, node] : *tree) nodes.push_back(node_path + "=" + node.value);
    return nodes;
  }

  const std::string directory_;
  Runtime runtime_{2, 2};
  std::unique_ptr<Store> store_;
};

TEST_F(EmbeddedStoreTest, NodesHaveValuesAndVersions) {
  EXPECT_EQ(Get("/a"), "none");
  EXPECT_EQ(Get("/"), " v0");
  EXPECT_EQ(Commit({CreateOp("/a", "one")}), "done");
  EXPECT_EQ(Get("/a"), "one v0");
  EXPECT_EQ(Commit({CreateOp("/a", "two")}), "0: node exists");
  EXPECT_EQ(Commit({SetOp("/a", "two")}), "done");
  EXPECT_EQ(Commit({SetOp("/a", "three", 0)}), "0: version differs");
  EXPECT_EQ(Commit({SetOp("/a", std::string("\0\xff", 2), 1)}), "done");
  EXPECT_EQ(Get("/a"), std::string("\0\xff v2", 5));
  EXPECT_EQ(Commit({CheckOp("/a", 2), CheckOp("/a"), CheckOp("/")}), "done");
  EXPECT_EQ(Commit({CheckOp("/a", 1)}), "0: version differs");
  EXPECT_EQ(Commit({SetOp("/b", "")}), "0: no such node");
  EXPECT_EQ(Commit({DeleteOp("/b")}), "0: no such node");
  EXPECT_EQ(Commit({DeleteOp("/a", 0)}), "0: version differs");
  EXPECT_EQ(Commit({DeleteOp("/a", 2)}), "done");
  EXPECT_EQ(Get("/a"), "none");
}

TEST_F(EmbeddedStoreTest, ParentsMustExistOrAreMade) {
  EXPECT_EQ(Commit({CreateOp("/a/b/c", "x")}), "0: no such node");
  EXPECT_EQ(Commit({CreateOp("/a/b/c", "x", Parents::kCreate)}), "done");
  EXPECT_THAT(Dump(), ElementsAre("/a=", "/a/b=", "/a/b/c=x"));
  EXPECT_EQ(Commit({DeleteOp("/a/b")}), "0: node has children");
  EXPECT_EQ(Commit({DeleteOp("/a/b/c"), DeleteOp("/a/b")}), "done");
  EXPECT_THAT(Dump(), ElementsAre("/a="));
}

// '-', '.' and '0' sort around '/': siblings must not be taken for children.
TEST_F(EmbeddedStoreTest, ChildrenAndTreesKeepToTheirNode) {
  for (const char* path :
       {"/t", "/t/a", "/t/a-b", "/t/a.b", "/t/a0", "/t/a/x", "/t/a/x/y", "/t-u", "/t-u/a", "/t0"}) {
    ASSERT_EQ(Commit({CreateOp(path, "v")}), "done") << path;
  }
  EXPECT_THAT(Children("/"), ElementsAre("t", "t-u", "t0"));
  EXPECT_THAT(Children("/t"), ElementsAre("a", "a-b", "a.b", "a0"));
  EXPECT_THAT(Children("/t/a"), ElementsAre("x"));
  EXPECT_THAT(Children("/t/a0"), IsEmpty());
  EXPECT_THAT(Children("/none"), IsEmpty());
  EXPECT_THAT(Dump("/t/a"), ElementsAre("/t/a=v", "/t/a/x=v", "/t/a/x/y=v"));
  EXPECT_THAT(Dump("/none"), IsEmpty());
  EXPECT_EQ(Commit({DeleteTreeOp("/t")}), "done");
  EXPECT_EQ(Commit({DeleteTreeOp("/t")}), "done");
  EXPECT_THAT(Dump(), ElementsAre("/t-u=v", "/t-u/a=v", "/t0=v"));
}

TEST_F(EmbeddedStoreTest, ACommitIsAllOrNothing) {
  ASSERT_EQ(Commit({CreateOp("/keep", "1")}), "done");
  EXPECT_EQ(
      Commit({SetOp("/keep", "2"), CreateOp("/new", ""), DeleteTreeOp("/keep"), CheckOp("/keep")}),
      "3: no such node");
  EXPECT_THAT(Dump(), ElementsAre("/keep=1"));
  EXPECT_EQ(Get("/keep"), "1 v0");
}

TEST_F(EmbeddedStoreTest, StepsSeeWhatEarlierOnesDid) {
  ASSERT_EQ(Commit({CreateOp("/old", ""), CreateOp("/old/child", "")}), "done");
  EXPECT_EQ(Commit({DeleteTreeOp("/old"), CreateOp("/old/again", "x", Parents::kCreate),
                    SetOp("/old/again", "y", 0), CheckOp("/old/again", 1), CreateOp("/gone", ""),
                    DeleteOp("/gone", 0)}),
            "done");
  EXPECT_THAT(Dump(), ElementsAre("/old=", "/old/again=y"));
  EXPECT_EQ(Get("/old/again"), "y v1");
}

TEST_F(EmbeddedStoreTest, SequentialNodesAreNumberedByTheirParent) {
  ASSERT_EQ(Commit({CreateOp("/log", ""), CreateOp("/other", "")}), "done");
  auto create = [&](const char* prefix) {
    std::vector<Op> ops;
    ops.push_back(CreateOp(prefix, "v", Parents::kMustExist, CreateMode::kPersistentSequential));
    return Await(store_->Commit(std::move(ops))).value().created;
  };
  EXPECT_THAT(create("/log/a_"), ElementsAre("/log/a_0000000000"));
  EXPECT_THAT(create("/log/b_"), ElementsAre("/log/b_0000000001"));
  EXPECT_THAT(create("/other/a_"), ElementsAre("/other/a_0000000000"));
  EXPECT_EQ(Commit({DeleteOp("/log/b_0000000001")}), "done");
  Open();
  EXPECT_THAT(create("/log/b_"), ElementsAre("/log/b_0000000002"));
  EXPECT_EQ(Get("/log"), " v0");
}

TEST_F(EmbeddedStoreTest, EphemeralNodesEndWithTheSession) {
  ASSERT_EQ(Commit({CreateOp("/ids/0", "a", Parents::kCreate, CreateMode::kEphemeral),
                    CreateOp("/ids/1", "b", Parents::kMustExist, CreateMode::kEphemeral),
                    CreateOp("/ids/2", "c")}),
            "done");
  EXPECT_EQ(Commit({SetOp("/ids/0", "A"), DeleteOp("/ids/1")}), "done");
  EXPECT_EQ(Commit({CreateOp("/ids/1", "persistent now")}), "done");
  EXPECT_THAT(Dump(), ElementsAre("/ids=", "/ids/0=A", "/ids/1=persistent now", "/ids/2=c"));
  Open();
  EXPECT_THAT(Dump(), ElementsAre("/ids=", "/ids/1=persistent now", "/ids/2=c"));
}

TEST_F(EmbeddedStoreTest, BadPathsAreErrors) {
  for (std::string path : {"", "a", "/a/", "//a", "/a//b", "/.", "/a/..", "/"}) {
    EXPECT_THAT(Commit({CreateOp(path, "")}), testing::StartsWith("error:")) << path;
  }
  EXPECT_THAT(Commit({CreateOp(std::string("/a\0b", 4), "")}), testing::StartsWith("error:"));
  EXPECT_THAT(Dump(), IsEmpty());
}

TEST_F(EmbeddedStoreTest, ReopenedItIsAsBefore) {
  std::vector<Op> ops;
  for (int i = 0; i < 500; i++) {
    ops.push_back(
        CreateOp(fmt::format("/many/{:03}", i), std::string(10'000, 'x'), Parents::kCreate));
  }
  ASSERT_EQ(Commit(std::move(ops)), "done");  // several write buffers
  ASSERT_EQ(Commit({SetOp("/many/007", "seven")}), "done");
  auto before = Dump();
  EXPECT_EQ(before.size(), 501);
  Open();
  EXPECT_EQ(Dump(), before);
  EXPECT_EQ(Get("/many/007"), "seven v1");
}

TEST_F(EmbeddedStoreTest, OnlyOneProcessHasItOpen) {
  auto second = OpenEmbeddedStore(directory_, runtime_.blocking_pool());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kStorage);
  EXPECT_THAT(second.error().message, testing::HasSubstr(directory_));
}

TEST_F(EmbeddedStoreTest, DamageIsAnErrorThatNamesTheNode) {
  store_.reset();
  auto rocks = Rocks::Open(directory_);
  ASSERT_TRUE((*rocks)->Write(
      {{"/short", std::string("\x01\0", 2)}, {"/format", std::string(10, '\x07')}}));
  rocks->reset();
  Open();
  EXPECT_EQ(Get("/short"), "error: metadata node /short: damaged header");
  EXPECT_EQ(Get("/format"), "error: metadata node /format: damaged header");
  EXPECT_FALSE(Await(store_->GetTree("/")));
}

TEST_F(EmbeddedStoreTest, AStoreOfAnotherFormatIsRefused) {
  store_.reset();
  auto rocks = Rocks::Open(directory_);
  ASSERT_TRUE((*rocks)->Write({{"format", "2"}}));
  rocks->reset();
  auto store = OpenEmbeddedStore(directory_, runtime_.blocking_pool());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, testing::HasSubstr("format '2'"));
}

struct Watching {
  runtime::Event seen_all;
  std::vector<std::string> seen;
  size_t expected = 0;
  int shard = -1;
};

Task<> WatchChanges(Store& store, Watching& watching) {
  auto watch = store.WatchTree("/a", [&watching](const WatchEvent& event) {
    static constexpr const char* kNames[] = {"created", "changed", "deleted"};
    watching.seen.push_back(fmt::format("{} {}", kNames[static_cast<int>(event.kind)], event.path));
    watching.shard = runtime::Shard::Current()->index();
    if (watching.seen.size() == watching.expected) watching.seen_all.Set();
  });
  std::vector<Op> ops;
  ops.push_back(CreateOp("/a/b", "", Parents::kCreate));
  ops.push_back(CreateOp("/ab", ""));
  ops.push_back(SetOp("/a/b", "x"));
  (void)co_await store.Commit(std::move(ops));
  std::vector<Op> failing;
  failing.push_back(SetOp("/a", "x"));
  failing.push_back(CheckOp("/none"));
  (void)co_await store.Commit(std::move(failing));
  std::vector<Op> deleting;
  deleting.push_back(DeleteTreeOp("/a"));
  (void)co_await store.Commit(std::move(deleting));
  co_await watching.seen_all.Wait();
  watch.reset();
  std::vector<Op> unseen;
  unseen.push_back(CreateOp("/a", ""));
  (void)co_await store.Commit(std::move(unseen));
  co_await runtime::Yield();
}

TEST_F(EmbeddedStoreTest, WatchesSeeEveryChangeInOrderOnTheirShard) {
  Watching watching;
  watching.expected = 5;
  runtime_.BlockOn(runtime::RunOn(runtime_.shard(1), WatchChanges(*store_, watching)));
  EXPECT_THAT(watching.seen, ElementsAre("created /a", "created /a/b", "changed /a/b",
                                         "deleted /a/b", "deleted /a"));
  EXPECT_EQ(watching.shard, 1);
}

using EmbeddedStoreDeathTest = EmbeddedStoreTest;

// Runs in a child process of its own: each commit that returned must be there after its kill -9.
TEST_F(EmbeddedStoreDeathTest, SurvivesKillMinusNine) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  store_.reset();
  auto commit_and_die = [&] {
    Open();
    for (int i = 0; i < 50; i++) {
      std::string expected =
          Commit({CreateOp(fmt::format("/n/{}", i), std::string(1000, 'x'), Parents::kCreate),
                  i == 0 ? CreateOp("/count", "0") : SetOp("/count", std::to_string(i))});
      if (expected != "done") ::_exit(1);
    }
    ::kill(::getpid(), SIGKILL);
  };
  EXPECT_EXIT(commit_and_die(), testing::KilledBySignal(SIGKILL), "");
  Open();
  EXPECT_EQ(Get("/count"), "49 v49");
  EXPECT_EQ(Children("/n").size(), 50);
}

}  // namespace
}  // namespace millrace::metastore
