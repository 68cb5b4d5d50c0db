// A ReplicaManager over a directory of its own on the machine's disk, and batches to put into it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/crc32c.h"
#include "base/endian.h"
#include "log/data_directory.h"
#include "log/faulty_disk_for_test.h"
#include "record/golden_batches.h"
#include "replica/replica_manager.h"
#include "runtime/runtime.h"

namespace millrace::replica {

using runtime::Task;

// A golden batch of magic 0 or 1, with this writer and sequence.
inline std::string BatchOf(std::string_view golden, int64_t writer = record::kNoWriterId,
                           int32_t sequence = record::kNoSequence) {
  std::string bytes = record::FromHex(golden);
  auto* b = record::AsMutableBytes(bytes).data();
  StoreLittle<int64_t>(b + 32, writer);
  StoreLittle<int32_t>(b + 40, sequence);
  StoreLittle<uint32_t>(b + 21, Crc32c(AsBytes(bytes).subspan(25)));
  return bytes;
}

// The batch as the log holds it from this offset on.
inline std::string StoredAt(std::string batch, int64_t offset, int64_t timestamp) {
  record::StampLogBatch(record::AsMutableBytes(batch), {offset}, {timestamp});
  return batch;
}

inline std::string TextOf(const std::vector<net::Piece>& pieces) {
  std::string text;
  for (const auto& piece : pieces) {
    if (auto* own = std::get_if<std::string>(&piece)) {
      text += *own;
      continue;
    }
    const auto& range = std::get<runtime::FileRange>(piece);
    std::string bytes(range.size, '\0');
    auto read = range.file->Read(range.position, record::AsMutableBytes(bytes));
    EXPECT_TRUE(read && *read == range.size);
    text += bytes;
  }
  return text;
}

// Base offsets of the batches, whose checksums are checked where they were not projected.
inline std::vector<int64_t> BasesOf(std::string_view batches) {
  std::vector<int64_t> bases;
  while (!batches.empty()) {
    auto batch = record::LogBatch::Parse(AsBytes(batches));
    EXPECT_TRUE(batch);
    if (!batch) break;
    bases.push_back(batch->base_offset().value);
    batches.remove_prefix(batch->size());
  }
  return bases;
}

class ManagerTest : public testing::Test {
 protected:
  ManagerTest() {
    root_ = testing::TempDir() + "/replica-test-" +
            testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(root_);
    options_.data_dir = root_ + "/data";
    options_.log.index_interval_bytes = 200;
    // Time is the event loop's real one here, so nothing happens by it.
    for (auto* interval :
         {&options_.disk.check_interval, &options_.high_watermark_checkpoint_interval,
          &options_.recovery_point_checkpoint_interval, &options_.retention_check_interval,
          &options_.writer_expiration_check_interval}) {
      *interval = std::chrono::hours(1);
    }
    auto facts = std::make_shared<TableFacts>();
    facts->path = {"db", "t"};
    facts->id = {7};
    facts->schemas[{1}] = std::make_shared<const schema::Schema>(record::SmallSchema());
    facts->config = record::ConfigOf(schema::LogFormat::kArrow);
    facts->probe = std::make_shared<TableProbe>();
    table_ = facts;
  }
  ~ManagerTest() override {
    if (manager_) StopManager();
    std::filesystem::remove_all(root_);
  }

  void StartManager() {
    std::vector<runtime::Shard*> shards;
    for (int i = 0; i < runtime_.shard_count(); i++) shards.push_back(&runtime_.shard(i));
    manager_ = std::make_unique<ReplicaManager>(
        shards, Environment{disk_, runtime_.blocking_pool()}, options_);
    auto started = Wait(manager_->Start());
    EXPECT_TRUE(started) << started.error().message;
  }
  void StopManager() {
    auto stopped = Wait(manager_->Stop());
    EXPECT_TRUE(stopped) << stopped.error().message;
    manager_ = nullptr;
  }
  // What is on the disk now is what the next manager finds.
  void KillManager() {
    std::filesystem::remove_all(root_ + "/killed");
    std::filesystem::copy(options_.data_dir, root_ + "/killed",
                          std::filesystem::copy_options::recursive);
    StopManager();
    std::filesystem::remove_all(options_.data_dir);
    std::filesystem::rename(root_ + "/killed", options_.data_dir);
  }
  void StartReplica(TableBucket bucket) {
    runtime_.BlockOn(manager_->StartReplica({bucket, {table_->path, std::nullopt}, table_}));
  }
  // With the bucket 0.
  void StartAll() {
    StartManager();
    StartReplica(kBucket);
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

  // The base offset, or minus the error's code.
  static int64_t BaseOf(const Result<log::Appended>& appended) {
    return appended ? appended->base_offset.value : -static_cast<int64_t>(appended.error().code);
  }
  int64_t Append(std::string records, TableBucket bucket = kBucket) {
    return BaseOf(Wait(manager_->Append(bucket, record::AsMutableBytes(records), true)));
  }
  static FetchRequest Request(Offset from = kFetchFromStart, TableBucket bucket = kBucket) {
    FetchRequest request;
    request.parts.push_back({.bucket = bucket, .from = from, .max_bytes = 1 << 20});
    request.max_bytes = 1 << 20;
    return request;
  }
  FetchedPart Fetch(const FetchRequest& request) {
    auto parts = Wait(manager_->Fetch(request));
    EXPECT_EQ(parts.size(), request.parts.size());
    return std::move(parts.front());
  }
  FetchedPart Fetch(Offset from = kFetchFromStart, TableBucket bucket = kBucket) {
    return Fetch(Request(from, bucket));
  }
  static int CodeOf(const FetchedPart& part) {
    return part.error ? static_cast<int>(part.error->code) : 0;
  }
  std::string LogFile(TableBucket bucket = kBucket) const {
    return log::TabletDirectory(options_.data_dir, {table_->path, std::nullopt}, bucket) +
           "/00000000000000000000.log";
  }

  static constexpr TableBucket kBucket = {{7}, std::nullopt, {0}};

  runtime::Runtime runtime_{3, 2};
  log::FaultyDisk disk_;
  std::string root_;
  std::atomic<int64_t> write_limit_ = std::bit_cast<int64_t>(1.0);
  std::atomic<int64_t> write_recover_ = std::bit_cast<int64_t>(0.9);
  std::atomic<int64_t> roll_active_ = 0;
  ReplicaOptions options_{
      "",
      {},
      {LiveOption<double>(&write_limit_), LiveOption<double>(&write_recover_), {}},
      LiveOption<bool>(&roll_active_)};
  std::shared_ptr<const TableFacts> table_;
  std::unique_ptr<ReplicaManager> manager_;
};

}  // namespace millrace::replica
