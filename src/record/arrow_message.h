// The Arrow record batch message in an ARROW log batch: where it is, and its metadata.
//
// Views of the batch's bytes, which may lie at any address: the message is not aligned in a batch.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "record/log_batch.h"
#include "schema/table_config.h"

namespace millrace::record {

struct ArrowNode {
  int64_t length = 0;
  int64_t null_count = 0;
};
struct ArrowBuffer {
  int64_t offset = 0;  // in the body
  int64_t length = 0;  // without padding
};

// Continuation mark and metadata size, before the metadata.
inline constexpr size_t kArrowPrefixSize = 8;

// Where a batch's Arrow message begins: after the header, the statistics and the change types.
// kCorruptRecord when no message prefix fits there.
Result<size_t> ArrowMessagePosition(const LogBatch& batch);

// Size of the metadata that follows this prefix of kArrowPrefixSize bytes. kCorruptRecord when the
// mark is missing or the size is more than `available`, the bytes between the prefix and the
// batch's end.
Result<size_t> ArrowMetadataSize(const std::byte* prefix, size_t available);

class ArrowMessage {
 public:
  // Reads the message of `batch`, of which all bytes up to the end of the metadata must be there.
  // Checks the metadata's structure, that it is a record batch, and that its body ends within the
  // batch. Nodes and buffers may still have any value. kCorruptRecord.
  static Result<ArrowMessage> Parse(const LogBatch& batch);

  size_t position() const { return position_; }            // in the log batch
  size_t body_position() const { return body_position_; }  // in the log batch
  uint64_t body_length() const { return body_length_; }
  int64_t length() const { return length_; }                             // rows
  schema::ArrowCompression compression() const { return compression_; }  // of the buffers

  uint32_t node_count() const { return node_count_; }
  uint32_t buffer_count() const { return buffer_count_; }
  ArrowNode node(uint32_t index) const;
  ArrowBuffer buffer(uint32_t index) const;
  // The elements as they are stored, 16 bytes each.
  Bytes nodes() const { return {nodes_, size_t{node_count_} * 16}; }

 private:
  size_t position_ = 0;
  size_t body_position_ = 0;
  uint64_t body_length_ = 0;
  int64_t length_ = 0;
  schema::ArrowCompression compression_ = schema::ArrowCompression::kNone;
  const std::byte* nodes_ = nullptr;
  const std::byte* buffers_ = nullptr;
  uint32_t node_count_ = 0;
  uint32_t buffer_count_ = 0;
};

}  // namespace millrace::record
