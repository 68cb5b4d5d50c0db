#include "kv/merge/mergers.h"

namespace millrace::kv::internal {
namespace {

class LastRow final : public MergerWithDeletes {
 public:
  using MergerWithDeletes::MergerWithDeletes;

  Result<Upserted> Update(Row, Row, MutableRow) override { return Upserted::kTaken; }
  Result<Upserted> Insert(Row, MutableRow) override { return Upserted::kTaken; }
  Result<Deleted> Delete(Row, MutableRow) override { return Deleted::kRemoved; }
  bool reads_old_row() const override { return false; }
};

}  // namespace

Result<bool> MergerWithDeletes::CheckDelete() const {
  if (deletes_ == schema::DeleteBehavior::kDisable) {
    return Error{ErrorCode::kDeletionDisabled,
                 "'table.delete.behavior' = disable forbids deletes in this table"};
  }
  return deletes_ == schema::DeleteBehavior::kAllow;
}

std::unique_ptr<RowMerger> MakeLastRow(schema::DeleteBehavior deletes) {
  return std::make_unique<LastRow>(deletes);
}

}  // namespace millrace::kv::internal
