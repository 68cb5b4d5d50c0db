// The machine's disk, with faults when a test wants them.
#pragma once

#include <atomic>

#include "runtime/disk.h"

namespace millrace::log {

class FaultyDisk final : public runtime::Disk {
 public:
  void FailWrites(bool fail) { fail_writes_ = fail; }
  void FailSyncs(bool fail) { fail_syncs_ = fail; }
  int sync_count() const { return sync_count_; }

  Result<std::shared_ptr<runtime::File>> Open(const std::string& path,
                                              runtime::OpenMode mode) override {
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
  class FaultyFile final : public runtime::File {
   public:
    FaultyFile(FaultyDisk& disk, std::shared_ptr<runtime::File> file)
        : disk_(disk), file_(std::move(file)) {}

    const std::string& path() const override { return file_->path(); }
    int descriptor() const override { return file_->descriptor(); }
    Result<uint64_t> Size() const override { return file_->Size(); }
    Result<size_t> Read(uint64_t position, MutableBytes to) const override {
      return file_->Read(position, to);
    }
    Result<size_t> ReadCached(uint64_t position, MutableBytes to) const override {
      return file_->ReadCached(position, to);
    }
    // Fails as a full disk does: after a part of it.
    Result<void> Write(uint64_t position, Bytes from) override {
      if (!disk_.fail_writes_) return file_->Write(position, from);
      TRY(file_->Write(position, from.first(from.size() / 2)));
      return Error{ErrorCode::kStorage, "write " + path() + ": no space left"};
    }
    Result<void> SyncData() override {
      disk_.sync_count_++;
      if (disk_.fail_syncs_) return Error{ErrorCode::kStorage, "fdatasync " + path() + ": failed"};
      return file_->SyncData();
    }
    Result<void> Truncate(uint64_t size) override { return file_->Truncate(size); }

   private:
    FaultyDisk& disk_;
    std::shared_ptr<runtime::File> file_;
  };

  runtime::Disk& disk_ = runtime::SystemDisk();
  std::atomic<bool> fail_writes_ = false, fail_syncs_ = false;
  std::atomic<int> sync_count_ = 0;
};

}  // namespace millrace::log
