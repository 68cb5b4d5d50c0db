#include "record/batch_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/endian.h"
#include "record/arrow_message.h"
#include "schema/schema.h"
#include "schema/table_config.h"

namespace millrace::record {
namespace {

// Append-only, insert, update before, update after, delete.
constexpr uint8_t kChangeTypesMax = 4;

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

Result<void> CheckChangeTypes(Bytes change_types) {
  auto unknown = std::ranges::find_if(change_types, [](std::byte type) {
    return std::to_integer<uint8_t>(type) > kChangeTypesMax;
  });
  if (unknown == change_types.end()) return {};
  return Corrupt(fmt::format("record {} has unknown change type {}", unknown - change_types.begin(),
                             std::to_integer<int>(*unknown)));
}

Result<void> CheckBuffers(const ArrowMessage& message) {
  auto body_length = static_cast<int64_t>(message.body_length());
  int64_t end = 0;
  for (uint32_t i = 0; i < message.buffer_count(); ++i) {
    auto [offset, length] = message.buffer(i);
    if (offset < end || offset > body_length || length < 0 || length > body_length - offset) {
      return Corrupt(fmt::format(
          "Arrow buffer {} at {} of {} bytes, the one before ends at {}, the body at {}", i, offset,
          length, end, body_length));
    }
    end = offset + length;
  }
  return {};
}

Result<void> CheckArrow(const LogBatch& batch, const schema::Schema& schema,
                        schema::ArrowCompression compression) {
  TRY_ASSIGN(ArrowMessage message, ArrowMessage::Parse(batch));
  size_t records = batch.records_position();
  TRY(CheckChangeTypes(batch.bytes().subspan(records, message.position() - records)));
  if (message.length() != batch.record_count()) {
    return Corrupt(fmt::format("Arrow record batch with {} rows in a log batch with {} records",
                               message.length(), batch.record_count()));
  }
  if (message.compression() != compression) {
    return Corrupt(fmt::format("Arrow record batch with compression {}, the table has {}",
                               schema::Name(message.compression()), schema::Name(compression)));
  }
  // Counts first: the nodes are looked at by their number.
  uint32_t nodes = 0;
  uint32_t buffers = 0;
  for (const schema::Column& column : schema.columns) {
    if (nodes < message.node_count() && message.node(nodes).length != message.length()) {
      return Corrupt(fmt::format("Arrow column {} with {} rows in a record batch with {}",
                                 column.name, message.node(nodes).length, message.length()));
    }
    schema::ArrowNodes arrow = schema::CountArrow(column.type);
    nodes += static_cast<uint32_t>(arrow.nodes);
    buffers += static_cast<uint32_t>(arrow.buffers);
  }
  if (message.node_count() != nodes || message.buffer_count() != buffers) {
    return Corrupt(fmt::format(
        "Arrow record batch with {} nodes and {} buffers, schema {} has {} and {}",
        message.node_count(), message.buffer_count(), batch.schema_id().value, nodes, buffers));
  }
  return CheckBuffers(message);
}

Result<void> CheckRows(const LogBatch& batch) {
  // Length, then change type and row, which `length` counts.
  constexpr size_t kRecordLengthSize = sizeof(int32_t);
  Bytes rest = batch.bytes().subspan(batch.records_position());
  for (int32_t i = 0; i < batch.record_count(); ++i) {
    if (rest.size() <= kRecordLengthSize) {
      return Corrupt(fmt::format("log batch ends before record {} of {}", i, batch.record_count()));
    }
    auto length = LoadLittle<int32_t>(rest.data());
    if (length < 1 || static_cast<size_t>(length) > rest.size() - kRecordLengthSize) {
      return Corrupt(fmt::format("record {} of {} bytes, {} are left in its batch", i, length,
                                 rest.size() - kRecordLengthSize));
    }
    TRY(CheckChangeTypes(rest.subspan(kRecordLengthSize, 1)));
    rest = rest.subspan(kRecordLengthSize + static_cast<size_t>(length));
  }
  if (!rest.empty()) {
    return Corrupt(
        fmt::format("{} bytes after the last of {} records", rest.size(), batch.record_count()));
  }
  return {};
}

}  // namespace

Result<void> CheckBatch(const LogBatch& batch, const schema::Schema& schema,
                        const schema::TableConfig& config) {
  int32_t records = batch.record_count();
  if (batch.last_offset_delta() != std::max(records - 1, 0)) {
    return Corrupt(
        fmt::format("last offset delta {} with {} records", batch.last_offset_delta(), records));
  }
  if (records == 0 && batch.size() == batch.header_size()) return {};
  if (config.log_format == schema::LogFormat::kArrow) {
    return CheckArrow(batch, schema, config.arrow_compression);
  }
  return CheckRows(batch);
}

}  // namespace millrace::record
