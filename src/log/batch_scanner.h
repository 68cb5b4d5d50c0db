// Reads a segment's batches whole, with their checksums, after an unclean stop. Blocks; one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "record/log_batch.h"
#include "runtime/disk.h"

namespace millrace::log {

class BatchScanner {
 public:
  // Of the first `size` bytes of the file, which must outlive the scanner. Takes memory for the
  // largest batch.
  BatchScanner(const runtime::File& file, uint64_t size) : file_(file), size_(size) {}

  // The batch at `position` if all of it is there, well formed and with the right checksum; it is
  // valid until the next call. Otherwise none, and why_not() tells why.
  Result<std::optional<record::LogBatch>> At(uint64_t position);
  const std::string& why_not() const { return why_not_; }

  // Position of the first good batch behind `position` with a base offset from `first` to `last`;
  // none if there is none. That is how damage is told from a write that was not finished.
  Result<std::optional<uint64_t>> FindBehind(uint64_t position, Offset first, Offset last);

 private:
  // Fills the buffer so that it holds `needed` bytes from `position`, or all up to the end.
  Result<Bytes> Fill(uint64_t position, uint64_t needed);

  const runtime::File& file_;
  const uint64_t size_;
  std::vector<std::byte> buffer_;
  uint64_t begin_ = 0, end_ = 0;  // of what the buffer holds
  std::string why_not_;
};

}  // namespace millrace::log
