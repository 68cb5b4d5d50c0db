#include "log/request_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/batch_reader.h"

namespace millrace::log {

Result<void> RequestCheck::Check(Bytes records, const WriterState& writers,
                                 const TableBucket& bucket) {
  batches_.clear();
  new_bytes_ = 0;
  first_known_ = std::nullopt;
  begins_known_ = false;
  known_end_ = {};
  auto corrupt = [&](size_t position, std::string_view why) {
    return Error{ErrorCode::kCorruptRecord,
                 fmt::format("the batch at byte {} for {}: {}", position, bucket.ToString(), why)};
  };
  record::BatchIterator iterator(records);
  while (true) {
    size_t position = iterator.position();
    TRY_ASSIGN(auto batch, iterator.Next());
    if (!batch) return {};
    if (!batch->CrcValid()) return corrupt(position, "the checksum does not match");
    if (batch->last_offset_delta() != std::max(batch->record_count() - 1, 0)) {
      return corrupt(position, fmt::format("{} records and last offset delta {}",
                                           batch->record_count(), batch->last_offset_delta()));
    }
    NewBatch next = {position,
                     batch->size(),
                     batch->last_offset_delta(),
                     batch->record_count(),
                     batch->writer_id(),
                     batch->batch_sequence()};
    if (auto known = writers.FindDuplicate(next.writer, next.sequence)) {
      if (!first_known_) {
        first_known_ = known;
        begins_known_ = batches_.empty();
      }
      known_end_ = std::max(known_end_, known->last + 1);
      continue;
    }
    TRY(CheckSequence(next, writers, bucket));
    new_bytes_ += next.size;
    batches_.push_back(next);
  }
}

Result<void> RequestCheck::CheckSequence(const NewBatch& batch, const WriterState& writers,
                                         const TableBucket& bucket) const {
  if (batch.writer.value == record::kNoWriterId) return {};
  // The writer's batches before it in this request count as appended.
  auto before = std::find_if(batches_.rbegin(), batches_.rend(),
                             [&](const NewBatch& other) { return other.writer == batch.writer; });
  auto last = before != batches_.rend() ? std::optional(before->sequence)
                                        : writers.LastSequence(batch.writer);
  if (WriterState::MayFollow(last, batch.sequence)) return {};
  return Error{ErrorCode::kOutOfOrderSequence,
               fmt::format("writer {} sent batch {} to {} after batch {}", batch.writer.value,
                           batch.sequence, bucket.ToString(),
                           last ? std::to_string(*last) : std::string("none"))};
}

}  // namespace millrace::log
