#include "record/log_batch.h"

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/endian.h"

namespace millrace::record {
namespace {

constexpr size_t kLengthAt = 8;
constexpr size_t kMagicAt = 12;
constexpr size_t kTimestampAt = 13;
// Positions in magic 0; magic 2 puts a leader epoch of 4 bytes before the checksum.
constexpr size_t kCrcAt = 21;
constexpr size_t kSchemaIdAt = 25;
constexpr size_t kAttributesAt = 27;
constexpr size_t kLastOffsetDeltaAt = 28;
constexpr size_t kWriterIdAt = 32;
constexpr size_t kBatchSequenceAt = 40;
constexpr size_t kRecordCountAt = 44;
constexpr size_t kStatisticsLengthAt = 48;

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

}  // namespace

template <class T>
T LogBatch::Field(size_t magic0_position) const {
  return LoadLittle<T>(bytes_.data() + magic0_position + shift_);
}

Result<size_t> LogBatch::SizeOf(Bytes first_bytes) {
  if (first_bytes.size() < kLogOverhead) return Corrupt("log batch cut inside its first 12 bytes");
  auto length = LoadLittle<int32_t>(first_bytes.data() + kLengthAt);
  if (length < static_cast<int32_t>(kMinHeaderSize - kLogOverhead)) {
    return Corrupt(fmt::format("log batch length {} is below the header's", length));
  }
  return kLogOverhead + static_cast<size_t>(length);
}

Result<LogBatch> LogBatch::Parse(Bytes bytes, bool whole) {
  LogBatch batch;
  TRY_ASSIGN(batch.size_, SizeOf(bytes));
  if (bytes.size() <= kMagicAt) return Corrupt("log batch cut inside its header");
  batch.magic_ = std::to_integer<int>(bytes[kMagicAt]);
  if (batch.magic_ > 2) return Corrupt(fmt::format("unknown log batch magic {}", batch.magic_));
  batch.header_size_ = kMinHeaderSize + size_t{4} * batch.magic_;
  batch.shift_ = batch.magic_ == 2 ? 4 : 0;
  if (batch.size_ < batch.header_size_) {
    return Corrupt(fmt::format("log batch of {} bytes is smaller than its header", batch.size_));
  }
  if (bytes.size() < (whole ? batch.size_ : batch.header_size_)) {
    return Corrupt(
        fmt::format("log batch of {} bytes, only {} are there", batch.size_, bytes.size()));
  }
  batch.bytes_ = bytes.first(std::min(bytes.size(), batch.size_));
  int32_t statistics = batch.statistics_length();
  if (statistics < 0 || static_cast<size_t>(statistics) > batch.size_ - batch.header_size_) {
    return Corrupt(fmt::format("log batch statistics length {} does not fit", statistics));
  }
  if (batch.record_count() < 0 || batch.last_offset_delta() < 0) {
    return Corrupt(fmt::format("log batch with {} records and last offset delta {}",
                               batch.record_count(), batch.last_offset_delta()));
  }
  return batch;
}

Offset LogBatch::base_offset() const {
  return {LoadLittle<int64_t>(bytes_.data())};
}
TimestampMs LogBatch::commit_timestamp() const {
  return {LoadLittle<int64_t>(bytes_.data() + kTimestampAt)};
}
uint32_t LogBatch::crc() const {
  return Field<uint32_t>(kCrcAt);
}
SchemaId LogBatch::schema_id() const {
  return {Field<int16_t>(kSchemaIdAt)};
}
uint8_t LogBatch::attributes() const {
  return Field<uint8_t>(kAttributesAt);
}
int32_t LogBatch::last_offset_delta() const {
  return Field<int32_t>(kLastOffsetDeltaAt);
}
WriterId LogBatch::writer_id() const {
  return {Field<int64_t>(kWriterIdAt)};
}
int32_t LogBatch::batch_sequence() const {
  return Field<int32_t>(kBatchSequenceAt);
}
int32_t LogBatch::record_count() const {
  return Field<int32_t>(kRecordCountAt);
}
int32_t LogBatch::statistics_length() const {
  return magic_ == 0 ? 0 : Field<int32_t>(kStatisticsLengthAt);
}

Offset LogBatch::last_offset() const {
  // The base offset is not checksummed: it may be any number until someone has compared it.
  return {static_cast<int64_t>(static_cast<uint64_t>(base_offset().value) +
                               static_cast<uint64_t>(last_offset_delta()))};
}
Offset LogBatch::next_offset() const {
  return {static_cast<int64_t>(static_cast<uint64_t>(last_offset().value) + 1)};
}

Bytes LogBatch::statistics() const {
  auto length = static_cast<size_t>(statistics_length());
  if (bytes_.size() < header_size_ + length) return {};
  return bytes_.subspan(header_size_, length);
}

bool LogBatch::CrcValid() const {
  return bytes_.size() == size_ && Crc32c(bytes_.subspan(kSchemaIdAt + shift_)) == crc();
}

void StampLogBatch(MutableBytes batch, Offset base_offset, TimestampMs commit_timestamp) {
  StoreLittle(batch.data(), base_offset.value);
  StoreLittle(batch.data() + kTimestampAt, commit_timestamp.value);
}

}  // namespace millrace::record
