// Files and directories. All calls block unless they say otherwise: from a shard, only reads and
// writes that stay in the page cache; the rest belongs in the BlockingPool. Errors are kStorage and
// name the file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::runtime {

// An open file. Positions are bytes from its start. Any thread; calls on disjoint ranges don't
// conflict.
class File {
 public:
  virtual ~File() = default;

  virtual const std::string& path() const = 0;
  // The descriptor to hand to the kernel (sendfile), valid while the File lives; -1 when there is
  // none.
  virtual int descriptor() const = 0;

  virtual Result<uint64_t> Size() const = 0;
  // Fills `to` from `position`; returns how much there was: less than asked only at the end of
  // file.
  virtual Result<size_t> Read(uint64_t position, MutableBytes to) const = 0;
  // The same, but only from memory: never waits for the device; returns what it could get that way.
  virtual Result<size_t> ReadCached(uint64_t position, MutableBytes to) const = 0;
  // Writes all of `from` at `position`, into the page cache.
  virtual Result<void> Write(uint64_t position, Bytes from) = 0;
  // Returns when all that was written before the call is on the device.
  virtual Result<void> SyncData() = 0;
  virtual Result<void> Truncate(uint64_t size) = 0;
};

// Bytes of a file that will be sent or read later; keeps the file open, also when it gets deleted.
struct FileRange {
  std::shared_ptr<File> file;
  uint64_t position = 0;
  uint64_t size = 0;
};

enum class OpenMode { kRead, kReadWrite, kCreate /* read-write, made when missing */ };

struct DiskSpace {
  uint64_t total_bytes = 0;
  uint64_t free_bytes = 0;
};

class Disk {
 public:
  virtual ~Disk() = default;

  virtual Result<std::shared_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual bool Exists(const std::string& path) = 0;
  // Names (not paths) of what the directory holds, sorted.
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;
  virtual Result<void> CreateDirectories(const std::string& directory) = 0;
  // Removes a file, or a directory that is empty; it is no error when there is none.
  virtual Result<void> Remove(const std::string& path) = 0;
  // Removes a directory with all it holds; it is no error when there is none.
  virtual Result<void> RemoveAll(const std::string& directory) = 0;
  virtual Result<void> Rename(const std::string& from, const std::string& to) = 0;
  // Makes creations, removals and renames in the directory durable.
  virtual Result<void> SyncDirectory(const std::string& directory) = 0;
  // Space of the file system that holds `path`.
  virtual Result<DiskSpace> Space(const std::string& path) = 0;
};

// The machine's file systems. Lives as long as the process.
Disk& SystemDisk();

// The whole content of a file.
Result<std::string> ReadFile(Disk& disk, const std::string& path);
// Replaces a file's content so that after a crash there is the old one or the new one, whole and
// synced.
Result<void> ReplaceFile(Disk& disk, const std::string& path, std::string_view content);

}  // namespace millrace::runtime
