#include "server/scan_sessions.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/endian.h"
#include "runtime/runtime.h"

namespace millrace::server {
namespace {

using runtime::Task;
using testing::MatchesRegex;

constexpr TableBucket kBucket = {{7}, std::nullopt, {0}};
constexpr TableBucket kOther = {{7}, std::nullopt, {1}};
constexpr int64_t kAll = INT64_MAX;
constexpr auto kTtl = std::chrono::minutes(10);

class FakeClock final : public runtime::Clock {
 public:
  runtime::Instant Now() const override { return now; }
  TimestampMs WallNow() const override { return {0}; }
  runtime::Instant now{std::chrono::hours(1)};
};

// The values of a value batch, each followed by a blank.
std::string Values(std::string_view batch) {
  if (batch.empty()) return "";
  auto load = [&](size_t at) {
    return LoadLittle<int32_t>(reinterpret_cast<const std::byte*>(batch.data()) + at);
  };
  EXPECT_EQ(load(0), static_cast<int32_t>(batch.size()) - 4);
  std::string values;
  size_t at = 9;
  for (int32_t i = 0; i < load(5); i++) {
    auto size = static_cast<size_t>(load(at));
    values += std::string(batch.substr(at + 4, size)) + " ";
    at += 4 + size;
  }
  EXPECT_EQ(at, batch.size());
  return values;
}

// The rows are v0, v1 and so on, each behind a tag of two bytes.
class ScanSessionsTest : public testing::Test {
 protected:
  ScanSessionsTest() {
    directory_ = testing::TempDir() + "/scan-sessions-test-" +
                 testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    SetRows(5);
    MakeSessions({});
  }
  ~ScanSessionsTest() override {
    runtime_.BlockOn(sessions_->Stop());
    EXPECT_EQ(store_.use_count(), 1) << "somebody still reads";
    store_ = nullptr;
    std::filesystem::remove_all(directory_);
  }

  void SetRows(int count) {
    store_ = nullptr;
    std::filesystem::remove_all(directory_);
    auto opened = kv::RowStore::Open(resources_, runtime::SystemDisk(), runtime::SystemClock(),
                                     {directory_ + "/kv"});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    kv::RowStore::Batch batch;
    for (int i = 0; i < count; i++) {
      std::string key = fmt::format("k{}", i), value = fmt::format("##v{}", i);
      batch.Put(AsBytes(key), AsBytes(value));
    }
    ASSERT_TRUE(count == 0 || store_->Write(batch, true));
  }
  void MakeSessions(ScanOptions options) {
    if (sessions_) runtime_.BlockOn(sessions_->Stop());
    options.ttl = kTtl;
    options.expiration_interval = std::chrono::hours(1);
    // Not the shard that the calls come from.
    sessions_ = std::make_unique<ScanSessions>(runtime_.shard(1), clock_, runtime_.blocking_pool(),
                                               options);
  }

  Task<Result<kv::RowScan>> NewScan() {
    if (opening_) co_await opening_->Wait();
    if (refuse_) co_return Error{ErrorCode::kNotLeaderOrFollower, "elsewhere"};
    kv::RowScan scan;
    scan.store = store_;
    scan.scan = store_->NewScan();
    scan.log_offset = {42};
    scan.skip = 2;
    co_return scan;
  }

  template <class T>
  T Wait(Task<T> task) {
    std::optional<T> result;
    runtime_.BlockOn(Store(std::move(task), result));
    return std::move(*result);
  }
  template <class T>
  static Task<> Store(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }

  // "values[ ... more], id" or the error's name.
  std::string Show(const Result<ScanStep>& step) {
    if (!step) return std::string(ErrorName(step.error().code));
    if (!step->scanner_id.empty()) id_ = step->scanner_id;
    std::string text = Values(step->records);
    if (step->has_more) text += "...";
    if (step->log_offset) text += fmt::format("@{}", step->log_offset->value);
    return text;
  }
  std::string Open(uint64_t batch_bytes, int64_t limit = kAll, TableBucket bucket = kBucket,
                   int32_t sequence = 0) {
    return Show(Wait(
        sessions_->Open(bucket, [this] { return NewScan(); }, limit, {sequence, batch_bytes})));
  }
  std::string Continue(int32_t sequence, uint64_t batch_bytes = 1 << 20) {
    return Show(Wait(sessions_->Continue(id_, {sequence, batch_bytes})));
  }
  void Close() { runtime_.BlockOn(sessions_->Close(id_)); }

  // ---- On the sessions' shard ----

  Task<> ContinueInto(std::string& shown, runtime::Gate::Pass) {
    ScanCall call = {1, 1};
    shown = Show(co_await sessions_->Continue(id_, call));
  }
  Task<> ContinueTwice(std::string& first, std::string& second) {
    runtime::Gate calls;
    runtime::Spawn(ContinueInto(first, calls.Enter()));
    runtime::Spawn(ContinueInto(second, calls.Enter()));
    co_await calls.WaitEmpty();
  }
  Task<> OpenInto(std::string& shown, runtime::Gate::Pass) {
    ScanCall call = {0, 1};
    ScanSessions::Opener open = [this] { return NewScan(); };
    shown = Show(co_await sessions_->Open(kBucket, std::move(open), kAll, call));
  }
  Task<> EndOfBucket(runtime::Gate::Pass) { co_await sessions_->EndOf(kBucket); }
  Task<> EndWhileOpening(std::string& opened) {
    runtime::Event opening;
    opening_ = &opening;
    runtime::Gate calls;
    runtime::Spawn(OpenInto(opened, calls.Enter()));
    runtime::Spawn(EndOfBucket(calls.Enter()));
    EXPECT_EQ(calls.count(), 2) << "the end waits for the opening";
    opening.Set();
    co_await calls.WaitEmpty();
    opening_ = nullptr;
  }

  runtime::Runtime runtime_{2, 2};
  std::string directory_;
  FakeClock clock_;
  kv::StoreResources resources_{kv::StoreOptions{}};
  std::shared_ptr<kv::RowStore> store_;
  std::unique_ptr<ScanSessions> sessions_;
  bool refuse_ = false;
  runtime::Event* opening_ = nullptr;  // on the sessions' shard: scans open once it is set
  std::string id_;                     // of the last session
};

TEST_F(ScanSessionsTest, ReadsInSteps) {
  // A batch of one row takes 15 bytes.
  EXPECT_EQ(Open(16), "v0 v1 ...@42");
  EXPECT_THAT(id_, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(Continue(1, 1), "v2 ...");
  EXPECT_EQ(Continue(2), "v3 v4 ");
  EXPECT_EQ(Continue(3), "UNKNOWN_SCANNER_ID") << "it ended with its last row";
}

TEST_F(ScanSessionsTest, SeesTheRowsOfItsBeginning) {
  EXPECT_EQ(Open(1), "v0 ...@42");
  kv::RowStore::Batch batch;
  batch.Put(AsBytes("k1"), AsBytes("##new"));
  batch.Delete(AsBytes("k2"));
  ASSERT_TRUE(store_->Write(batch, true));
  EXPECT_EQ(Continue(1), "v1 v2 v3 v4 ");
  EXPECT_EQ(Open(1 << 20), "v0 new v3 v4 @42");
}

TEST_F(ScanSessionsTest, NoMoreThanTheLimit) {
  EXPECT_EQ(Open(1 << 20, 1), "v0 @42");
  EXPECT_EQ(Open(1 << 20, 5), "v0 v1 v2 v3 v4 @42");
  EXPECT_EQ(Open(16, 3), "v0 v1 ...@42");
  EXPECT_EQ(Continue(1), "v2 ");
}

TEST_F(ScanSessionsTest, NoMoreThanTheServerGivesAtOnce) {
  MakeSessions({.most_batch_bytes = 16});
  EXPECT_EQ(Open(1 << 20), "v0 v1 ...@42");
  EXPECT_EQ(Continue(1), "v2 v3 ...");
}

TEST_F(ScanSessionsTest, OfAnEmptyBucketThereIsNoSession) {
  SetRows(0);
  MakeSessions({.most_per_bucket = 1});
  EXPECT_EQ(Open(1 << 20), "@42");
  EXPECT_EQ(Open(1 << 20), "@42");
  EXPECT_EQ(id_, "");
}

TEST_F(ScanSessionsTest, NotTooManyAtOnce) {
  MakeSessions({.most_per_bucket = 2, .most_per_server = 3});
  EXPECT_EQ(Open(1), "v0 ...@42");
  std::string first = id_;
  EXPECT_EQ(Open(1), "v0 ...@42");
  EXPECT_NE(id_, first);
  EXPECT_EQ(Open(1), "TOO_MANY_SCANNERS");
  EXPECT_EQ(Open(1, kAll, kOther), "v0 ...@42");
  EXPECT_EQ(Open(1, kAll, kOther), "TOO_MANY_SCANNERS") << "of the server";
  Close();
  EXPECT_EQ(Open(1), "TOO_MANY_SCANNERS") << "of the bucket";
  id_ = first;
  Close();
  EXPECT_EQ(Open(1 << 20), "v0 v1 v2 v3 v4 @42") << "which ends at once";
  EXPECT_EQ(Open(1), "v0 ...@42");
}

TEST_F(ScanSessionsTest, WhatDoesNotOpenTakesNoRoom) {
  MakeSessions({.most_per_bucket = 1, .most_per_server = 1});
  refuse_ = true;
  EXPECT_EQ(Open(1), "NOT_LEADER_OR_FOLLOWER");
  refuse_ = false;
  EXPECT_EQ(Open(1, kAll, kBucket, 1), "INVALID_SCAN_REQUEST") << "begins with call 0";
  EXPECT_EQ(Open(1), "v0 ...@42");
}

TEST_F(ScanSessionsTest, CallsOutOfOrderEndIt) {
  for (int32_t wrong : {0, 2, -1, INT32_MAX}) {
    EXPECT_EQ(Open(1), "v0 ...@42");
    EXPECT_EQ(Continue(wrong), "INVALID_SCAN_REQUEST") << wrong;
    EXPECT_EQ(Continue(1), "UNKNOWN_SCANNER_ID") << wrong;
  }
}

TEST_F(ScanSessionsTest, CallsAtOnceEndIt) {
  EXPECT_EQ(Open(1), "v0 ...@42");
  std::string first, second;
  // There, so that the first can't be answered before the second comes.
  runtime_.BlockOn(runtime::RunOn(runtime_.shard(1), ContinueTwice(first, second)));
  EXPECT_EQ(first, "SCANNER_EXPIRED");
  EXPECT_EQ(second, "INVALID_SCAN_REQUEST");
  EXPECT_EQ(Continue(2), "UNKNOWN_SCANNER_ID");
}

TEST_F(ScanSessionsTest, ClosesOnce) {
  EXPECT_EQ(Open(1), "v0 ...@42");
  Close();
  EXPECT_EQ(Continue(1), "UNKNOWN_SCANNER_ID");
  Close();
  id_ = "nobody's";
  Close();
  EXPECT_EQ(Continue(1), "UNKNOWN_SCANNER_ID");
}

TEST_F(ScanSessionsTest, ExpiresWhenNobodyAsks) {
  EXPECT_EQ(Open(1), "v0 ...@42");
  clock_.now += kTtl;
  runtime_.BlockOn(sessions_->Expire());
  EXPECT_EQ(Continue(1, 1), "v1 ...");
  clock_.now += kTtl;
  runtime_.BlockOn(sessions_->Expire());
  EXPECT_EQ(Continue(2, 1), "v2 ...") << "the call counts";
  clock_.now += kTtl + std::chrono::milliseconds(1);
  runtime_.BlockOn(sessions_->Expire());
  EXPECT_EQ(Continue(3), "SCANNER_EXPIRED");
  clock_.now += 2 * kTtl;
  runtime_.BlockOn(sessions_->Expire());
  EXPECT_EQ(Continue(3), "SCANNER_EXPIRED") << "is remembered";
  clock_.now += std::chrono::milliseconds(1);
  runtime_.BlockOn(sessions_->Expire());
  EXPECT_EQ(Continue(3), "UNKNOWN_SCANNER_ID") << "but not for ever";
}

TEST_F(ScanSessionsTest, EndsWithItsBucket) {
  EXPECT_EQ(Open(1, kAll, kOther), "v0 ...@42");
  std::string other = id_;
  EXPECT_EQ(Open(1), "v0 ...@42");
  EXPECT_EQ(store_.use_count(), 3);
  runtime_.BlockOn(sessions_->EndOf(kBucket));
  EXPECT_EQ(store_.use_count(), 2) << "it has let go when EndOf returns";
  EXPECT_EQ(Continue(1), "SCANNER_EXPIRED");
  id_ = other;
  EXPECT_EQ(Continue(1), "v1 v2 v3 v4 ");
  runtime_.BlockOn(sessions_->EndOf(kBucket));
}

TEST_F(ScanSessionsTest, EndsWithItsBucketWhileItOpens) {
  std::string opened;
  runtime_.BlockOn(runtime::RunOn(runtime_.shard(1), EndWhileOpening(opened)));
  EXPECT_EQ(opened, "SCANNER_EXPIRED");
  EXPECT_EQ(store_.use_count(), 1);
}

TEST_F(ScanSessionsTest, StopsAtOnce) {
  EXPECT_EQ(Open(1), "v0 ...@42");
  EXPECT_EQ(Open(1), "v0 ...@42");
  runtime_.BlockOn(sessions_->Stop());
  EXPECT_EQ(store_.use_count(), 1);
  EXPECT_EQ(Open(1), "NOT_LEADER_OR_FOLLOWER");
}

}  // namespace
}  // namespace millrace::server
