// listagg, which is also string_agg.
#include <limits>
#include <utility>

#include "kv/merge/aggregator.h"

namespace millrace::kv::internal {
namespace {

using schema::Cell;

class ListAgg final : public Aggregator {
 public:
  explicit ListAgg(std::string delimiter) : delimiter_(std::move(delimiter)) {}

  Result<Cell> Merge(const Cell& stored, const Cell& sent) override {
    size_t size = stored.bytes().size() + delimiter_.size() + sent.bytes().size();
    if (size > std::numeric_limits<int32_t>::max()) {
      return Error{ErrorCode::kRecordTooLarge,
                   "the list would take " + std::to_string(size) + " bytes"};
    }
    text_.assign(AsText(stored.bytes()));
    text_.append(delimiter_).append(AsText(sent.bytes()));
    return Cell::Of(AsBytes(text_));
  }

 private:
  std::string delimiter_;
  std::string text_;
};

}  // namespace

std::unique_ptr<Aggregator> MakeListAgg(const schema::DataType& type, std::string delimiter) {
  if (type.root != schema::TypeRoot::kString) return nullptr;
  return std::make_unique<ListAgg>(std::move(delimiter));
}

}  // namespace millrace::kv::internal
