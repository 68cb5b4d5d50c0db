#include "kv/merge/target_columns.h"

#include <algorithm>
#include <string>

namespace millrace::kv::internal {

Result<TargetColumns> TargetColumns::Of(const schema::Schema& schema,
                                        std::span<const int32_t> positions) {
  TargetColumns targets;
  targets.columns_.resize(schema.columns.size());
  for (const std::string& name : schema.primary_key) {
    if (std::optional<int> key = schema.ColumnIndex(name)) targets.columns_[*key].is_key = true;
  }
  for (int32_t position : positions) {
    if (position < 0 || static_cast<size_t>(position) >= schema.columns.size()) {
      return Error{ErrorCode::kInvalidTargetColumn,
                   "target column " + std::to_string(position) + " of a table with " +
                       std::to_string(schema.columns.size()) + " columns"};
    }
    targets.columns_[position].is_target = true;
  }
  targets.all_ = std::ranges::all_of(targets.columns_, &Column::is_target);
  targets.only_primary_key_ = std::ranges::all_of(
      targets.columns_, [](const Column& column) { return column.is_target == column.is_key; });
  return targets;
}

Result<void> TargetColumns::CheckPartialWrite(const schema::Schema& schema) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].is_key && !columns_[i].is_target) {
      return Error{ErrorCode::kInvalidTargetColumn,
                   "the target columns lack '" + schema.columns[i].name + "' of the primary key"};
    }
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].is_key && !schema.columns[i].type.nullable) {
      return Error{ErrorCode::kInvalidTargetColumn,
                   "column '" + schema.columns[i].name +
                       "' is NOT NULL: in a table with such columns besides the primary key, rows "
                       "can't be written in part"};
    }
  }
  return {};
}

RowMerger::Deleted TargetColumns::Delete(Row old, MutableRow merged) const {
  bool is_gone = true;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].is_target && !old[i].is_null()) is_gone = false;
    bool is_kept = columns_[i].is_key || !columns_[i].is_target;
    merged[i] = is_kept ? old[i] : schema::Cell();
  }
  return is_gone ? RowMerger::Deleted::kRemoved : RowMerger::Deleted::kMerged;
}

}  // namespace millrace::kv::internal
