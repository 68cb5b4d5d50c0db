// The log record batch: the same bytes on the wire and on disk (docs/formats/log-batch.md).
//
// All fields are little-endian. Base offset, length, magic, commit timestamp and leader epoch are
// not covered by the checksum, so the leader stamps them in place.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace millrace::record {

// The part of a header that is enough to know a batch's whole size: base offset and length.
inline constexpr size_t kLogOverhead = 12;
// No header is smaller than magic 0's or larger than magic 2's.
inline constexpr size_t kMinHeaderSize = 48;
inline constexpr size_t kMaxHeaderSize = 56;

inline constexpr int64_t kNoWriterId = -1;
inline constexpr int32_t kNoSequence = -1;

// A batch's header, read from memory the caller keeps alive and that holds all header bytes.
class LogBatch {
 public:
  // Checks magic, and that length and statistics length fit each other and `bytes.size()`. `bytes`
  // begins with a batch; with `whole`, all of it must be there, otherwise only its header.
  // kCorruptRecord if not.
  static Result<LogBatch> Parse(Bytes bytes, bool whole = true);

  // Size of the batch that begins with these kLogOverhead bytes; kCorruptRecord when the length is
  // negative or below the smallest header.
  static Result<size_t> SizeOf(Bytes first_bytes);

  size_t size() const { return size_; }
  int magic() const { return magic_; }
  size_t header_size() const { return header_size_; }
  // Where the records begin: after the header and the statistics.
  size_t records_position() const { return header_size_ + statistics_length(); }
  // What Parse() was given, without what follows the batch.
  Bytes bytes() const { return bytes_; }

  Offset base_offset() const;
  // These wrap around for a base offset that no log has.
  Offset last_offset() const;
  Offset next_offset() const;
  TimestampMs commit_timestamp() const;
  uint32_t crc() const;
  SchemaId schema_id() const;
  uint8_t attributes() const;
  bool append_only() const { return (attributes() & 1) != 0; }
  int32_t last_offset_delta() const;
  WriterId writer_id() const;
  int32_t batch_sequence() const;
  int32_t record_count() const;
  // 0 for magic 0.
  int32_t statistics_length() const;
  // Empty if bytes() ends before the statistics do.
  Bytes statistics() const;

  // Whether the stored checksum is that of the bytes; needs the whole batch.
  bool CrcValid() const;

 private:
  template <class T>
  T Field(size_t magic0_position) const;

  Bytes bytes_;
  size_t size_ = 0;
  int magic_ = 0;
  size_t header_size_ = 0;
  size_t shift_ = 0;  // of the fields from the checksum on, against magic 0
};

// Writes what the leader assigns into a batch that Parse() has accepted.
void StampLogBatch(MutableBytes batch, Offset base_offset, TimestampMs commit_timestamp);

}  // namespace millrace::record
