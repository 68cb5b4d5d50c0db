#include "record/kv_batch.h"

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/endian.h"
#include "base/varint.h"

namespace millrace::record {
namespace {

constexpr size_t kLengthSize = 4;
constexpr size_t kMagicAt = 4;
constexpr size_t kCrcAt = 5;
constexpr size_t kSchemaIdAt = 9;
constexpr size_t kWriterIdAt = 12;
constexpr size_t kBatchSequenceAt = 20;
constexpr size_t kRecordCountAt = 24;
constexpr size_t kHeaderSize = 28;

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

// Takes the record in front off `records`: what follows its length.
Result<Bytes> TakeRecord(Bytes& records, int32_t index, int32_t count) {
  if (records.size() < kLengthSize) {
    return Corrupt(fmt::format("KV batch ends before record {} of {}", index, count));
  }
  auto length = LoadLittle<int32_t>(records.data());
  size_t rest = records.size() - kLengthSize;
  if (length < 0 || static_cast<size_t>(length) > rest) {
    return Corrupt(
        fmt::format("KV record {} of {} bytes, {} are left in its batch", index, length, rest));
  }
  Bytes record = records.subspan(kLengthSize, static_cast<size_t>(length));
  records = records.subspan(kLengthSize + record.size());
  return record;
}

Result<void> CheckRecords(Bytes records, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    TRY_ASSIGN(Bytes record, TakeRecord(records, i, count));
    const std::byte* end = record.data() + record.size();
    uint32_t key_size = 0;
    const std::byte* key = LoadVarint(record.data(), end, key_size);
    if (key == nullptr) {
      return Corrupt(fmt::format("KV record {} of {} bytes has no key length", i, record.size()));
    }
    if (key_size > static_cast<size_t>(end - key)) {
      return Corrupt(fmt::format("KV record {} with a key of {} bytes, {} are left in it", i,
                                 key_size, end - key));
    }
  }
  if (records.empty()) return {};
  return Corrupt(fmt::format("{} bytes after the last of {} KV records", records.size(), count));
}

}  // namespace

bool KvBatch::ChecksumMatches(Bytes bytes) {
  return bytes.size() >= kHeaderSize &&
         LoadLittle<uint32_t>(bytes.data() + kCrcAt) == Crc32c(bytes.subspan(kSchemaIdAt));
}

Result<KvBatch> KvBatch::Parse(Bytes bytes) {
  if (bytes.size() < kHeaderSize) {
    return Corrupt(fmt::format("KV batch of {} bytes is smaller than its header", bytes.size()));
  }
  auto length = LoadLittle<int32_t>(bytes.data());
  if (length < 0 || static_cast<size_t>(length) != bytes.size() - kLengthSize) {
    return Corrupt(
        fmt::format("KV batch length {}, {} bytes follow it", length, bytes.size() - kLengthSize));
  }
  auto magic = std::to_integer<int>(bytes[kMagicAt]);
  if (magic != 0) return Corrupt(fmt::format("unknown KV batch magic {}", magic));
  auto stored = LoadLittle<uint32_t>(bytes.data() + kCrcAt);
  uint32_t computed = Crc32c(bytes.subspan(kSchemaIdAt));
  if (stored != computed) {
    return Corrupt(
        fmt::format("KV batch with checksum {:08x}, its bytes have {:08x}", stored, computed));
  }

  KvBatch batch;
  batch.schema_id_ = {LoadLittle<int16_t>(bytes.data() + kSchemaIdAt)};
  batch.writer_id_ = {LoadLittle<int64_t>(bytes.data() + kWriterIdAt)};
  batch.batch_sequence_ = LoadLittle<int32_t>(bytes.data() + kBatchSequenceAt);
  batch.record_count_ = LoadLittle<int32_t>(bytes.data() + kRecordCountAt);
  batch.records_ = bytes.subspan(kHeaderSize);
  if (batch.record_count_ < 0) {
    return Corrupt(fmt::format("KV batch with {} records", batch.record_count_));
  }
  TRY(CheckRecords(batch.records_, batch.record_count_));
  return batch;
}

KvRecord KvBatch::Records::Next() {
  auto length = static_cast<size_t>(LoadLittle<int32_t>(rest_.data()));
  Bytes record = rest_.subspan(kLengthSize, length);
  rest_ = rest_.subspan(kLengthSize + length);
  const std::byte* end = record.data() + record.size();
  uint32_t key_size = 0;
  const std::byte* key = LoadVarint(record.data(), end, key_size);
  const std::byte* row = key + key_size;
  KvRecord result{.key = {key, row}, .row = std::nullopt};
  if (row != end) result.row = Bytes(row, end);
  return result;
}

}  // namespace millrace::record
