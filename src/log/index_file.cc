#include "log/index_file.h"

#include <array>
#include <string>

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

// An entry that can follow `last`. Offsets and positions are never negative, and the first append of a
// segment has no entry, so that neither key can be 0.
bool Ascends(const std::optional<OffsetEntry>& last, const OffsetEntry& next) {
  if (next.relative_offset <= 0 || next.position < 0) return false;
  return !last || (next.relative_offset > last->relative_offset && next.position > last->position);
}
bool Ascends(const std::optional<TimeEntry>& last, const TimeEntry& next) {
  if (next.timestamp <= 0 || next.relative_offset < 0) return false;
  return !last || (next.timestamp > last->timestamp && next.relative_offset > last->relative_offset);
}

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
  if (size != index.view_count_ * Entry::kSize) {
    TRY(index.file_->Truncate(index.view_count_ * Entry::kSize));
  }
  return index;
}

template <class Entry>
Result<void> IndexFile<Entry>::CountEntries(uint64_t size) {
  // The usual case: the last entry is one, so all are.
  if (size >= Entry::kSize && size % Entry::kSize == 0 && size <= size_max_) {
    size_t count = size / Entry::kSize;
    TRY_ASSIGN(auto last, IndexView<Entry>(file_, count).At(count - 1, false));
    if (Ascends(std::nullopt, *last)) {
      last_ = last;
      view_count_ = count;
      return {};
    }
  }
  std::string content(std::min(size, size_max_) / Entry::kSize * Entry::kSize, '\0');
  MutableBytes bytes = {reinterpret_cast<std::byte*>(content.data()), content.size()};
  TRY_ASSIGN(size_t read, file_->Read(0, bytes));
  for (size_t at = 0; at + Entry::kSize <= read; at += Entry::kSize) {
    auto entry = Entry::Decode(bytes.data() + at);
    if (!Ascends(last_, entry)) break;
    last_ = entry;
    view_count_++;
  }
  return {};
}

template <class Entry>
Result<void> IndexFile<Entry>::Append(const Entry& entry) {
  if (!Ascends(last_, entry)) return {};
  std::array<std::byte, Entry::kSize> bytes;
  entry.Encode(bytes.data());
  TRY(file_->Write(view_count_ * Entry::kSize, bytes));
  view_count_++;
  last_ = entry;
  return {};
}

template <class Entry>
Result<void> IndexFile<Entry>::Clear() {
  TRY(file_->Truncate(0));
  view_count_ = 0;
  last_ = std::nullopt;
  return {};
}

template class IndexView<OffsetEntry>;
template class IndexView<TimeEntry>;
template class IndexFile<OffsetEntry>;
template class IndexFile<TimeEntry>;

}  // namespace millrace::log
