// What a bucket knows of its idempotent writers: the last batches of each, by which a batch that is sent again
// is recognised, and one that is missing is missed (docs/formats/log-tablet.md).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "record/log_batch.h"

namespace millrace::log {

class WriterState {
 public:
  struct Batch {
    int32_t sequence = record::kNoSequence;
    Offset base, last;
    TimestampMs timestamp;
  };

  // Clients keep up to so many batches of a bucket in flight.
  static constexpr size_t kBatchesKept = 5;

  // Whether this batch was appended already: then where. Batches without a writer id never were.
  std::optional<Batch> FindDuplicate(WriterId writer, int32_t sequence) const;

  // Whether `sequence` may follow: the last one of the writer plus one, or 0 for a writer not known.
  // kOutOfOrderSequence. Holds for batches without a writer id too.
  Result<void> CheckNext(WriterId writer, int32_t sequence) const;
  static Result<void> CheckNext(WriterId writer, std::optional<int32_t> last, int32_t sequence);
  std::optional<int32_t> LastSequence(WriterId writer) const;

  // The batch is in the log now. Not for batches without a writer id.
  void Appended(WriterId writer, const Batch& batch);

  // Forgets writers whose last batch is older.
  void Expire(TimestampMs oldest);
  void Clear() { writers_.clear(); }
  size_t size() const { return writers_.size(); }

  // The content of a snapshot file. It keeps the last batch of each writer only.
  std::string ToSnapshot() const;
  // kLogStorage when `json` is no snapshot.
  static Result<WriterState> FromSnapshot(std::string_view json);

 private:
  struct Entry {
    std::array<Batch, kBatchesKept> batches;  // a ring
    uint8_t count = 0;
    uint8_t next = 0;  // where the next one goes

    const Batch& last() const { return batches[(next + kBatchesKept - 1) % kBatchesKept]; }
    void Add(const Batch& batch);
  };

  std::unordered_map<WriterId, Entry> writers_;
};

}  // namespace millrace::log
