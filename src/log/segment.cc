#include "log/segment.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace millrace::log {
namespace {

// A batch is at most a frame large; longer lengths are garbage, and no memory is given to them.
constexpr uint64_t kBatchSizeMax = uint64_t{1} << 31;

}  // namespace

std::string SegmentFileName(Offset base, std::string_view suffix) {
  return fmt::format("{:020}{}", base.value, suffix);
}

std::optional<Offset> ParseSegmentFileName(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  int64_t number = 0;
  auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  if (name.size() != 20 || parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) {
    return std::nullopt;
  }
  return Offset{number};
}

Result<std::unique_ptr<Segment>> Segment::Open(runtime::Disk& disk, const std::string& directory,
                                               Offset base, const LogOptions& options) {
  auto path = [&](std::string_view suffix) {
    return directory + "/" + SegmentFileName(base, suffix);
  };
  std::unique_ptr<Segment> segment(new Segment());
  TRY_ASSIGN(segment->file_, disk.Open(path(kLogSuffix), runtime::OpenMode::kCreate));
  TRY_ASSIGN(segment->offsets_, IndexFile<OffsetEntry>::Open(disk, path(kOffsetIndexSuffix),
                                                             options.index_bytes));
  TRY_ASSIGN(segment->times_,
             IndexFile<TimeEntry>::Open(disk, path(kTimeIndexSuffix), options.index_bytes));
  segment->options_ = options;
  segment->base_ = segment->next_offset_ = base;
  return segment;
}

Result<uint64_t> Segment::Recover(Offset durable,
                                  const std::function<void(const record::LogBatch&)>& visit) {
  TRY_ASSIGN(uint64_t file_size, file_->Size());
  TRY(offsets_.Clear());
  TRY(times_.Clear());
  size_ = bytes_since_index_ = 0;
  next_offset_ = base_;
  std::vector<std::byte> buffer;
  std::string why = "nothing follows";
  while (file_size - size_ >= record::kMinHeaderSize) {
    std::array<std::byte, record::kLogOverhead> first;
    TRY_ASSIGN(size_t read, file_->Read(size_, first));
    auto size = record::LogBatch::SizeOf(Bytes(first).first(read));
    if (!size || *size > kBatchSizeMax || *size > file_size - size_) {
      why = size ? "the last batch is cut" : size.error().message;
      break;
    }
    buffer.resize(std::max(buffer.size(), *size));
    MutableBytes bytes = MutableBytes(buffer).first(*size);
    TRY_ASSIGN(read, file_->Read(size_, bytes));
    auto batch = record::LogBatch::Parse(Bytes(bytes).first(read));
    if (!batch || !batch->CrcValid() || batch->base_offset() < next_offset_) {
      why = !batch ? batch.error().message
                   : (batch->CrcValid() ? "its offsets go back" : "its checksum does not match");
      break;
    }
    visit(*batch);
    Index(size_, batch->base_offset(), batch->next_offset(), batch->commit_timestamp(), *size);
  }
  if (size_ == file_size) return uint64_t{0};
  TRY_ASSIGN(bool follows, WholeBatchFollows(size_, file_size));
  if (follows || next_offset_ < durable) {
    return Error{ErrorCode::kLogStorage,
                 fmt::format("{} is damaged at byte {}, after offset {}: {}", file_->path(), size_,
                             next_offset_.value, why)};
  }
  TRY(file_->Truncate(size_));
  return file_size - size_;
}

// Whether behind the bad batch at `position` a good one begins: then no unfinished write explains it.
Result<bool> Segment::WholeBatchFollows(uint64_t position, uint64_t file_size) const {
  std::array<std::byte, record::kLogOverhead> first;
  TRY_ASSIGN(size_t read, file_->Read(position, first));
  auto size = record::LogBatch::SizeOf(Bytes(first).first(read));
  if (!size || *size >= file_size - position) return false;
  uint64_t next = position + *size;
  if (file_size - next < record::kMinHeaderSize) return false;
  TRY_ASSIGN(read, file_->Read(next, first));
  size = record::LogBatch::SizeOf(Bytes(first).first(read));
  if (!size || *size > kBatchSizeMax || *size > file_size - next) return false;
  std::vector<std::byte> bytes(*size);
  TRY_ASSIGN(read, file_->Read(next, bytes));
  auto batch = record::LogBatch::Parse(Bytes(bytes).first(read));
  return batch && batch->CrcValid();
}

Result<void> Segment::FindEnd() {
  TRY_ASSIGN(uint64_t file_size, file_->Size());
  uint64_t position = offsets_.last() ? offsets_.last()->position : 0;
  SegmentView whole(file_, base_, file_size, {}, {});
  uint64_t indexed_at = position;
  while (true) {
    TRY_ASSIGN(auto place, whole.PlaceAt(position, false));
    if (place->size == 0) break;
    position = place->end();
    next_offset_ = place->next;
    max_timestamp_ = place->timestamp;
  }
  size_ = position;
  bytes_since_index_ = size_ - indexed_at;
  return {};
}

Result<void> Segment::Append(Bytes batches, Offset base, Offset next, TimestampMs timestamp) {
  auto written = file_->Write(size_, batches);
  if (!written) {
    // What part of it got there must not be taken for a batch by a later start.
    (void)file_->Truncate(size_);
    return Error{ErrorCode::kLogStorage, written.error().message};
  }
  Index(size_, base, next, timestamp, batches.size());
  return {};
}

void Segment::Index(uint64_t position, Offset base, Offset next, TimestampMs timestamp,
                    uint64_t bytes) {
  if (bytes_since_index_ > options_.index_interval_bytes) {
    // An entry that can't be written is left out: the index stays right, and a little sparser.
    (void)offsets_.Append({static_cast<int32_t>(next - base_ - 1), static_cast<int32_t>(position)});
    (void)times_.Append({timestamp.value, static_cast<int32_t>(base - base_)});
    bytes_since_index_ = 0;
  }
  bytes_since_index_ += bytes;
  size_ = position + bytes;
  next_offset_ = next;
  max_timestamp_ = std::max(max_timestamp_, timestamp);
}

bool Segment::MustRoll(uint64_t bytes, Offset last) const {
  if (size_ == 0) return false;
  return size_ + bytes > options_.segment_bytes || offsets_.full() || times_.full() ||
         last - base_ > INT32_MAX;
}

}  // namespace millrace::log
