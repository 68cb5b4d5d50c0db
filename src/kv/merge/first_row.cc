#include "kv/merge/mergers.h"

namespace millrace::kv::internal {
namespace {

class FirstRow final : public MergerWithDeletes {
 public:
  using MergerWithDeletes::MergerWithDeletes;

  Result<Upserted> Update(Row, Row, MutableRow) override { return Upserted::kKept; }
  Result<Upserted> Insert(Row, MutableRow) override { return Upserted::kTaken; }
  Result<Deleted> Delete(Row, MutableRow) override { return Deleted::kKept; }
  bool reads_old_row() const override { return false; }
};

}  // namespace

std::unique_ptr<RowMerger> MakeFirstRow(schema::DeleteBehavior deletes) {
  return std::make_unique<FirstRow>(deletes);
}

}  // namespace millrace::kv::internal
