// Walks the log batches that follow each other in memory.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "record/log_batch.h"

namespace millrace::record {

// Over memory that the caller keeps alive, from its first byte, where a batch begins.
class BatchIterator {
 public:
  explicit BatchIterator(Bytes records) : records_(records) {}

  // The next batch, whole, its header checked as LogBatch::Parse() does. None at the end, which is
  // also where a batch is cut short: what is left is fewer bytes than it has, or than any header
  // has. kCorruptRecord for a header that is wrong, again on every further call. Checksums are the
  // caller's.
  Result<std::optional<LogBatch>> Next();

  // Where the next batch begins: the size of all batches so far.
  size_t position() const { return position_; }

 private:
  Bytes records_;
  size_t position_ = 0;
};

}  // namespace millrace::record
