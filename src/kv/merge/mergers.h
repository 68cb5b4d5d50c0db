// The mergers behind MakeRowMerger(): for the .cc files of this folder only.
#pragma once

#include <memory>

#include "kv/merge/target_columns.h"
#include "kv/row_merger.h"

namespace millrace::kv::internal {

// Answers CheckDelete() for all of them.
class MergerWithDeletes : public RowMerger {
 public:
  explicit MergerWithDeletes(schema::DeleteBehavior deletes) : deletes_(deletes) {}
  Result<bool> CheckDelete() const final;

 private:
  schema::DeleteBehavior deletes_;
};

// The last row wins.
std::unique_ptr<RowMerger> MakeLastRow(schema::DeleteBehavior deletes);
// The targets of the last row win.
std::unique_ptr<RowMerger> MakePartialUpdate(TargetColumns targets, schema::DeleteBehavior deletes);
// The first row stays.
std::unique_ptr<RowMerger> MakeFirstRow(schema::DeleteBehavior deletes);
// The row with the highest version wins; among equals the last. kInvalidConfig: no such column, or
// one that can't be a version.
Result<std::unique_ptr<RowMerger>> MakeVersioned(const schema::Schema& latest,
                                                 std::string_view version_column,
                                                 schema::DeleteBehavior deletes);
// Each column has its function. kInvalidConfig: one that doesn't take its column's type.
Result<std::unique_ptr<RowMerger>> MakeAggregating(const schema::Schema& latest,
                                                   std::optional<TargetColumns> targets,
                                                   schema::DeleteBehavior deletes);

}  // namespace millrace::kv::internal
