#include "kv/batch_merge.h"

#include <fmt/format.h>

#include <limits>

#include "base/endian.h"

namespace millrace::kv {

using record::ChangeType;

namespace {

// Of the rows before and after; below, the changelog is not looked at.
constexpr size_t kLargeBytes = 64 << 20;
constexpr size_t kChangelogMostBytes = 1 << 30;

}  // namespace

BatchMerge::BatchMerge(const TableFormat& format, RowMerger& merger,
                       record::ChangelogWriter& changelog, Arena& arena, TimestampMs now)
    : format_(format),
      merger_(merger),
      changelog_(changelog),
      arena_(arena),
      now_(now),
      with_old_images_(format.config().changelog_image == schema::ChangelogImage::kFull),
      old_(format.column_count()),
      sent_(format.column_count()),
      merged_(format.column_count()) {}

Result<void> BatchMerge::Merge(SchemaId schema, const record::KvRecord& record, KeyState& state) {
  TRY(record.row ? Upsert(schema, *record.row, state) : Delete(state));
  // Partial updates of large rows make more of a request than it was.
  if (row_bytes_ < kLargeBytes || changelog_.size() <= kChangelogMostBytes) return {};
  return Error{
      ErrorCode::kRecordTooLarge,
      fmt::format("the changelog of one request takes more than {} bytes", kChangelogMostBytes)};
}

Result<void> BatchMerge::Upsert(SchemaId schema, Bytes row, KeyState& state) {
  TRY(format_.DecodeRow(schema, row, sent_));
  if (blind_) {
    changelog_.Add(ChangeType::kUpdateAfter, sent_);
    Store(state, sent_, schema, row);
    return {};
  }
  return state.value ? Update(schema, row, state) : Insert(schema, row, state);
}

Result<void> BatchMerge::Insert(SchemaId schema, Bytes row, KeyState& state) {
  TRY_ASSIGN(auto outcome, merger_.Insert(sent_, merged_));
  if (outcome == RowMerger::Upserted::kKept) return {};
  bool merged = outcome == RowMerger::Upserted::kMerged;
  if (ids_) {
    if (!merged) merged_ = sent_;
    merged = true;
    TRY(SetNextId(merged_));
  }
  row_delta_++;
  changelog_.Add(ChangeType::kInsert, merged ? merged_ : sent_);
  if (merged) {
    StoreMerged(state);
  } else {
    Store(state, sent_, schema, row);
  }
  return {};
}

Result<void> BatchMerge::Update(SchemaId schema, Bytes row, KeyState& state) {
  TRY(DecodeOld(state));
  TRY_ASSIGN(auto outcome, merger_.Update(old_, sent_, merged_));
  switch (outcome) {
    case RowMerger::Upserted::kKept:
      return {};
    case RowMerger::Upserted::kTaken:
      EmitUpdate(sent_);
      Store(state, sent_, schema, row);
      return {};
    case RowMerger::Upserted::kMerged:
      EmitUpdate(merged_);
      StoreMerged(state);
      return {};
  }
  return {};
}

Result<void> BatchMerge::Delete(KeyState& state) {
  TRY_ASSIGN(bool deletes, merger_.CheckDelete());
  if (!deletes || !state.value) return {};
  TRY(DecodeOld(state));
  TRY_ASSIGN(auto outcome, merger_.Delete(old_, merged_));
  switch (outcome) {
    case RowMerger::Deleted::kKept:
      return {};
    case RowMerger::Deleted::kRemoved:
      changelog_.Add(ChangeType::kDelete, old_);
      row_delta_--;
      state.value = std::nullopt;
      state.changed = true;
      return {};
    case RowMerger::Deleted::kMerged:
      EmitUpdate(merged_);
      StoreMerged(state);
      return {};
  }
  return {};
}

Result<void> BatchMerge::DecodeOld(const KeyState& state) {
  row_bytes_ += state.value->size();
  return format_.DecodeValue(state.value->subspan(format_.tag_size()), old_);
}

Result<void> BatchMerge::SetNextId(MutableRow row) {
  int column = format_.auto_increment_column();
  auto& range = ids_->front();
  int64_t id = range.next++;
  if (range.left() <= 0 && ids_->size() > 1) ids_->erase(ids_->begin());
  if (format_.latest().columns[column].type.root == schema::TypeRoot::kInteger &&
      id > std::numeric_limits<int32_t>::max()) {
    return Error{ErrorCode::kUnknownServerError,
                 fmt::format("{}: the INT column {} has no more numbers", format_.path().ToString(),
                             format_.latest().columns[column].name)};
  }
  row[column] = schema::Cell::Number(id);
  return {};
}

void BatchMerge::Store(KeyState& state, Row cells, SchemaId schema, Bytes row) {
  head_.clear();
  format_.AppendTag(cells, now_, head_);
  std::byte id[kSchemaIdSize];
  StoreLittle(id, static_cast<int16_t>(schema.value));
  head_.append(AsText(id));
  state.value = arena_.Copy(AsBytes(head_), row);
  state.changed = true;
  row_bytes_ += row.size();
}

void BatchMerge::StoreMerged(KeyState& state) {
  encoded_.clear();
  format_.EncodeRow(merged_, encoded_);
  Store(state, merged_, format_.latest_id(), AsBytes(encoded_));
}

void BatchMerge::EmitUpdate(Row now) {
  if (with_old_images_) changelog_.Add(ChangeType::kUpdateBefore, old_);
  changelog_.Add(ChangeType::kUpdateAfter, now);
}

}  // namespace millrace::kv
