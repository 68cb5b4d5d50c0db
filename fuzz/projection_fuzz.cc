// Projection of batches that nobody has checked: they come from a disk.
#include "fuzz/input.h"
#include "fuzz/tables.h"
#include "record/log_batch.h"
#include "record/projection.h"

namespace millrace::fuzz {
namespace {

using record::Projection;

// Asks for the head as a reader of a file does: a little first, then what is missing.
Result<std::vector<std::byte>> ReadHead(Bytes bytes, size_t batch_size) {
  size_t size = std::min(record::kMaxHeaderSize, bytes.size());
  for (int calls = 0; calls < 3; calls++) {
    auto head = Exactly(bytes.first(size));
    TRY_ASSIGN(size_t needed, Projection::HeadSize(head));
    MILLRACE_CHECK(needed <= batch_size, "more of a batch than there is");
    if (needed <= size) return head;
    if (needed > bytes.size()) return Error{ErrorCode::kCorruptRecord, "cut"};
    size = needed;
  }
  CheckFailed(__FILE__, __LINE__, "calls < 3", "HeadSize is never content");
}

void CheckRanges(const Projection::Projected& projected, size_t batch_size) {
  uint64_t size = projected.head.size();
  for (size_t i = 0; i < projected.body.size(); i++) {
    auto [position, length] = projected.body[i];
    MILLRACE_CHECK(position <= batch_size && length <= batch_size - position,
                   "a range outside the batch");
    MILLRACE_CHECK(length > 0, "an empty range");
    if (i > 0) {
      const auto& before = projected.body[i - 1];
      MILLRACE_CHECK(before.position + before.size != position, "neighbours that are not merged");
    }
    size += length;
  }
  MILLRACE_CHECK(size == projected.size, "the size is not that of head and ranges");
  MILLRACE_CHECK(Must(record::LogBatch::SizeOf(AsBytes(projected.head))) == size,
                 "the size in the header");
}

// The table's schema, and with `more` some columns behind it that its batches lack.
schema::Schema Newest(const schema::Schema& schema, bool more) {
  schema::Schema newest = schema;
  if (!more) return newest;
  for (const auto& column : record::AllTypesSchema().columns) newest.columns.push_back(column);
  return newest;
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  const Table& table = Tables()[input.Below(Tables().size())];
  schema::Schema newest = Newest(table.schema, input.Flag());
  auto positions = ColumnsOf(newest, input.Take<uint32_t>());
  auto batch = Exactly(input.Rest());
  auto size = record::LogBatch::SizeOf(batch);
  if (!size) return;

  auto projection = Must(Projection::Make(newest, table.schema, positions));
  auto head = ReadHead(batch, *size);
  if (!head) return;
  auto projected = projection.Project(*head);
  auto from_whole = projection.Project(batch);
  MILLRACE_CHECK(projected.has_value() == from_whole.has_value(), "more bytes change the outcome");
  if (!projected) return;
  MILLRACE_CHECK(projected->head == from_whole->head && projected->body == from_whole->body,
                 "more bytes change it");
  CheckRanges(*projected, *size);
}

}  // namespace millrace::fuzz
