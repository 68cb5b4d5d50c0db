// The columns a batch writes when it doesn't write all: for the .cc files of this folder only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "kv/row_merger.h"
#include "schema/schema.h"

namespace millrace::kv::internal {

// Immutable.
class TargetColumns {
 public:
  // Positions that are columns of the schema, in any order and as often as you like, but not none.
  // kInvalidTargetColumn.
  static Result<TargetColumns> Of(const schema::Schema& schema, std::span<const int32_t> positions);

  // What a partial write requires: the whole primary key is among the targets, and no other column
  // of the table is NOT NULL. kInvalidTargetColumn.
  Result<void> CheckPartialWrite(const schema::Schema& schema) const;

  bool all() const { return all_; }
  bool only_primary_key() const { return only_primary_key_; }
  bool Contains(size_t column) const { return columns_[column].is_target; }

  // Takes the targets out of the row: it is gone if nothing but them has a value in it, else the
  // targets that are not of the primary key become NULL.
  RowMerger::Deleted Delete(Row old, MutableRow merged) const;

 private:
  struct Column {
    bool is_target = false;
    bool is_key = false;
  };

  std::vector<Column> columns_;
  bool all_ = false;
  bool only_primary_key_ = false;
};

}  // namespace millrace::kv::internal
