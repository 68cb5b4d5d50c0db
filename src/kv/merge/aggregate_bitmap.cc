// rbm32 and rbm64.
#include "kv/merge/aggregator.h"
#include "kv/merge/roaring32.h"
#include "kv/merge/roaring64.h"

namespace millrace::kv::internal {
namespace {

using schema::Cell;

template <class Union>
class BitmapUnion final : public Aggregator {
 public:
  Result<Cell> Merge(const Cell& stored, const Cell& sent) override {
    TRY_ASSIGN(Bytes bytes, union_.Unite(stored.bytes(), sent.bytes()));
    return Cell::Of(bytes);
  }

 private:
  Union union_;
};

}  // namespace

std::unique_ptr<Aggregator> MakeBitmap32(const schema::DataType& type) {
  if (type.root != schema::TypeRoot::kBytes) return nullptr;
  return std::make_unique<BitmapUnion<Roaring32Union>>();
}

std::unique_ptr<Aggregator> MakeBitmap64(const schema::DataType& type) {
  if (type.root != schema::TypeRoot::kBytes) return nullptr;
  return std::make_unique<BitmapUnion<Roaring64Union>>();
}

}  // namespace millrace::kv::internal
