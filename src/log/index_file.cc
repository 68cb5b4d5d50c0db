#include "log/index_file.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/endian.h"

namespace millrace::log {

OffsetEntry OffsetEntry::Decode(const std::byte* bytes) {
  return {LoadBig<int32_t>(bytes), LoadBig<int32_t>(bytes + 4)};
}
void OffsetEntry::Encode(std::byte* bytes) const {
  StoreBig(bytes, relative_offset);
  StoreBig(bytes + 4, position);
}

TimeEntry TimeEntry::Decode(const std::byte* bytes) {
  return {LoadBig<int64_t>(bytes), LoadBig<int32_t>(bytes + 8)};
}
void TimeEntry::Encode(std::byte* bytes) const {
  StoreBig(bytes, timestamp);
  StoreBig(bytes + 8, relative_offset);
}

namespace {

// Whether `next` is an entry that can follow `last`. The first append of a segment has no entry, so
// that no entry is all zeros.
bool Ascends(const std::optional<OffsetEntry>& last, const OffsetEntry& next) {
  if (next.relative_offset <= 0 || next.position <= 0) return false;
  return !last || (next.relative_offset > last->relative_offset && next.position > last->position);
}
bool Ascends(const std::optional<TimeEntry>& last, const TimeEntry& next) {
  if (next.timestamp <= 0 || next.relative_offset < 0) return false;
  return !last ||
         (next.timestamp > last->timestamp && next.relative_offset > last->relative_offset);
}

constexpr size_t kEntriesReadAtOnce = 8192;

}  // namespace

template <class Entry>
Result<std::optional<Entry>> IndexView<Entry>::At(size_t i, bool cached_only) const {
  std::array<std::byte, Entry::kSize> bytes;
  TRY_ASSIGN(size_t read, cached_only ? file_->ReadCached(i * Entry::kSize, bytes)
                                      : file_->Read(i * Entry::kSize, bytes));
  if (read == bytes.size()) return std::optional<Entry>(Entry::Decode(bytes.data()));
  if (cached_only) return std::optional<Entry>();
  return Error{ErrorCode::kLogStorage, file_->path() + " is shorter than it was"};
}

template <class Entry>
Result<IndexFile<Entry>> IndexFile<Entry>::Open(runtime::Disk& disk, const std::string& path,
                                                uint64_t size_max) {
  IndexFile index;
  index.size_max_ = size_max;
  TRY_ASSIGN(index.file_, disk.Open(path, runtime::OpenMode::kCreate));
  TRY_ASSIGN(uint64_t size, index.file_->Size());
  TRY(index.CountEntries(size));
  if (size != index.count_ * Entry::kSize) {
    TRY(index.file_->Truncate(index.count_ * Entry::kSize));
  }
  return index;
}

template <class Entry>
Result<void> IndexFile<Entry>::CountEntries(uint64_t size) {
  if (size >= Entry::kSize && size % Entry::kSize == 0) {
    size_t count = size / Entry::kSize;
    TRY_ASSIGN(auto last, IndexView<Entry>(file_, count).At(count - 1, false));
    if (Ascends(std::nullopt, *last)) {
      last_ = last;
      count_ = count;
      return {};
    }
  }
  std::vector<std::byte> bytes(std::min<uint64_t>(size, kEntriesReadAtOnce * Entry::kSize));
  while (true) {
    TRY_ASSIGN(size_t read, file_->Read(count_ * Entry::kSize, bytes));
    if (read < Entry::kSize) return {};
    for (size_t at = 0; at + Entry::kSize <= read; at += Entry::kSize) {
      auto entry = Entry::Decode(bytes.data() + at);
      if (!Ascends(last_, entry)) return {};
      last_ = entry;
      count_++;
    }
  }
}

template <class Entry>
Result<void> IndexFile<Entry>::Append(const Entry& entry) {
  if (full() || !Ascends(last_, entry)) return {};
  std::array<std::byte, Entry::kSize> bytes;
  entry.Encode(bytes.data());
  TRY(file_->Write(count_ * Entry::kSize, bytes));
  count_++;
  last_ = entry;
  return {};
}

template <class Entry>
Result<void> IndexFile<Entry>::CutTo(size_t count) {
  // Also when no entry goes: a write that failed may have left a part of one.
  TRY_ASSIGN(uint64_t size, file_->Size());
  if (size != count * Entry::kSize) TRY(file_->Truncate(count * Entry::kSize));
  if (count == count_) return {};
  count_ = count;
  last_ = std::nullopt;
  if (count > 0) {
    TRY_ASSIGN(last_, view().At(count - 1, false));
  }
  return {};
}

template class IndexView<OffsetEntry>;
template class IndexView<TimeEntry>;
template class IndexFile<OffsetEntry>;
template class IndexFile<TimeEntry>;

}  // namespace millrace::log
