// Takes a request's batches apart and checks them, before anything is changed.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "log/writer_state.h"

namespace millrace::log {

// A batch that is to be appended.
struct NewBatch {
  size_t position = 0;  // in the request
  size_t size = 0;
  int32_t last_offset_delta = 0;
  int32_t records = 0;
  WriterId writer{record::kNoWriterId};
  int32_t sequence = record::kNoSequence;
};

// Reused from request to request, so that none allocates.
class RequestCheck {
 public:
  // Checks each batch for structure, checksum and number of records, and its writer's sequence
  // against `writers` and the batches before it. `bucket` is for messages. kCorruptRecord,
  // kOutOfOrderSequence.
  Result<void> Check(Bytes records, const WriterState& writers, const TableBucket& bucket);

  // In the order of the request, without those that are in the log already.
  const std::vector<NewBatch>& batches() const { return batches_; }
  uint64_t new_bytes() const { return new_bytes_; }
  // Of those that are in the log already, the first; nullopt if there is none.
  const std::optional<WriterState::Batch>& first_known() const { return first_known_; }
  // Whether that is the first of all.
  bool begins_known() const { return begins_known_; }
  // The end of the one that is last in the log; 0 if there is none.
  Offset known_end() const { return known_end_; }

 private:
  Result<void> CheckSequence(const NewBatch& batch, const WriterState& writers,
                             const TableBucket& bucket) const;

  std::vector<NewBatch> batches_;
  uint64_t new_bytes_ = 0;
  std::optional<WriterState::Batch> first_known_;
  bool begins_known_ = false;
  Offset known_end_;
};

}  // namespace millrace::log
