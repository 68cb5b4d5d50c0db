// The sparse indexes of a segment: offset to position, and time to offset. Big-endian entries in
// ascending order, nothing else (docs/formats/log-tablet.md). They are read where they lie, in the
// page cache: an index takes no memory of the process, however long the log is.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/disk.h"

namespace millrace::log {

// The last offset of some append (relative to the segment's base), and where its bytes begin.
struct OffsetEntry {
  static constexpr size_t kSize = 8;
  int32_t relative_offset = 0;
  int32_t position = 0;

  static OffsetEntry Decode(const std::byte* bytes);
  void Encode(std::byte* bytes) const;
};

// A time of commit, and the base offset of the first batch that has it.
struct TimeEntry {
  static constexpr size_t kSize = 12;
  int64_t timestamp = 0;
  int32_t relative_offset = 0;

  static TimeEntry Decode(const std::byte* bytes);
  void Encode(std::byte* bytes) const;
};

// What an index held at one moment; may be read while the index grows. Copyable, any thread.
template <class Entry>
class IndexView {
 public:
  IndexView() = default;
  IndexView(std::shared_ptr<runtime::File> file, size_t count)
      : file_(std::move(file)), count_(count) {}

  size_t count() const { return count_; }
  // Reads from the file; with `cached_only`, only what is in memory, and nullopt for what is not.
  Result<std::optional<Entry>> At(size_t i, bool cached_only) const;

  // Index of the last entry for which `before(entry)` holds, given that it holds for all up to some
  // entry and for none after; -1 when it holds for none. nullopt as for At().
  template <class Before>
  Result<std::optional<int64_t>> LastWhere(Before before, bool cached_only) const {
    int64_t low = -1, high = static_cast<int64_t>(count_);
    while (high - low > 1) {
      int64_t middle = low + (high - low) / 2;
      TRY_ASSIGN(auto entry, At(middle, cached_only));
      if (!entry) return std::nullopt;
      (before(*entry) ? low : high) = middle;
    }
    return std::optional<int64_t>(low);
  }

 private:
  std::shared_ptr<runtime::File> file_;
  size_t count_ = 0;
};

template <class Entry>
class IndexFile {
 public:
  // Makes the file if there is none. Takes the entries that are there up to the first that does not
  // ascend, and cuts off the rest: the Java server leaves files padded with zeros behind. If the
  // last entry is good, those before it are not looked at; who uses one checks what it says.
  // `size_max` is of the file, in bytes. Blocking.
  static Result<IndexFile> Open(runtime::Disk& disk, const std::string& path, uint64_t size_max);

  // Adds the entry, unless it does not ascend or the index is full. Writes into the page cache.
  Result<void> Append(const Entry& entry);
  // Drops all entries from the first for which `keep` does not hold. Blocking.
  template <class Keep>
  Result<void> CutWhereNot(Keep keep) {
    TRY_ASSIGN(auto last, view().LastWhere(keep, false));
    return CutTo(*last + 1);
  }
  // Leaves the first `count` entries. Blocking.
  Result<void> CutTo(size_t count);

  bool full() const { return (count_ + 1) * Entry::kSize > size_max_; }
  const std::optional<Entry>& last() const { return last_; }
  IndexView<Entry> view() const { return {file_, count_}; }
  const std::shared_ptr<runtime::File>& file() const { return file_; }

 private:
  Result<void> CountEntries(uint64_t size);

  std::shared_ptr<runtime::File> file_;
  uint64_t size_max_ = 0;
  size_t count_ = 0;
  std::optional<Entry> last_;
};

extern template class IndexView<OffsetEntry>;
extern template class IndexView<TimeEntry>;
extern template class IndexFile<OffsetEntry>;
extern template class IndexFile<TimeEntry>;

}  // namespace millrace::log
