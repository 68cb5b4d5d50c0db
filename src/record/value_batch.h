// The value record batch: rows of a primary-key table as scans return them
// (docs/formats/kv-batch.md).
#pragma once

#include <string>

#include "base/bytes.h"

namespace millrace::record {

class ValueBatchWriter {
 public:
  ValueBatchWriter();

  // `value`: schema id and row, as stored.
  void Add(Bytes value);
  int32_t count() const { return count_; }
  // Of the whole batch so far.
  size_t size() const { return batch_.size(); }
  // The batch; the writer is empty again.
  std::string Finish();

 private:
  std::string batch_;
  int32_t count_ = 0;
};

}  // namespace millrace::record
