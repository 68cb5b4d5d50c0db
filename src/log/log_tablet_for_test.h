// A log over a disk with faults, for tests: what is appended, read and found again after a restart.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/crc32c.h"
#include "base/endian.h"
#include "log/faulty_disk_for_test.h"
#include "log/log_tablet.h"
#include "record/log_batch.h"
#include "runtime/runtime.h"

namespace millrace::log {

using runtime::Task;

inline constexpr TableBucket kBucket = {{1}, std::nullopt, {0}};
inline constexpr int64_t kNobody = record::kNoWriterId;

// A batch of magic 0 with a payload of `payload` bytes; the log does not look into it.
inline std::string Batch(int records, int64_t writer = kNobody, int32_t sequence = -1,
                         size_t payload = 50) {
  std::string bytes(record::kMinHeaderSize + payload, '\0');
  auto* b = reinterpret_cast<std::byte*>(bytes.data());
  StoreLittle<int32_t>(b + 8, static_cast<int32_t>(bytes.size() - record::kLogOverhead));
  StoreLittle<int16_t>(b + 25, 1);
  StoreLittle<uint8_t>(b + 27, 1);
  StoreLittle<int32_t>(b + 28, records - 1);
  StoreLittle<int64_t>(b + 32, writer);
  StoreLittle<int32_t>(b + 40, sequence);
  StoreLittle<int32_t>(b + 44, records);
  for (size_t i = record::kMinHeaderSize; i < bytes.size(); i++) bytes[i] = static_cast<char>(i);
  StoreLittle<uint32_t>(b + 21, Crc32c(AsBytes(bytes).subspan(25)));
  return bytes;
}

class LogTabletTest : public testing::Test {
 protected:
  LogTabletTest() {
    directory_ = testing::TempDir() + "/log-tablet-test-" +
                 testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    options_.segment_bytes = 1000;
    options_.index_interval_bytes = 200;
  }
  ~LogTabletTest() override { Wipe(); }

  // As if the process had been killed: nothing is written any more when this returns.
  void Drop() {
    tablet_ = nullptr;
    // The pool's only thread takes up things in their order; the last may be a writers' snapshot.
    Wait(runtime_.blocking_pool().Run([] { return true; }));
  }
  void Wipe() {
    Drop();
    std::filesystem::remove_all(directory_);
  }

  Result<void> Open(bool clean = false, Offset recovery_point = {0}) {
    Drop();
    TRY_ASSIGN(tablet_, LogTablet::Open(disk_, runtime_.blocking_pool(), kBucket, directory_,
                                        options_, recovery_point, clean, {now_}));
    return {};
  }
  Result<Appended> Append(std::string batches) {
    MutableBytes bytes = {reinterpret_cast<std::byte*>(batches.data()), batches.size()};
    return tablet_->Append(bytes, {now_});
  }
  // The base offset, or minus the error's code.
  int64_t BaseOf(const Result<Appended>& appended) {
    return appended ? appended->base_offset.value : -static_cast<int64_t>(appended.error().code);
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

  // Base offsets of all batches from `from` on, read in slices of at most `max_bytes`.
  std::vector<int64_t> Bases(Offset from = {0}, uint64_t max_bytes = 300) {
    std::vector<int64_t> bases;
    while (from < tablet_->end_offset()) {
      auto slice = Wait(tablet_->Read(from, tablet_->end_offset(), max_bytes, true));
      EXPECT_TRUE(slice) << slice.error().message;
      if (!slice || slice->range.size == 0) break;
      std::string bytes(slice->range.size, '\0');
      EXPECT_TRUE(slice->range.file->Read(
          slice->range.position, {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()}));
      for (size_t at = 0; at < bytes.size();) {
        auto batch = record::LogBatch::Parse(AsBytes(bytes).subspan(at));
        EXPECT_TRUE(batch && batch->CrcValid());
        if (!batch) return bases;
        bases.push_back(batch->base_offset().value);
        at += batch->size();
      }
      from = slice->end;
    }
    return bases;
  }

  std::string PathOf(int64_t base, std::string_view suffix) const {
    std::string digits = std::to_string(base);
    return directory_ + "/" + std::string(20 - digits.size(), '0') + digits + std::string(suffix);
  }
  // Overwrites bytes of a file behind the log's back.
  void Poke(const std::string& path, uint64_t position, std::string_view bytes) {
    auto file = disk_.Open(path, runtime::OpenMode::kCreate);
    ASSERT_TRUE(file && (*file)->Write(position, AsBytes(bytes)));
  }
  void AppendMany(int count, int records = 1) {
    for (int i = 0; i < count; i++) ASSERT_TRUE(Append(Batch(records)));
  }

  runtime::Runtime runtime_{1, 1};
  FaultyDisk disk_;
  std::string directory_;
  LogOptions options_;
  int64_t now_ = 1000;
  std::unique_ptr<LogTablet> tablet_;
};

inline std::vector<int64_t> Multiples(int64_t step, int64_t count) {
  std::vector<int64_t> result;
  for (int64_t i = 0; i < count; i++) result.push_back(i * step);
  return result;
}

}  // namespace millrace::log
