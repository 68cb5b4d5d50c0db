#include "log/batch_place.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::log {

Maybe<BatchPlace> HeaderReader::At(uint64_t position) {
  if (position >= size_ || size_ - position < record::kMinHeaderSize) return BatchPlace{position};
  size_t needed = std::min<uint64_t>(record::kMaxHeaderSize, size_ - position);
  if (position < begin_ || position + needed > end_) {
    MutableBytes to = buffer_;
    to = to.first(std::min<uint64_t>(to.size(), size_ - position));
    TRY_ASSIGN(size_t read,
               cached_only_ ? file_.ReadCached(position, to) : file_.Read(position, to));
    begin_ = position;
    end_ = position + read;
    if (read < needed) {
      if (cached_only_) return std::nullopt;
      return Error{ErrorCode::kLogStorage, file_.path() + " is shorter than it was"};
    }
  }
  Bytes bytes = Bytes(buffer_).subspan(position - begin_, needed);
  auto batch = record::LogBatch::Parse(bytes, /*whole=*/false);
  if (!batch) {
    // What is left may be less than the header that its magic asks for.
    if (needed < record::kMaxHeaderSize) return BatchPlace{position};
    return Error{batch.error().code,
                 fmt::format("{} at byte {}: {}", file_.path(), position, batch.error().message)};
  }
  if (batch->size() > size_ - position) return BatchPlace{position};
  return BatchPlace{position,
                    batch->size(),
                    batch->base_offset(),
                    batch->next_offset(),
                    batch->commit_timestamp(),
                    batch->writer_id(),
                    batch->batch_sequence()};
}

}  // namespace millrace::log
