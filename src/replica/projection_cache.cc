#include "replica/projection_cache.h"

#include <fmt/format.h>

namespace millrace::replica {

Result<std::shared_ptr<const record::Projection>> ProjectionCache::Get(
    const TableFacts& table, SchemaId batch_schema, const std::vector<int32_t>& positions) {
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->batch_schema == batch_schema && it->positions == positions) {
      entries_.splice(entries_.begin(), entries_, it);
      return it->projection;
    }
  }
  const auto* stored = table.SchemaOf(batch_schema);
  if (!stored) {
    return Error{ErrorCode::kCorruptRecord, fmt::format("{} holds a batch of unknown schema {}",
                                                        table.path.ToString(), batch_schema.value)};
  }
  const auto& newest = *table.schemas.rbegin()->second;
  TRY_ASSIGN(auto made, record::Projection::Make(newest, *stored, positions));
  auto projection = std::make_shared<const record::Projection>(std::move(made));
  entries_.push_front({batch_schema, positions, projection});
  if (entries_.size() > kEntriesMax) entries_.pop_back();
  return projection;
}

}  // namespace millrace::replica
