#include "log/batch_scanner.h"

#include <algorithm>

#include "base/endian.h"

namespace millrace::log {
namespace {

constexpr uint64_t kReadAtOnce = 1 << 20;
// Where the fields lie by which a batch is guessed at.
constexpr size_t kLengthAt = 8;
constexpr size_t kMagicAt = 12;

}  // namespace

Result<Bytes> BatchScanner::Fill(uint64_t position, uint64_t needed) {
  needed = std::min(needed, size_ - position);
  if (position < begin_ || position + needed > end_) {
    uint64_t wanted = std::min(std::max(needed, kReadAtOnce), size_ - position);
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    begin_ = end_ = 0;
    TRY_ASSIGN(size_t read, file_.Read(position, MutableBytes(buffer_).first(wanted)));
    begin_ = position;
    end_ = position + read;
  }
  return Bytes(buffer_).subspan(position - begin_, end_ - position);
}

Result<std::optional<record::LogBatch>> BatchScanner::At(uint64_t position) {
  std::optional<record::LogBatch> none;
  if (size_ - position < record::kMinHeaderSize) {
    why_not_ = "less than a header is left";
    return none;
  }
  TRY_ASSIGN(Bytes bytes, Fill(position, record::kMinHeaderSize));
  auto size = record::LogBatch::SizeOf(bytes);
  if (size && *size > size_ - position) {
    why_not_ = "the batch is cut";
    return none;
  }
  if (size) {
    TRY_ASSIGN(bytes, Fill(position, *size));
  }
  auto batch = size ? record::LogBatch::Parse(bytes) : size.error();
  if (!batch) {
    why_not_ = batch.error().message;
    return none;
  }
  if (!batch->CrcValid()) {
    why_not_ = "the checksum does not match";
    return none;
  }
  return std::optional(*batch);
}

Result<std::optional<uint64_t>> BatchScanner::FindBehind(uint64_t position, Offset first,
                                                         Offset last) {
  // What looks like a batch costs a checksum: bytes made to look like many must not take forever.
  uint64_t budget = 16 * (size_ - position) + kReadAtOnce;
  for (uint64_t at = position + 1; at + record::kMinHeaderSize <= size_; at++) {
    TRY_ASSIGN(Bytes bytes, Fill(at, record::kMinHeaderSize));
    if (bytes.size() < record::kMinHeaderSize) break;
    // As far as the buffer goes, without calls.
    size_t i = 0;
    for (; i + record::kMinHeaderSize <= bytes.size(); i++) {
      const std::byte* p = bytes.data() + i;
      if (std::to_integer<int>(p[kMagicAt]) > 2) continue;
      auto base = LoadLittle<int64_t>(p);
      auto length = LoadLittle<int32_t>(p + kLengthAt);
      if (base < first.value || base > last.value) continue;
      if (length >= 0 && static_cast<uint64_t>(length) <= size_ - (at + i)) break;
    }
    if (i + record::kMinHeaderSize > bytes.size()) {
      at += i - 1;
      continue;
    }
    at += i;
    auto length = static_cast<uint64_t>(LoadLittle<int32_t>(bytes.data() + i + kLengthAt));
    TRY_ASSIGN(auto batch, At(at));
    if (batch) return std::optional(at);
    if (length > budget) break;
    budget -= length;
  }
  return std::optional<uint64_t>();
}

}  // namespace millrace::log
