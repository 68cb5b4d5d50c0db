// A bucket's log over a directory in memory, for the targets of log/.
#pragma once

#include <memory>
#include <string>

#include "base/crc32c.h"
#include "base/endian.h"
#include "fuzz/input.h"
#include "fuzz/memory_disk.h"
#include "fuzz/one_shard.h"
#include "log/log_tablet.h"
#include "record/batch_reader.h"
#include "record/golden_batches.h"

namespace millrace::fuzz {

inline const std::string kDirectory = "/tablet";
inline constexpr TimestampMs kNow{1'800'000'000'000};

// A file of the segment at `base`.
inline std::string SegmentPath(int64_t base, std::string_view suffix) {
  std::string number = std::to_string(base);
  return kDirectory + "/" + std::string(20 - number.size(), '0') + number + std::string(suffix);
}

inline Result<std::unique_ptr<log::LogTablet>> OpenTablet(MemoryDisk& disk, OneShard& shard,
                                                          Offset recovery_point, bool clean) {
  log::LogOptions options;
  options.segment_bytes = 1 << 20;
  options.index_bytes = 4096;
  options.index_interval_bytes = 1;
  return log::LogTablet::Open(disk, shard, {{1}, std::nullopt, {0}}, kDirectory, options,
                              recovery_point, clean, kNow);
}

// Gives every batch the checksum that its bytes have.
inline void FixChecksums(MutableBytes log) {
  constexpr size_t kCrcAt = 21, kSchemaIdAt = 25;
  while (true) {
    auto batch = record::LogBatch::Parse(log);
    if (!batch) return;
    size_t shift = batch->magic() == 2 ? 4 : 0;
    StoreLittle(log.data() + kCrcAt + shift, Crc32c(batch->bytes().subspan(kSchemaIdAt + shift)));
    log = log.subspan(batch->size());
  }
}

// Three rows, as a writer sends them.
inline std::string BatchOf(int64_t writer, int32_t sequence) {
  std::string bytes = record::FromHex(record::kIndexed);
  MutableBytes to = record::AsMutableBytes(bytes);
  StoreLittle(to.data() + 32, writer);
  StoreLittle(to.data() + 40, sequence);
  FixChecksums(to);
  return bytes;
}

// All batches of the log, as readers get them; kLogOffsetOutOfRange when one is not found.
inline Result<std::string> ReadAll(log::LogTablet& tablet, OneShard& shard) {
  std::string bytes;
  Offset at = tablet.start_offset();
  while (at < tablet.end_offset()) {
    TRY_ASSIGN(auto slice,
               shard.Await(tablet.Read(at, tablet.end_offset(), 1000, /*at_least_one=*/true)));
    if (slice.end <= at) return Error{ErrorCode::kLogOffsetOutOfRange, "a read that gets nowhere"};
    if (slice.range.size > 0) {
      MILLRACE_CHECK(slice.range.position + slice.range.size <= Must(slice.range.file->Size()),
                     "outside the file");
      size_t size = bytes.size();
      bytes.resize(size + slice.range.size);
      Must(slice.range.file->Read(slice.range.position,
                                  record::AsMutableBytes(bytes).subspan(size)));
    }
    at = slice.end;
  }
  return bytes;
}

}  // namespace millrace::fuzz
