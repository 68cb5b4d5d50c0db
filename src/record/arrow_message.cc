#include "record/arrow_message.h"

#include <fmt/format.h>

#include <tuple>

#include "base/endian.h"
#include "record/arrow_metadata_generated.h"

namespace millrace::record {
namespace {

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

// A verified vector of structs, without touching it through its type: it may be misaligned.
template <class Vector>
std::pair<const std::byte*, uint32_t> Elements(const Vector* vector) {
  if (vector == nullptr) return {nullptr, 0};
  const auto* bytes = reinterpret_cast<const std::byte*>(vector);
  return {bytes + sizeof(uint32_t), LoadLittle<uint32_t>(bytes)};
}

}  // namespace

Result<size_t> ArrowMessagePosition(const LogBatch& batch) {
  size_t position = batch.records_position();
  if (!batch.append_only()) position += static_cast<size_t>(batch.record_count());
  if (position + kArrowPrefixSize > batch.size()) {
    return Corrupt(fmt::format("log batch of {} bytes has no room for an Arrow message at {}",
                               batch.size(), position));
  }
  return position;
}

Result<size_t> ArrowMetadataSize(const std::byte* prefix, size_t available) {
  if (LoadLittle<uint32_t>(prefix) != 0xFFFFFFFF) {
    return Corrupt("log batch without an Arrow message where one should begin");
  }
  auto size = LoadLittle<int32_t>(prefix + 4);
  if (size <= 0 || static_cast<size_t>(size) > available) {
    return Corrupt(fmt::format("Arrow metadata of {} bytes, room is for {}", size, available));
  }
  return static_cast<size_t>(size);
}

Result<ArrowMessage> ArrowMessage::Parse(const LogBatch& batch) {
  ArrowMessage message;
  TRY_ASSIGN(message.position_, ArrowMessagePosition(batch));
  size_t metadata_at = message.position_ + kArrowPrefixSize;
  if (batch.bytes().size() < metadata_at) return Corrupt("Arrow message cut inside its prefix");
  TRY_ASSIGN(size_t metadata_size, ArrowMetadataSize(batch.bytes().data() + message.position_,
                                                     batch.size() - metadata_at));
  message.body_position_ = metadata_at + metadata_size;
  if (batch.bytes().size() < message.body_position_) return Corrupt("Arrow metadata cut short");

  const auto* metadata = reinterpret_cast<const uint8_t*>(batch.bytes().data() + metadata_at);
  flatbuffers::Verifier verifier(metadata, metadata_size);
  if (!arrow::VerifyMessageBuffer(verifier)) return Corrupt("Arrow metadata is not well-formed");
  // What arrow::GetMessage() does, which needs the metadata aligned.
  const auto* root = reinterpret_cast<const arrow::Message*>(
      metadata + LoadLittle<uint32_t>(batch.bytes().data() + metadata_at));
  const arrow::RecordBatch* record_batch = root->header_as_RecordBatch();
  if (record_batch == nullptr) return Corrupt("Arrow message is not a record batch");

  if (root->body_length() < 0 ||
      static_cast<uint64_t>(root->body_length()) > batch.size() - message.body_position_) {
    return Corrupt(fmt::format("Arrow body of {} bytes, room is for {}", root->body_length(),
                               batch.size() - message.body_position_));
  }
  message.body_length_ = static_cast<uint64_t>(root->body_length());
  message.length_ = record_batch->length();
  if (const arrow::BodyCompression* compression = record_batch->compression()) {
    if (compression->codec() > arrow::Codec_MAX || compression->codec() < arrow::Codec_MIN ||
        compression->method() != arrow::CompressionMethod_BUFFER) {
      return Corrupt("Arrow message with an unknown compression");
    }
    message.compression_ = compression->codec() == arrow::Codec_ZSTD
                               ? schema::ArrowCompression::kZstd
                               : schema::ArrowCompression::kLz4Frame;
  }
  std::tie(message.nodes_, message.node_count_) = Elements(record_batch->nodes());
  std::tie(message.buffers_, message.buffer_count_) = Elements(record_batch->buffers());
  return message;
}

ArrowNode ArrowMessage::node(uint32_t index) const {
  const std::byte* at = nodes_ + size_t{index} * 16;
  return {LoadLittle<int64_t>(at), LoadLittle<int64_t>(at + 8)};
}

ArrowBuffer ArrowMessage::buffer(uint32_t index) const {
  const std::byte* at = buffers_ + size_t{index} * 16;
  return {LoadLittle<int64_t>(at), LoadLittle<int64_t>(at + 8)};
}

}  // namespace millrace::record
