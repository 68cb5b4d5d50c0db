#include "record/arrow_source.h"

#include <fmt/format.h>

#include "base/endian.h"
#include "record/buffer_codec.h"

namespace millrace::record {
namespace {

constexpr size_t kDecompressedSizeMax = INT32_MAX;
// What a larger message needed is not kept for the next one.
constexpr size_t kKeptSizeMax = size_t{4} << 20;

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

}  // namespace

ArrowSource::ArrowSource(const ArrowMessage& message, const LogBatch& batch)
    : message_(message),
      body_(batch.bytes().subspan(message.body_position(),
                                  static_cast<size_t>(message.body_length()))) {}

Result<void> ArrowSource::Prepare(GrowingBuffer& memory) {
  size_t decompressed_size = 0;
  buffers_.reserve(message_.buffer_count());
  for (uint32_t i = 0; i < message_.buffer_count(); ++i) {
    TRY_ASSIGN(Buffer buffer, Find(i));
    size_t size = buffer.decompressed_size;
    if (size > kDecompressedSizeMax - decompressed_size) {
      return Corrupt("Arrow buffers of more than 2 GiB when decompressed");
    }
    decompressed_size += size;
    size_ += size == 0 ? buffer.bytes.size() : size;
    buffers_.push_back(buffer);
  }
  if (decompressed_size > memory.capacity() || memory.capacity() > kKeptSizeMax) memory.Free();
  memory.Reserve(decompressed_size);
  return Decompress(memory.data());
}

Result<ArrowSource::Buffer> ArrowSource::Find(uint32_t index) const {
  auto [offset, length] = message_.buffer(index);
  auto size = static_cast<int64_t>(body_.size());
  if (offset < 0 || offset > size || length < 0 || length > size - offset) {
    return Corrupt(fmt::format("Arrow buffer {} at {} of {} bytes in a body of {}", index, offset,
                               length, size));
  }
  Bytes bytes = body_.subspan(static_cast<size_t>(offset), static_cast<size_t>(length));
  if (bytes.empty() || message_.compression() == schema::ArrowCompression::kNone) {
    return Buffer{bytes, 0};
  }
  if (bytes.size() < kArrowSizeSize) {
    return Corrupt(fmt::format("compressed Arrow buffer {} of {} bytes", index, length));
  }
  auto decompressed_size = LoadLittle<int64_t>(bytes.data());
  bytes = bytes.subspan(kArrowSizeSize);
  if (decompressed_size == kArrowStored) return Buffer{bytes, 0};
  if (decompressed_size == 0) return Buffer{{}, 0};  // with or without a frame
  if (decompressed_size < 0) {
    return Corrupt(
        fmt::format("Arrow buffer {} of {} bytes decompressed", index, decompressed_size));
  }
  return Buffer{bytes, static_cast<size_t>(decompressed_size)};
}

Result<void> ArrowSource::Decompress(std::byte* to) {
  for (size_t i = 0; i < buffers_.size(); ++i) {
    Buffer& buffer = buffers_[i];
    if (buffer.decompressed_size == 0) continue;
    MutableBytes bytes(to, buffer.decompressed_size);
    if (auto done = DecompressBuffer(message_.compression(), buffer.bytes, bytes); !done) {
      return Corrupt(fmt::format("Arrow buffer {}: {}", i, done.error().message));
    }
    buffer.bytes = bytes;
    to += bytes.size();
  }
  return {};
}

}  // namespace millrace::record
