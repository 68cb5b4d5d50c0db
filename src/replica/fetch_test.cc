// Fetches: limits, waiting and waking, projections and filters.
#include "record/predicate.h"
#include "replica/manager_for_test.h"

namespace millrace::replica {
namespace {

using record::kArrowPlain;
using record::kArrowStatistics;
using Bases = std::vector<int64_t>;

class FetchTest : public ManagerTest {
 protected:
  static TableBucket Bucket(int32_t id) { return {{7}, std::nullopt, {id}}; }
};

TEST_F(FetchTest, TakesWholeBatchesWithinTheLimits) {
  StartAll();
  uint64_t size = BatchOf(kArrowPlain).size();
  for (int i = 0; i < 4; i++) EXPECT_EQ(Append(BatchOf(kArrowPlain)), 3 * i);
  struct Case {
    int64_t from;
    uint64_t part_bytes, bytes;
    Bases expected;
    int code = 0;
  };
  const Case cases[] = {
      {-2, 10 * size, 10 * size, {0, 3, 6, 9}},
      {3, 10 * size, 10 * size, {3, 6, 9}},
      {5, 10 * size, 10 * size, {3, 6, 9}},  // inside a batch
      {0, 2 * size, 10 * size, {0, 3}},
      {0, 3 * size - 1, 10 * size, {0, 3}},
      {0, 10 * size, 2 * size, {0, 3}},
      {0, 1, 10 * size, {0}},  // one at least
      {0, 0, 0, {0}},
      {12, 10 * size, 10 * size, {}},  // the end
      {13, 10 * size, 10 * size, {}, 19},
      {-1, 10 * size, 10 * size, {}, 19},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(testing::Message() << c.from << " " << c.part_bytes << " " << c.bytes);
    auto request = Request({c.from});
    request.parts[0].max_bytes = c.part_bytes;
    request.max_bytes = c.bytes;
    auto fetched = Fetch(request);
    EXPECT_EQ(CodeOf(fetched), c.code);
    EXPECT_EQ(BasesOf(TextOf(fetched.records)), c.expected);
    EXPECT_EQ(fetched.size_bytes, c.expected.size() * size);
    if (c.code == 0) {
      EXPECT_EQ(fetched.high_watermark, Offset{12});
    }
  }
}

TEST_F(FetchTest, TheLimitHoldsOverAllBucketsAndShards) {
  StartManager();
  uint64_t size = BatchOf(kArrowPlain).size();
  FetchRequest request;
  for (int id = 0; id < 12; id++) {
    StartReplica(Bucket(id));
    EXPECT_EQ(Append(BatchOf(kArrowPlain), Bucket(id)), 0);
    request.parts.push_back({.bucket = Bucket(id), .from = {0}, .max_bytes = 1 << 20});
  }
  request.parts.push_back({.bucket = Bucket(99), .from = {0}, .max_bytes = 1 << 20});
  for (uint64_t batches : {1, 2, 5, 12, 20}) {
    request.max_bytes = batches * size;
    auto parts = Wait(manager_->Fetch(request));
    uint64_t total = 0;
    for (int id = 0; id < 12; id++) total += parts[id].size_bytes;
    EXPECT_EQ(total, std::min<uint64_t>(batches, 12) * size);
    EXPECT_EQ(CodeOf(parts[12]), 21);
  }
}

Task<> FetchInto(ReplicaManager& manager, FetchRequest request, std::vector<FetchedPart>& parts,
                 runtime::Gate::Pass) {
  parts = co_await manager.Fetch(request);
}

// Begins the fetch, does `work`, waits for the fetch's end. What the fetch sends to other shards
// comes there before what `work` sends.
template <class Work>
Task<> During(ReplicaManager& manager, FetchRequest request, std::vector<FetchedPart>& parts,
              Work work) {
  runtime::Gate gate;
  runtime::Spawn(FetchInto(manager, request, parts, gate.Enter()));
  co_await work();
  co_await gate.WaitEmpty();
}

// Waits for longer than any test may take: only a wake-up ends it.
FetchRequest Patient(FetchRequest request, uint64_t min_bytes = 1) {
  request.min_bytes = min_bytes;
  request.max_wait = std::chrono::hours(1);
  return request;
}

TEST_F(FetchTest, DataWakesAFetchThatWaits) {
  StartManager();
  for (int id = 0; id < 6; id++) {
    StartReplica(Bucket(id));
    FetchRequest request = Request({0}, Bucket(id));
    // Waits for other buckets too, on all shards.
    for (int other = 6; other < 12; other++) {
      StartReplica(Bucket(other));
      request.parts.push_back({.bucket = Bucket(other), .from = {0}, .max_bytes = 1000});
    }
    std::vector<FetchedPart> parts;
    std::string records = BatchOf(kArrowPlain);
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
    auto append = [&]() -> Task<> {
      EXPECT_TRUE(co_await manager_->Append(Bucket(id), record::AsMutableBytes(records), true));
    };
    runtime_.BlockOn(During(*manager_, Patient(request), parts, append));
    EXPECT_EQ(TextOf(parts[0].records), records);
    EXPECT_EQ(parts[0].high_watermark, Offset{3});
  }
}

TEST_F(FetchTest, WaitsForMinBytes) {
  StartAll();
  std::vector<FetchedPart> parts;
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  auto append = [&]() -> Task<> {
    for (int i = 0; i < 3; i++) {
      std::string records = BatchOf(kArrowPlain);
      EXPECT_TRUE(co_await manager_->Append(kBucket, record::AsMutableBytes(records), true));
      for (int turn = 0; turn < 20; turn++) co_await runtime::Yield();
    }
  };
  uint64_t size = BatchOf(kArrowPlain).size();
  runtime_.BlockOn(During(*manager_, Patient(Request({0}), 2 * size + 1), parts, append));
  EXPECT_EQ(BasesOf(TextOf(parts[0].records)), (Bases{0, 3, 6}));
}

TEST_F(FetchTest, DoesNotWaitWithoutReason) {
  StartAll();
  EXPECT_EQ(Fetch(Patient(Request({0}), /*min_bytes=*/0)).size_bytes, 0u);
  EXPECT_EQ(CodeOf(Fetch(Patient(Request({5})))), 19);
  EXPECT_EQ(CodeOf(Fetch(Patient(Request({0}, Bucket(9))))), 21);
  auto request = Request({0});
  request.min_bytes = 1;
  request.max_wait = std::chrono::milliseconds(1);
  EXPECT_EQ(Fetch(request).size_bytes, 0u);
}

TEST_F(FetchTest, TheEndOfABucketWakesAFetchThatWaits) {
  StartAll();
  std::vector<FetchedPart> parts;
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  auto drop = [&]() -> Task<> {
    EXPECT_TRUE(co_await manager_->StopReplica(kBucket, std::nullopt, true));
  };
  runtime_.BlockOn(During(*manager_, Patient(Request({0})), parts, drop));
  EXPECT_EQ(CodeOf(parts[0]), 21);
}

TEST_F(FetchTest, AFailureWakesAFetchThatWaits) {
  StartAll();
  std::vector<FetchedPart> parts;
  std::string records = BatchOf(kArrowPlain);
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  auto fail = [&]() -> Task<> {
    disk_.FailSyncs(true);
    EXPECT_FALSE(co_await manager_->Append(kBucket, record::AsMutableBytes(records), true));
    disk_.FailSyncs(false);
  };
  runtime_.BlockOn(During(*manager_, Patient(Request({0})), parts, fail));
  EXPECT_EQ(CodeOf(parts[0]), 26);
}

TEST_F(FetchTest, TheStopOfTheServerWakesAFetchThatWaits) {
  StartAll();
  std::vector<FetchedPart> parts;
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  auto stop = [&]() -> Task<> {
    manager_->StopWaiting();
    co_return;
  };
  runtime_.BlockOn(During(*manager_, Patient(Request({0})), parts, stop));
  EXPECT_EQ(CodeOf(parts[0]), 0);
  EXPECT_EQ(parts[0].size_bytes, 0u);
  EXPECT_EQ(Fetch(Patient(Request({0}))).size_bytes, 0u);
}

TEST_F(FetchTest, ProjectsTheColumnsAskedFor) {
  StartAll();
  for (int i = 0; i < 3; i++) EXPECT_EQ(Append(BatchOf(kArrowStatistics)), 3 * i);
  // The reference's bytes, with this log's offsets and times.
  std::string stored = TextOf(Fetch().records), expected;
  for (int i = 0; i < 3; i++) {
    auto batch = record::LogBatch::Parse(AsBytes(stored).subspan(i * stored.size() / 3));
    std::string projected = StoredAt(record::FromHex(record::kArrowProjected), int64_t{3} * i,
                                     batch->commit_timestamp().value);
    auto* b = record::AsMutableBytes(projected).data();
    StoreLittle<int64_t>(b + 32, -1);
    StoreLittle<int32_t>(b + 40, -1);
    StoreLittle<uint32_t>(b + 21, batch->crc());
    expected += projected;
  }
  auto request = Request({0});
  request.parts[0].projection = std::vector<int32_t>{1};
  auto fetched = Fetch(request);
  EXPECT_EQ(CodeOf(fetched), 0);
  EXPECT_EQ(TextOf(fetched.records), expected);
  EXPECT_EQ(fetched.size_bytes, expected.size());

  // Limits count what is sent.
  request.parts[0].max_bytes = expected.size() / 3 * 2;
  EXPECT_EQ(BasesOf(TextOf(Fetch(request).records)), (Bases{0, 3}));
  request.parts[0].max_bytes = 1;
  EXPECT_EQ(BasesOf(TextOf(Fetch(request).records)), (Bases{0}));
  request.parts[0].projection = std::vector<int32_t>{3};
  EXPECT_EQ(CodeOf(Fetch(request)), 34);
  request.parts[0].projection = std::vector<int32_t>{1, 0};
  EXPECT_EQ(CodeOf(Fetch(request)), 34);
}

std::shared_ptr<const record::Predicate> IdEquals(int64_t value) {
  record::LeafPredicate leaf;
  leaf.literals.push_back({schema::TypeRoot::kInteger, value});
  auto predicate = std::make_shared<record::Predicate>();
  predicate->node = leaf;
  return predicate;
}

TEST_F(FetchTest, LeavesOutBatchesThatCanNotMatch) {
  StartAll();
  // Only batches with statistics (ids 1 to 3) can be left out.
  for (auto golden : {kArrowStatistics, kArrowPlain, kArrowStatistics, kArrowStatistics}) {
    Append(BatchOf(golden));
  }
  uint64_t size = BatchOf(kArrowPlain).size();
  struct Case {
    const char* what;
    int64_t value, from;
    uint64_t max_bytes;
    Bases expected;
    int64_t filtered_end;  // -1: not set
  };
  const Case cases[] = {
      {"all match", 2, 0, 1 << 20, {0, 3, 6, 9}, -1},
      {"one does", 9, 0, 1 << 20, {3}, 12},
      {"none does", 9, 6, 1 << 20, {}, 12},
      {"stopped by size behind one that does not", 9, 0, size - 1, {3}, 12},
      {"at the end", 9, 12, 1 << 20, {}, -1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    auto request = Patient(Request({c.from}), c.from == 12 ? 0 : 1);
    request.parts[0].filter = IdEquals(c.value);
    request.parts[0].max_bytes = c.max_bytes;
    // That nothing matches is an answer too: the client goes on behind it.
    auto fetched = Fetch(request);
    EXPECT_EQ(CodeOf(fetched), 0);
    EXPECT_EQ(BasesOf(TextOf(fetched.records)), c.expected);
    EXPECT_EQ(fetched.filtered_end.value_or(Offset{-1}), Offset{c.filtered_end});
  }
}

TEST_F(FetchTest, ReadsTheLastRecords) {
  options_.log.segment_bytes = 1000;
  StartAll();
  for (int i = 0; i < 10; i++) EXPECT_EQ(Append(BatchOf(kArrowPlain)), 3 * i);
  struct Case {
    int64_t limit;
    Bases expected;
  };
  const Case cases[] = {{0, {}},       {-1, {}},
                        {1, {27}},     {3, {27}},
                        {4, {24, 27}}, {INT32_MAX, {0, 3, 6, 9, 12, 15, 18, 21, 24, 27}}};
  for (const auto& c : cases) {
    auto records = Wait(manager_->ReadLast(kBucket, c.limit));
    ASSERT_TRUE(records);
    EXPECT_EQ(BasesOf(TextOf(*records)), c.expected) << c.limit;
  }
  EXPECT_EQ(*Wait(manager_->CountRows(kBucket)), 30);
}

TEST_F(FetchTest, ListsOffsets) {
  StartAll();
  EXPECT_EQ(Append(BatchOf(kArrowPlain)), 0);
  auto offset = [&](OffsetKind kind, int64_t timestamp = 0) {
    return Wait(manager_->ListOffset(kBucket, kind, {timestamp}))->value;
  };
  EXPECT_EQ(offset(OffsetKind::kEarliest), 0);
  EXPECT_EQ(offset(OffsetKind::kLatest), 3);
  EXPECT_EQ(offset(OffsetKind::kLeaderEnd), 3);
  EXPECT_EQ(offset(OffsetKind::kTimestamp, 1), 0);
  EXPECT_EQ(offset(OffsetKind::kTimestamp, INT64_MAX), 3);
  auto unknown = Wait(manager_->ListOffset(Bucket(1), OffsetKind::kEarliest, {}));
  EXPECT_EQ(unknown.error().code, ErrorCode::kUnknownTableOrBucket);
}

}  // namespace
}  // namespace millrace::replica
