// One segment of a bucket's log: a file of batches and its two indexes. Belongs to its LogTablet;
// what reads it elsewhere takes a view.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "log/index_file.h"
#include "log/log_options.h"
#include "log/segment_view.h"

namespace millrace::log {

// "00000000000000000042" and the suffix.
std::string SegmentFileName(Offset base, std::string_view suffix);
inline constexpr std::string_view kLogSuffix = ".log";
inline constexpr std::string_view kOffsetIndexSuffix = ".index";
inline constexpr std::string_view kTimeIndexSuffix = ".timeindex";
inline constexpr std::string_view kSnapshotSuffix = ".writer_snapshot";
// The number in such a name; nullopt if it is not one with this suffix.
std::optional<Offset> ParseSegmentFileName(std::string_view name, std::string_view suffix);

class Segment {
 public:
  // Opens the files, or makes them. Does not look into the log. Blocking.
  static Result<std::unique_ptr<Segment>> Open(runtime::Disk& disk, const std::string& directory,
                                               Offset base, const LogOptions& options);

  // Finds the end from the last index entry on, by headers alone; entries behind it are dropped.
  // False when the log goes on with something else than a batch, or an index does not fit it: then
  // only Recover() helps. Blocking.
  Result<bool> FindEnd();

  // Goes over all batches with their checksums, builds the indexes anew, and ends the segment after
  // the last good batch. `durable`: all below was on the device once. `next_base`: where the next
  // segment begins, if there is one. What follows the last good batch is cut off if it can only be
  // a write that was not finished. kLogStorage for damage: a good batch follows, or something below
  // `durable` or `next_base` is missing; the log is as it was then. Returns how many bytes were cut
  // off. Blocking.
  Result<uint64_t> Recover(Offset durable, std::optional<Offset> next_base);

  // Writes whole batches at the end: from `base` up to `next`, all committed at `timestamp`.
  // kLogStorage on an error; then the segment is as before. Does not block beyond the page cache.
  Result<void> Append(Bytes batches, Offset base, Offset next, TimestampMs timestamp);
  // Whether `bytes` more, up to offset `last`, need a new segment.
  bool MustRoll(uint64_t bytes, Offset last) const;

  Offset base() const { return base_; }
  Offset next_offset() const { return next_offset_; }
  uint64_t size() const { return size_; }
  // The latest of all batches; 0 in an empty segment.
  TimestampMs max_timestamp() const { return max_timestamp_; }
  SegmentView view() const { return {file_, base_, size_, offsets_.view(), times_.view()}; }
  const std::shared_ptr<runtime::File>& file() const { return file_; }
  // The log and both indexes, to make them durable.
  std::array<std::shared_ptr<runtime::File>, 3> files() const {
    return {file_, offsets_.file(), times_.file()};
  }
  // Leaves in the index files nothing but their entries. Blocking.
  Result<void> TrimIndexes();

 private:
  Segment() = default;
  Result<bool> TakeLastTime();
  void Added(uint64_t position, Offset base, Offset next, TimestampMs timestamp, uint64_t bytes);
  Error Damaged(const std::string& why) const;

  std::shared_ptr<runtime::File> file_;
  IndexFile<OffsetEntry> offsets_;
  IndexFile<TimeEntry> times_;
  LogOptions options_;
  Offset base_;
  Offset next_offset_;
  uint64_t size_ = 0;
  TimestampMs max_timestamp_;
  Offset max_timestamp_at_;  // base of the first batch that has it
  uint64_t bytes_since_index_ = 0;
  bool tail_dirty_ = false;  // a write failed, and what it left behind `size_` could not be cut off
};

}  // namespace millrace::log
