// Column projection of an ARROW log batch: chosen columns without decompressing or copying any.
//
// The answer is a new head (header, change types, Arrow metadata) and the byte ranges of the stored
// batch that follow it. What changes in the header is the length, and the statistics length becomes
// 0. The checksum stays that of the stored batch, so it no longer matches: computing it would take
// reading the columns, and clients do not check it on projected batches
// (docs/formats/log-batch.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::schema {
struct DataType;
struct Schema;
}  // namespace millrace::schema

namespace millrace::record {

class ArrowHeadWriter;
class ArrowMessage;
class LogBatch;

// Some bytes of a stored batch; `position` counts from the batch's first byte.
struct ByteRange {
  uint64_t position = 0;
  uint64_t size = 0;
  bool operator==(const ByteRange&) const = default;
};

// What to keep of batches of one schema id. Made once per schema id a fetch meets, then used for
// every batch of it. Immutable: usable from any shard.
class Projection {
 public:
  // `positions` are columns of the newest schema, strictly ascending. A batch written before some
  // of them were added gets these as columns of nulls, which is what a client that decodes with the
  // projected schema needs. Columns are only ever added at the end, so a position means the same
  // column in both schemas. kInvalidColumnProjection for no positions, or ones that are not
  // ascending or outside `newest`.
  static Result<Projection> Make(const schema::Schema& newest, const schema::Schema& batch_schema,
                                 std::span<const int32_t> positions);
  // For batches of the newest schema.
  static Result<Projection> Make(const schema::Schema& schema, std::span<const int32_t> positions);

  // How many bytes from the batch's start Project() needs. `first` are the batch's first bytes, at
  // least kMaxHeaderSize of them or the whole batch if that is smaller; it may hold more than the
  // batch. An answer within `first.size()` is final. A larger one asks for that many bytes and to
  // be called again, which happens at most twice: the first time to see where the Arrow message is,
  // the second time to see the whole of its metadata. Never more than the batch's size.
  // kCorruptRecord.
  static Result<size_t> HeadSize(Bytes first);

  struct Projected {
    std::string head;             // sent first
    std::vector<ByteRange> body;  // then these, in order; neighbours are merged into one
    uint64_t size = 0;            // of the projected batch: head and body
  };

  // Projects the batch that begins at `head`, which holds HeadSize() bytes or more. A batch that is
  // only a header passes unchanged. kCorruptRecord when the batch is not one of the batch schema.
  Result<Projected> Project(Bytes head) const;

 private:
  // Columns that follow each other in the batch, as field nodes and buffers counted from the first.
  struct Run {
    uint32_t first_node, node_count, first_buffer, buffer_count;
  };
  // What a buffer of a null column holds for each row: all of it zeros.
  enum class NullBuffer : uint8_t { kEmpty, kBits, kOffsets, kValues };
  struct NullBufferShape {
    NullBuffer kind;
    uint32_t value_size;  // of kValues
  };

  void AddRun(Run run);
  void AddNullColumn(const schema::DataType& type, bool has_rows);

  static size_t NullBufferSize(NullBufferShape shape, size_t rows);
  Result<size_t> ZerosSize(const ArrowMessage& message) const;
  Result<void> CheckShape(const LogBatch& batch, const ArrowMessage& message) const;
  Result<ByteRange> CopyBuffers(const ArrowMessage& message, const Run& run, uint64_t new_offset,
                                ArrowHeadWriter& writer) const;
  static void AppendRange(std::vector<ByteRange>& ranges, ByteRange range);
  void AddNulls(const ArrowMessage& message, ArrowHeadWriter& writer) const;

  std::vector<Run> runs_;
  // Of all columns of the batch schema, and of the projected columns.
  uint32_t batch_nodes_ = 0;
  uint32_t batch_buffers_ = 0;
  uint32_t nodes_ = 0;
  uint32_t buffers_ = 0;
  // Of the columns the batch lacks: whether a node has a row per record or none, and its buffers.
  std::vector<bool> null_nodes_;
  std::vector<NullBufferShape> null_buffers_;
};

}  // namespace millrace::record
