#include "runtime/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace millrace::runtime {
namespace {

Error IoError(const char* what, const std::string& path, int error) {
  return {ErrorCode::kStorage, fmt::format("{} {}: {}", what, path, std::strerror(error))};
}

class SystemFile final : public File {
 public:
  SystemFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~SystemFile() override { ::close(descriptor_); }

  const std::string& path() const override { return path_; }
  int descriptor() const override { return descriptor_; }

  Result<uint64_t> Size() const override {
    struct stat status;
    if (::fstat(descriptor_, &status) != 0) return IoError("stat", path_, errno);
    return static_cast<uint64_t>(status.st_size);
  }

  Result<size_t> Read(uint64_t position, MutableBytes to) const override {
    return ReadWithFlags(position, to, 0);
  }
  Result<size_t> ReadCached(uint64_t position, MutableBytes to) const override {
    return ReadWithFlags(position, to, RWF_NOWAIT);
  }

  Result<void> Write(uint64_t position, Bytes from) override {
    while (!from.empty()) {
      ssize_t n = ::pwrite(descriptor_, from.data(), from.size(), static_cast<off_t>(position));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return IoError("write", path_, errno);
      position += n;
      from = from.subspan(n);
    }
    return {};
  }

  Result<void> SyncData() override {
    if (::fdatasync(descriptor_) != 0) return IoError("fdatasync", path_, errno);
    return {};
  }

  Result<void> Truncate(uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      return IoError("truncate", path_, errno);
    }
    return {};
  }

 private:
  Result<size_t> ReadWithFlags(uint64_t position, MutableBytes to, int flags) const {
    size_t done = 0;
    while (done < to.size()) {
      iovec part = {to.data() + done, to.size() - done};
      ssize_t n = ::preadv2(descriptor_, &part, 1, static_cast<off_t>(position + done), flags);
      if (n < 0 && errno == EINTR) continue;
      // File systems without RWF_NOWAIT (tmpfs, overlays) say so: nothing can be told to be cached.
      if (n < 0 && flags != 0 && (errno == EAGAIN || errno == EOPNOTSUPP)) break;
      if (n < 0) return IoError("read", path_, errno);
      if (n == 0) break;
      done += n;
    }
    return done;
  }

  const std::string path_;
  const int descriptor_;
};

class RealDisk final : public Disk {
 public:
  Result<std::shared_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    int flags = O_CLOEXEC | (mode == OpenMode::kRead ? O_RDONLY : O_RDWR);
    if (mode == OpenMode::kCreate) flags |= O_CREAT;
    int descriptor = ::open(path.c_str(), flags, 0644);
    if (descriptor < 0) return IoError("open", path, errno);
    return std::make_shared<SystemFile>(path, descriptor);
  }

  bool Exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator it(directory, error), end;
    while (!error && it != end) {
      names.push_back(it->path().filename().string());
      it.increment(error);
    }
    if (error) return IoError("list", directory, error.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<void> CreateDirectories(const std::string& directory) override {
    std::error_code error;
    // Again when one on the way was removed meanwhile, because it was empty.
    for (int attempt = 0; attempt < 10; attempt++) {
      std::filesystem::create_directories(directory, error);
      if (error != std::errc::no_such_file_or_directory) break;
    }
    if (error) return IoError("create directory", directory, error.value());
    return {};
  }

  Result<void> Remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0 && errno != ENOENT) return IoError("remove", path, errno);
    return {};
  }

  Result<void> RemoveAll(const std::string& directory) override {
    std::error_code error;
    std::filesystem::remove_all(directory, error);
    if (error) return IoError("remove", directory, error.value());
    return {};
  }

  Result<void> Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return IoError("rename", from, errno);
    return {};
  }

  Result<void> SyncDirectory(const std::string& directory) override {
    int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return IoError("open", directory, errno);
    int result = ::fsync(descriptor);
    int error = errno;
    ::close(descriptor);
    if (result != 0) return IoError("fsync", directory, error);
    return {};
  }

  Result<DiskSpace> Space(const std::string& path) override {
    struct statvfs status;
    if (::statvfs(path.c_str(), &status) != 0) return IoError("statvfs", path, errno);
    // As df has it: what only root may use counts neither as used nor as free.
    uint64_t used = status.f_blocks - status.f_bfree;
    return DiskSpace{(used + status.f_bavail) * status.f_frsize,
                     uint64_t{status.f_bavail} * status.f_frsize};
  }
};

}  // namespace

Disk& SystemDisk() {
  static RealDisk disk;
  return disk;
}

Result<std::string> ReadFile(Disk& disk, const std::string& path) {
  TRY_ASSIGN(auto file, disk.Open(path, OpenMode::kRead));
  TRY_ASSIGN(uint64_t size, file->Size());
  std::string content(size, '\0');
  MutableBytes bytes = {reinterpret_cast<std::byte*>(content.data()), content.size()};
  TRY_ASSIGN(size_t read, file->Read(0, bytes));
  content.resize(read);
  return content;
}

Result<void> ReplaceFile(Disk& disk, const std::string& path, std::string_view content) {
  std::string temporary = path + ".tmp";
  TRY_ASSIGN(auto file, disk.Open(temporary, OpenMode::kCreate));
  TRY(file->Truncate(0));
  TRY(file->Write(0, AsBytes(content)));
  TRY(file->SyncData());
  TRY(disk.Rename(temporary, path));
  return disk.SyncDirectory(std::filesystem::path(path).parent_path().string());
}

}  // namespace millrace::runtime
