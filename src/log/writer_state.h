// What a bucket knows of its idempotent writers: the last batches of each, by which a batch that is
// sent again is recognised, and one that is missing is missed (docs/formats/log-tablet.md). Belongs
// to one log.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

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

  // Whether this batch is one of the writer's last: then where. Batches without a writer id never
  // are.
  std::optional<Batch> FindDuplicate(WriterId writer, int32_t sequence) const;
  // Of the writer's last batch; nullopt for a writer not known.
  std::optional<int32_t> LastSequence(WriterId writer) const;
  // Whether `sequence` may follow `last`: it is one more, with 0 after 2^31 - 1, and 0 for a writer
  // not known.
  static bool MayFollow(std::optional<int32_t> last, int32_t sequence);

  // The batch is in the log now. One that does not follow the writer's last begins anew: so it may
  // be after the writer was forgotten for a while. Does nothing for batches without a writer id.
  void Appended(WriterId writer, const Batch& batch);
  // Takes over what `history` knows of the earlier batches of writers whose last batch is the same
  // in both.
  void AdoptHistory(const WriterState& history);

  // Forgets writers whose last batch is older.
  void Expire(TimestampMs oldest);
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
