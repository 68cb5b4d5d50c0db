// Offsets that producers registered, so that a Flink sink which fails before its first checkpoint
// can undo what it wrote.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "coordinator/coordinator.h"
#include "metastore/store.h"

namespace millrace::coordinator {

using metastore::ProducerOffsets;
using runtime::Task;

namespace {

// As Fluss has it, and fit for a path.
Result<void> CheckProducerId(const std::string& id) {
  bool valid = !id.empty() && id.size() <= 200 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (valid) return {};
  return Error{ErrorCode::kInvalidProducerId,
               fmt::format("'{}' is no producer id: expected up to 200 letters, digits, '_' and "
                           "'-'",
                           id)};
}

}  // namespace

Task<Result<bool>> Coordinator::RegisterProducer(std::string id, ProducerOffsets offsets) {
  CO_TRY(CheckProducerId(id));
  auto turn = co_await producers_.Enter();
  CO_TRY(co_await DeleteExpiredProducers());
  std::string path = metastore::paths::Producer(id);
  CO_TRY_ASSIGN(auto node, co_await store_.Get(path));
  if (node) co_return false;
  std::vector<metastore::Op> ops;
  ops.push_back(metastore::CreateOp(path, metastore::EncodeProducerOffsets(offsets),
                                    metastore::Parents::kCreate));
  CO_TRY(co_await metastore::CommitAll(store_, std::move(ops)));
  co_return true;
}

Task<Result<std::optional<ProducerOffsets>>> Coordinator::FindProducer(std::string id) {
  using Found = std::optional<ProducerOffsets>;
  CO_TRY(CheckProducerId(id));
  std::string path = metastore::paths::Producer(id);
  CO_TRY_ASSIGN(auto node, co_await store_.Get(path));
  if (!node) co_return Found();
  CO_TRY_ASSIGN(auto offsets, metastore::DecodeProducerOffsets(path, node->value));
  if (offsets.expires <= clock_.WallNow()) co_return Found();
  co_return Found(std::move(offsets));
}

Task<Result<void>> Coordinator::DeleteProducer(std::string id) {
  CO_TRY(CheckProducerId(id));
  auto turn = co_await producers_.Enter();
  std::vector<metastore::Op> ops;
  ops.push_back(metastore::DeleteTreeOp(metastore::paths::Producer(id)));
  co_return co_await metastore::CommitAll(store_, std::move(ops));
}

// When another one comes is soon enough: nobody reads them.
Task<Result<void>> Coordinator::DeleteExpiredProducers() {
  CO_TRY_ASSIGN(auto tree, co_await store_.GetTree(std::string(metastore::paths::kProducers)));
  std::vector<metastore::Op> ops;
  for (const auto& [path, node] : tree) {
    if (path == metastore::paths::kProducers) continue;
    auto offsets = metastore::DecodeProducerOffsets(path, node.value);
    if (!offsets) spdlog::warn("{}", offsets.error().message);
    if (offsets && offsets->expires > clock_.WallNow()) continue;
    ops.push_back(metastore::DeleteTreeOp(path));
  }
  if (ops.empty()) co_return Result<void>();
  co_return co_await metastore::CommitAll(store_, std::move(ops));
}

}  // namespace millrace::coordinator
