// The nodes and buffers of an Arrow record batch message, decompressed, one after the other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "record/arrow_message.h"
#include "record/growing_buffer.h"
#include "record/log_batch.h"

namespace millrace::record {

class ArrowSource {
 public:
  // `message` is the one of `batch`, which is all there; both must outlive this.
  ArrowSource(const ArrowMessage& message, const LogBatch& batch);

  // Finds all buffers, and decompresses those that need it to `memory`, which must stay as long as
  // they are used. At most 2 GiB. kCorruptRecord.
  Result<void> Prepare(GrowingBuffer& memory);

  // In order, no more often than the message has some.
  ArrowNode NextNode() { return message_.node(node_++); }
  Bytes NextBuffer() { return buffers_[buffer_++].bytes; }
  // The most rows that a nested node can have: one that takes less than a bit each is a lie.
  size_t rows_max() const { return std::min<size_t>(8 * size_, INT32_MAX); }

 private:
  struct Buffer {
    Bytes bytes;
    size_t decompressed_size;  // 0: is not compressed
  };
  Result<Buffer> Find(uint32_t index) const;
  Result<void> Decompress(std::byte* to);

  const ArrowMessage& message_;
  Bytes body_;
  std::vector<Buffer> buffers_;
  size_t size_ = 0;  // of all buffers, decompressed
  uint32_t node_ = 0;
  uint32_t buffer_ = 0;
};

}  // namespace millrace::record
