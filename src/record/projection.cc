#include "record/projection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/endian.h"
#include "record/arrow_message.h"
#include "record/arrow_writer.h"
#include "record/log_batch.h"
#include "schema/schema.h"

namespace millrace::record {
namespace {

using schema::TypeRoot;

constexpr size_t kLengthAt = 8;
constexpr size_t kAlignment = 8;
// Before the bytes of a buffer in a compressed message: its size, or -1 for bytes as they are.
constexpr int64_t kCompressionPrefix = 8;
constexpr int64_t kNotCompressed = -1;
// Zeros sent for one batch's null columns. More rows than this makes are only in batches made up to
// be expensive: it is 4 million of the widest values.
constexpr size_t kMaxZeros = 64 << 20;

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

constexpr size_t RoundUp(size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

// Bytes of a value in Arrow; 0 for types without a buffer of such values.
uint32_t ValueSize(const schema::DataType& type) {
  switch (type.root) {
    case TypeRoot::kTinyInt:
      return 1;
    case TypeRoot::kSmallInt:
      return 2;
    case TypeRoot::kInteger:
    case TypeRoot::kFloat:
    case TypeRoot::kDate:
      return 4;
    case TypeRoot::kTime:
      return type.precision <= 3 ? 4 : 8;
    case TypeRoot::kBigInt:
    case TypeRoot::kDouble:
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      return 8;
    case TypeRoot::kDecimal:
      return 16;
    case TypeRoot::kBinary:
      return static_cast<uint32_t>(type.length);
    default:
      return 0;
  }
}

// Before the zeros of a null column.
int64_t NullPrefix(const ArrowMessage& message) {
  return message.compression() == schema::ArrowCompression::kNone ? 0 : kCompressionPrefix;
}

}  // namespace

Result<Projection> Projection::Make(const schema::Schema& schema,
                                    std::span<const int32_t> positions) {
  return Make(schema, schema, positions);
}

Result<Projection> Projection::Make(const schema::Schema& newest,
                                    const schema::Schema& batch_schema,
                                    std::span<const int32_t> positions) {
  auto columns = static_cast<int32_t>(newest.columns.size());
  bool valid = !positions.empty() && positions.front() >= 0 && positions.back() < columns;
  for (size_t i = 1; i < positions.size(); ++i) valid &= positions[i - 1] < positions[i];
  if (!valid) {
    return Error{ErrorCode::kInvalidColumnProjection,
                 fmt::format("projection [{}] must be ascending positions out of {} columns",
                             fmt::join(positions, ", "), columns)};
  }

  Projection projection;
  auto next = positions.begin();
  int32_t position = 0;
  for (const schema::Column& column : batch_schema.columns) {
    schema::ArrowNodes arrow = schema::CountArrow(column.type);
    Run run = {projection.batch_nodes_, static_cast<uint32_t>(arrow.nodes),
               projection.batch_buffers_, static_cast<uint32_t>(arrow.buffers)};
    projection.batch_nodes_ += run.node_count;
    projection.batch_buffers_ += run.buffer_count;
    if (next != positions.end() && *next == position++) {
      projection.AddRun(run);
      ++next;
    }
  }
  for (; next != positions.end(); ++next) {
    projection.AddNullColumn(newest.columns[*next].type, /*has_rows=*/true);
  }
  return projection;
}

void Projection::AddRun(Run run) {
  nodes_ += run.node_count;
  buffers_ += run.buffer_count;
  if (!runs_.empty() && runs_.back().first_node + runs_.back().node_count == run.first_node) {
    runs_.back().node_count += run.node_count;
    runs_.back().buffer_count += run.buffer_count;
  } else {
    runs_.push_back(run);
  }
}

void Projection::AddNullColumn(const schema::DataType& type, bool has_rows) {
  auto add_node = [&](bool rows) {
    null_nodes_.push_back(rows);
    ++nodes_;
  };
  auto add_buffer = [&](NullBuffer kind, uint32_t value_size = 0) {
    null_buffers_.push_back({has_rows ? kind : NullBuffer::kEmpty, value_size});
    ++buffers_;
  };
  add_node(has_rows);
  add_buffer(NullBuffer::kBits);
  switch (type.root) {
    case TypeRoot::kBoolean:
      add_buffer(NullBuffer::kBits);
      break;
    case TypeRoot::kChar:
    case TypeRoot::kString:
    case TypeRoot::kBytes:
      add_buffer(NullBuffer::kOffsets);
      add_buffer(NullBuffer::kEmpty);
      break;
    case TypeRoot::kArray:
      add_buffer(NullBuffer::kOffsets);
      AddNullColumn(type.children[0].type, false);
      break;
    case TypeRoot::kMap:
      add_buffer(NullBuffer::kOffsets);
      add_node(false);  // the entries
      add_buffer(NullBuffer::kEmpty);
      AddNullColumn(type.children[0].type, false);
      AddNullColumn(type.children[1].type, false);
      break;
    case TypeRoot::kRow:
      for (const schema::DataField& field : type.children) AddNullColumn(field.type, has_rows);
      break;
    default:
      add_buffer(NullBuffer::kValues, ValueSize(type));
  }
}

Result<size_t> Projection::HeadSize(Bytes first) {
  TRY_ASSIGN(LogBatch batch, LogBatch::Parse(first, /*whole=*/false));
  if (batch.size() == batch.header_size()) return batch.size();
  TRY_ASSIGN(size_t message, ArrowMessagePosition(batch));
  size_t metadata = message + kArrowPrefixSize;
  if (batch.bytes().size() < metadata) return metadata;
  TRY_ASSIGN(size_t metadata_size,
             ArrowMetadataSize(batch.bytes().data() + message, batch.size() - metadata));
  return metadata + metadata_size;
}

size_t Projection::NullBufferSize(NullBufferShape shape, size_t rows) {
  switch (shape.kind) {
    case NullBuffer::kEmpty:
      return 0;
    case NullBuffer::kBits:
      return (rows + 7) / 8;
    case NullBuffer::kOffsets:
      return (rows + 1) * sizeof(int32_t);
    case NullBuffer::kValues:
      return rows * shape.value_size;
  }
  std::unreachable();
}

// All null buffers are the beginning of one run of zeros, so that only the largest counts.
Result<size_t> Projection::ZerosSize(const ArrowMessage& message) const {
  size_t largest = 0;
  for (NullBufferShape shape : null_buffers_) {
    largest = std::max(largest, NullBufferSize(shape, static_cast<size_t>(message.length())));
  }
  if (largest == 0) return 0;
  if (largest > kMaxZeros) {
    return Error{ErrorCode::kInvalidColumnProjection,
                 fmt::format("columns added after a batch of {} rows was written make {} bytes of "
                             "nulls, allowed are {}",
                             message.length(), largest, kMaxZeros)};
  }
  return RoundUp(largest + NullPrefix(message));
}

Result<void> Projection::CheckShape(const LogBatch& batch, const ArrowMessage& message) const {
  if (message.node_count() != batch_nodes_ || message.buffer_count() != batch_buffers_) {
    return Corrupt(
        fmt::format("Arrow record batch with {} nodes and {} buffers, schema {} has {} and {}",
                    message.node_count(), message.buffer_count(), batch.schema_id().value,
                    batch_nodes_, batch_buffers_));
  }
  if (message.length() != batch.record_count()) {
    return Corrupt(fmt::format("Arrow record batch with {} rows in a log batch with {} records",
                               message.length(), batch.record_count()));
  }
  return {};
}

Result<Projection::Projected> Projection::Project(Bytes head) const {
  TRY_ASSIGN(LogBatch batch, LogBatch::Parse(head, /*whole=*/false));
  size_t header_size = batch.header_size();
  if (batch.size() == header_size) {
    return Projected{std::string(AsText(head.first(header_size))), {}, header_size};
  }
  TRY_ASSIGN(ArrowMessage message, ArrowMessage::Parse(batch));
  TRY(CheckShape(batch, message));
  TRY_ASSIGN(size_t zeros_size, ZerosSize(message));

  // Header, change types, prefix and metadata, zeros.
  size_t change_types_size = message.position() - batch.records_position();
  size_t arrow_size = ArrowHeadWriter::Size(nodes_, buffers_, message.compression());
  Projected result;
  result.head.resize(header_size + change_types_size + arrow_size + zeros_size);
  auto* to = reinterpret_cast<std::byte*>(result.head.data());
  std::memcpy(to, head.data(), header_size);
  std::memcpy(to + header_size, head.data() + batch.records_position(), change_types_size);

  std::byte* arrow = to + header_size + change_types_size;
  ArrowHeadWriter writer(arrow, message.length(), nodes_, buffers_, message.compression());
  uint64_t body_length = zeros_size;
  result.body.reserve(runs_.size());
  for (const Run& run : runs_) {
    writer.AddNodes(
        message.nodes().subspan(size_t{16} * run.first_node, size_t{16} * run.node_count));
    TRY_ASSIGN(ByteRange range, CopyBuffers(message, run, body_length, writer));
    body_length += range.size;
    AppendRange(result.body, range);
  }
  AddNulls(message, writer);
  if (zeros_size > 0 && NullPrefix(message) > 0) StoreLittle(arrow + arrow_size, kNotCompressed);
  writer.SetBodyLength(body_length);

  result.size = result.head.size() + (body_length - zeros_size);
  if (result.size > std::numeric_limits<int32_t>::max()) {
    return Error{ErrorCode::kInvalidColumnProjection, "projected log batch of more than 2 GiB"};
  }
  StoreLittle(to + kLengthAt, static_cast<int32_t>(result.size - kLogOverhead));
  // The statistics length ends the header.
  if (batch.magic() > 0) StoreLittle(to + header_size - sizeof(int32_t), int32_t{0});
  return result;
}

// Puts the buffers of `run` at `new_offset` in the new body, each with the padding that follows it
// now.
Result<ByteRange> Projection::CopyBuffers(const ArrowMessage& message, const Run& run,
                                          uint64_t new_offset, ArrowHeadWriter& writer) const {
  auto body_length = static_cast<int64_t>(message.body_length());
  auto offset_of = [&](uint32_t index) {
    return index < batch_buffers_ ? message.buffer(index).offset : body_length;
  };
  int64_t begin = offset_of(run.first_buffer);
  if (begin < 0) return Corrupt(fmt::format("Arrow buffer at {}", begin));
  int64_t offset = begin;
  for (uint32_t i = run.first_buffer; i < run.first_buffer + run.buffer_count; ++i) {
    int64_t length = message.buffer(i).length;
    int64_t end = offset_of(i + 1);
    if (end < offset || end > body_length || length < 0 || length > end - offset) {
      return Corrupt(fmt::format(
          "Arrow buffer {} at {} of {} bytes, the next one is at {}, the body ends at {}", i,
          offset, length, end, body_length));
    }
    writer.AddBuffer({static_cast<int64_t>(new_offset) + (offset - begin), length});
    offset = end;
  }
  return ByteRange{message.body_position() + static_cast<uint64_t>(begin),
                   static_cast<uint64_t>(offset - begin)};
}

void Projection::AppendRange(std::vector<ByteRange>& ranges, ByteRange range) {
  if (range.size == 0) return;
  if (!ranges.empty() && ranges.back().position + ranges.back().size == range.position) {
    ranges.back().size += range.size;
  } else {
    ranges.push_back(range);
  }
}

void Projection::AddNulls(const ArrowMessage& message, ArrowHeadWriter& writer) const {
  for (bool has_rows : null_nodes_) {
    int64_t rows = has_rows ? message.length() : 0;
    writer.AddNode({rows, rows});
  }
  for (NullBufferShape shape : null_buffers_) {
    auto size = static_cast<int64_t>(NullBufferSize(shape, static_cast<size_t>(message.length())));
    if (size > 0) size += NullPrefix(message);
    writer.AddBuffer({0, size});
  }
}

}  // namespace millrace::record
