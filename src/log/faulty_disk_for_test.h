// The machine's disk, with faults when a test wants them, and a count of what was asked of it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include "runtime/disk.h"

namespace millrace::log {

class FaultyDisk final : public runtime::Disk {
 public:
  void FailWrites(bool fail) { fail_writes_ = fail; }
  // Fails writes to, and the making of, files whose path ends so; "" for none.
  void FailWritesTo(std::string suffix) { failing_suffix_ = std::move(suffix); }
  void FailSyncs(bool fail) { fail_syncs_ = fail; }
  void FailTruncates(bool fail) { fail_truncates_ = fail; }
  // As if nothing were in the page cache.
  void CacheNothing(bool nothing) { cache_nothing_ = nothing; }
  // Flushes begin and don't end until this is undone.
  void HoldSyncs(bool hold) {
    std::lock_guard lock(mutex_);
    hold_syncs_ = hold;
    changed_.notify_all();
  }
  // Blocks until so many flushes of files have begun in all.
  void WaitForSyncs(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return sync_count_ >= count; });
  }
  int sync_count() const { return sync_count_; }
  int read_count() const { return read_count_; }

  Result<std::shared_ptr<runtime::File>> Open(const std::string& path,
                                              runtime::OpenMode mode) override {
    if (mode == runtime::OpenMode::kCreate && !disk_.Exists(path) && Fails(path)) return Full(path);
    TRY_ASSIGN(auto file, disk_.Open(path, mode));
    return std::make_shared<FaultyFile>(*this, std::move(file));
  }
  bool Exists(const std::string& path) override { return disk_.Exists(path); }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return disk_.List(directory);
  }
  Result<void> CreateDirectories(const std::string& directory) override {
    return disk_.CreateDirectories(directory);
  }
  Result<void> Remove(const std::string& path) override { return disk_.Remove(path); }
  Result<void> RemoveAll(const std::string& directory) override {
    return disk_.RemoveAll(directory);
  }
  Result<void> Rename(const std::string& from, const std::string& to) override {
    return disk_.Rename(from, to);
  }
  Result<void> SyncDirectory(const std::string& directory) override {
    return disk_.SyncDirectory(directory);
  }
  Result<runtime::DiskSpace> Space(const std::string& path) override { return disk_.Space(path); }

 private:
  bool Fails(const std::string& path) const {
    return !failing_suffix_.empty() && path.ends_with(failing_suffix_);
  }
  static Error Full(const std::string& path) {
    return {ErrorCode::kStorage, "write " + path + ": no space left"};
  }

  class FaultyFile final : public runtime::File {
   public:
    FaultyFile(FaultyDisk& disk, std::shared_ptr<runtime::File> file)
        : disk_(disk), file_(std::move(file)) {}

    const std::string& path() const override { return file_->path(); }
    int descriptor() const override { return file_->descriptor(); }
    Result<uint64_t> Size() const override { return file_->Size(); }
    Result<size_t> Read(uint64_t position, MutableBytes to) const override {
      disk_.read_count_++;
      return file_->Read(position, to);
    }
    Result<size_t> ReadCached(uint64_t position, MutableBytes to) const override {
      disk_.read_count_++;
      if (disk_.cache_nothing_) return 0;
      return file_->ReadCached(position, to);
    }
    // Fails as a full disk does: after a part of it.
    Result<void> Write(uint64_t position, Bytes from) override {
      if (!disk_.fail_writes_ && !disk_.Fails(path())) return file_->Write(position, from);
      TRY(file_->Write(position, from.first(from.size() / 2)));
      return Full(path());
    }
    Result<void> SyncData() override {
      std::unique_lock lock(disk_.mutex_);
      disk_.sync_count_++;
      disk_.changed_.notify_all();
      disk_.changed_.wait(lock, [&] { return !disk_.hold_syncs_; });
      lock.unlock();
      if (disk_.fail_syncs_) return Error{ErrorCode::kStorage, "fdatasync " + path() + ": failed"};
      return file_->SyncData();
    }
    Result<void> Truncate(uint64_t size) override {
      if (disk_.fail_truncates_) {
        return Error{ErrorCode::kStorage, "truncate " + path() + ": failed"};
      }
      return file_->Truncate(size);
    }

   private:
    FaultyDisk& disk_;
    std::shared_ptr<runtime::File> file_;
  };

  runtime::Disk& disk_ = runtime::SystemDisk();
  std::string failing_suffix_;
  std::atomic<bool> fail_writes_ = false, fail_syncs_ = false, fail_truncates_ = false;
  std::atomic<bool> cache_nothing_ = false;
  std::atomic<int> sync_count_ = 0, read_count_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hold_syncs_ = false;
};

}  // namespace millrace::log
