#include <utility>

#include "kv/merge/mergers.h"

namespace millrace::kv::internal {
namespace {

class PartialUpdate final : public MergerWithDeletes {
 public:
  PartialUpdate(TargetColumns targets, schema::DeleteBehavior deletes)
      : MergerWithDeletes(deletes), targets_(std::move(targets)) {}

  Result<Upserted> Update(Row old, Row sent, MutableRow merged) override {
    if (targets_.only_primary_key()) return Upserted::kKept;
    for (size_t i = 0; i < merged.size(); ++i) {
      merged[i] = targets_.Contains(i) ? sent[i] : old[i];
    }
    return Upserted::kMerged;
  }

  Result<Upserted> Insert(Row sent, MutableRow merged) override {
    for (size_t i = 0; i < merged.size(); ++i) {
      merged[i] = targets_.Contains(i) ? sent[i] : schema::Cell();
    }
    return Upserted::kMerged;
  }

  Result<Deleted> Delete(Row old, MutableRow merged) override {
    return targets_.Delete(old, merged);
  }
  bool reads_old_row() const override { return !targets_.only_primary_key(); }

 private:
  TargetColumns targets_;
};

}  // namespace

std::unique_ptr<RowMerger> MakePartialUpdate(TargetColumns targets,
                                             schema::DeleteBehavior deletes) {
  return std::make_unique<PartialUpdate>(std::move(targets), deletes);
}

}  // namespace millrace::kv::internal
