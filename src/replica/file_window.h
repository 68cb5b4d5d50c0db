// Reads small stretches of a file, mostly onwards: what lies behind a stretch is read along with
// it.
#pragma once

#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/blocking_pool.h"
#include "runtime/disk.h"
#include "runtime/task.h"

namespace millrace::replica {

// Of a range of a file. On one shard; what the device must bring is read in the blocking pool.
class FileWindow {
 public:
  FileWindow(runtime::FileRange range, runtime::BlockingPool& pool)
      : range_(std::move(range)), pool_(pool) {}

  // `size` bytes from `position` of the range, or as many as the range has; valid until the next
  // call.
  runtime::Task<Result<Bytes>> At(uint64_t position, size_t size);

 private:
  runtime::FileRange range_;
  runtime::BlockingPool& pool_;
  std::vector<std::byte> buffer_;
  uint64_t begin_ = 0;  // of what buffer_ holds, in the range
  uint64_t end_ = 0;
  size_t ahead_ = 4096;
};

}  // namespace millrace::replica
