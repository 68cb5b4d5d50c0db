// Writes the head of an Arrow record batch message: prefix and metadata, without a builder's work.
//
// The metadata of two messages with the same number of nodes and buffers differs only in numbers,
// so it is a fixed image followed by two vectors (docs/formats/log-batch.md shows it).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "record/arrow_message.h"
#include "schema/table_config.h"

namespace millrace::record {

class ArrowHeadWriter {
 public:
  // Bytes of prefix and metadata: a multiple of 8.
  static size_t Size(uint32_t nodes, uint32_t buffers, schema::ArrowCompression compression);

  // Writes all but the vectors' elements to `to`, which has Size() bytes, all zero.
  ArrowHeadWriter(std::byte* to, int64_t rows, uint32_t nodes, uint32_t buffers,
                  schema::ArrowCompression compression);

  // Exactly as many as announced, in the order of the columns.
  void AddNode(ArrowNode node);
  void AddNodes(Bytes elements);  // as ArrowMessage::nodes() has them
  void AddBuffer(ArrowBuffer buffer);
  void SetBodyLength(uint64_t body_length);

 private:
  std::byte* metadata_;
  std::byte* next_node_;
  std::byte* next_buffer_;
};

}  // namespace millrace::record
