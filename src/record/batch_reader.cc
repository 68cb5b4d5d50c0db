#include "record/batch_reader.h"

#include <fmt/format.h>

namespace millrace::record {

Result<std::optional<LogBatch>> BatchIterator::Next() {
  Bytes rest = records_.subspan(position_);
  if (rest.size() < kMinHeaderSize) return std::nullopt;
  TRY_ASSIGN(size_t size, LogBatch::SizeOf(rest));
  if (rest.size() < size) return std::nullopt;
  auto batch = LogBatch::Parse(rest.first(size));
  if (!batch) {
    return Error{batch.error().code,
                 fmt::format("{}, at byte {}", batch.error().message, position_)};
  }
  position_ += size;
  return *batch;
}

}  // namespace millrace::record
