// One segment of a bucket's log: a file of batches and its two indexes. Belongs to its LogTablet; what reads it
// elsewhere takes a view.
#pragma once

#include <string>

#include "log/index_file.h"
#include "log/log_options.h"
#include "log/segment_view.h"

namespace millrace::log {

// "00000000000000000042" and the suffix.
std::string SegmentFileName(Offset base, std::string_view suffix);
inline constexpr std::string_view kLogSuffix = ".log";
inline constexpr std::string_view kOffsetIndexSuffix = ".index";
inline constexpr std::string_view kTimeIndexSuffix = ".timeindex";
// The number in such a name; nullopt if it is not one with this suffix.
std::optional<Offset> ParseSegmentFileName(std::string_view name, std::string_view suffix);

class Segment {
 public:
  // Opens the files, or makes them. Does not look into the log. Blocking.
  static Result<std::unique_ptr<Segment>> Open(runtime::Disk& disk, const std::string& directory,
                                               Offset base, const LogOptions& options);

  // Goes over all batches with their checksums, builds the indexes anew, and ends the segment after the last
  // good batch. What follows that is cut off if it can only be a write that was not finished; kLogStorage, and
  // nothing is changed, if it is damage: a whole batch follows, or an offset below `durable` is missing.
  // Returns how many bytes were cut off. Blocking.
  Result<uint64_t> Recover(Offset durable, const std::function<void(const record::LogBatch&)>& visit);
  // For a segment that was closed: finds its end from the last index entry on. Blocking.
  Result<void> FindEnd();

  // Writes whole batches at the end: from `base` up to `next`, all committed at `timestamp`. On an error the
  // segment is as before. Does not block beyond the page cache.
  Result<void> Append(Bytes batches, Offset base, Offset next, TimestampMs timestamp);
  // Whether `bytes` more, up to offset `last`, need a new segment.
  bool MustRoll(uint64_t bytes, Offset last) const;

  Offset base() const { return base_; }
  Offset next_offset() const { return next_offset_; }
  uint64_t size() const { return size_; }
  // Of the last batch; 0 in an empty segment.
  TimestampMs max_timestamp() const { return max_timestamp_; }
  SegmentView view() const { return {file_, base_, size_, offsets_.view(), times_.view()}; }
  const std::shared_ptr<runtime::File>& file() const { return file_; }
  // The log and both indexes, to make them durable.
  std::vector<std::shared_ptr<runtime::File>> files() const {
    return {file_, offsets_.file(), times_.file()};
  }

 private:
  Segment() = default;
  void Index(uint64_t position, Offset base, Offset next, TimestampMs timestamp, uint64_t bytes);
  Result<bool> WholeBatchFollows(uint64_t position, uint64_t file_size) const;

  std::shared_ptr<runtime::File> file_;
  IndexFile<OffsetEntry> offsets_;
  IndexFile<TimeEntry> times_;
  LogOptions options_;
  Offset base_;
  Offset next_offset_;
  uint64_t size_ = 0;
  TimestampMs max_timestamp_;
  uint64_t bytes_since_index_ = 0;
};

}  // namespace millrace::log
