#include "kv/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/endian.h"
#include "record/batch_reader.h"

namespace millrace::kv {

using record::ChangeType;

namespace {

constexpr size_t kWriteBytes = 512 << 10;

}  // namespace

Replay::Replay(const TableFormat& format, RowStore& store, const Mark& from)
    : format_(format), store_(store), reached_(from), cells_(format.column_count()) {}
Replay::~Replay() = default;

Result<void> Replay::Apply(Bytes batches) {
  record::BatchIterator iterator(batches);
  while (true) {
    TRY_ASSIGN(auto batch, iterator.Next());
    if (!batch) return {};
    TRY(ApplyBatch(*batch));
    reached_.offset = batch->next_offset();
    if (batch_.size_bytes() >= kWriteBytes) TRY(Write());
  }
}

Result<void> Replay::ApplyBatch(const record::LogBatch& batch) {
  if (batch.record_count() == 0) return {};
  TRY_ASSIGN(auto* reader, ReaderOf(batch.schema_id()));
  TRY(reader->Open(batch));
  while (true) {
    TRY_ASSIGN(auto record, reader->Next());
    if (!record) return {};
    TRY(ApplyRecord(*record, batch.schema_id(), batch.commit_timestamp()));
  }
}

// Rows get the latest schema's id: the columns that they lack are NULL.
Result<void> Replay::ApplyRecord(const record::ChangelogRecord& record, SchemaId schema,
                                 TimestampMs timestamp) {
  if (record.change == ChangeType::kUpdateBefore) return {};
  if (record.cells.size() > cells_.size()) {
    return Error{ErrorCode::kSchemaNotExist,
                 fmt::format("{}: schema {} has more columns than the latest one",
                             format_.path().ToString(), schema.value)};
  }
  std::copy(record.cells.begin(), record.cells.end(), cells_.begin());
  std::fill(cells_.begin() + static_cast<ptrdiff_t>(record.cells.size()), cells_.end(),
            schema::Cell());
  key_.clear();
  format_.EncodeKey(cells_, key_);
  if (record.change == ChangeType::kDelete) {
    reached_.row_count--;
    batch_.Delete(AsBytes(key_));
    return {};
  }
  if (record.change == ChangeType::kInsert) {
    reached_.row_count++;
    NoteId(record);
  }
  value_.clear();
  format_.AppendTag(cells_, timestamp, value_);
  std::byte id[kSchemaIdSize];
  StoreLittle(id, static_cast<int16_t>(format_.latest_id().value));
  value_.append(AsText(id));
  format_.EncodeRow(cells_, value_);
  batch_.Put(AsBytes(key_), AsBytes(value_));
  return {};
}

// An id that was given is not given again. When they went beyond the range known here, there was a
// later one, of which nothing is known: it is given up.
void Replay::NoteId(const record::ChangelogRecord& record) {
  int column = format_.auto_increment_column();
  if (column < 0 || static_cast<size_t>(column) >= record.cells.size()) return;
  const auto& cell = record.cells[column];
  if (cell.is_null() || cell.number() < reached_.next_id) return;
  reached_.next_id = cell.number() + 1;
  reached_.last_id = std::max(reached_.last_id, cell.number());
}

Result<record::ChangelogReader*> Replay::ReaderOf(SchemaId schema) {
  auto& reader = readers_[schema];
  if (!reader) {
    TRY_ASSIGN(const auto* columns, format_.SchemaOf(schema));
    reader = std::make_unique<record::ChangelogReader>(*columns, format_.config());
  }
  return reader.get();
}

Result<void> Replay::Write() {
  if (batch_.count() > 0) TRY(store_.Write(batch_, /*may_block=*/true));
  batch_.Clear();
  store_.Reached(reached_);
  return {};
}

Result<void> Replay::Finish() {
  return Write();
}

}  // namespace millrace::kv
