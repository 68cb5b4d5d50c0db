#include "kv/row_merger.h"

#include <optional>
#include <string>
#include <utility>

#include "kv/merge/mergers.h"

namespace millrace::kv {
namespace {

using internal::TargetColumns;
using schema::DeleteBehavior;
using schema::MergeEngine;

// First_row and versioned keep what a delete would have to change.
Result<DeleteBehavior> DeletesOfEngineWithout(MergeEngine engine,
                                              const schema::TableConfig& config) {
  DeleteBehavior deletes = config.delete_behavior.value_or(DeleteBehavior::kIgnore);
  if (deletes != DeleteBehavior::kAllow) return deletes;
  return Error{ErrorCode::kInvalidConfig, "'table.delete.behavior' = allow does not go with the " +
                                              std::string(schema::Name(engine)) + " merge engine"};
}

Error TakesNoTargets(MergeEngine engine) {
  return Error{ErrorCode::kInvalidTargetColumn,
               "the " + std::string(schema::Name(engine)) +
                   " merge engine takes whole rows only, not some target columns"};
}

Result<std::unique_ptr<RowMerger>> MakeLastRow(const schema::Schema& latest,
                                               std::span<const int32_t> positions,
                                               DeleteBehavior deletes) {
  if (positions.empty()) return internal::MakeLastRow(deletes);
  TRY_ASSIGN(TargetColumns targets, TargetColumns::Of(latest, positions));
  if (targets.all()) return internal::MakeLastRow(deletes);
  TRY(targets.CheckPartialWrite(latest));
  return internal::MakePartialUpdate(std::move(targets), deletes);
}

Result<std::unique_ptr<RowMerger>> MakeAggregating(const schema::Schema& latest,
                                                   std::span<const int32_t> positions,
                                                   DeleteBehavior deletes) {
  if (positions.empty()) return internal::MakeAggregating(latest, std::nullopt, deletes);
  TRY_ASSIGN(TargetColumns targets, TargetColumns::Of(latest, positions));
  TRY(targets.CheckPartialWrite(latest));
  return internal::MakeAggregating(latest, std::move(targets), deletes);
}

}  // namespace

Result<std::unique_ptr<RowMerger>> MakeRowMerger(const schema::Schema& latest,
                                                 const schema::TableConfig& config, MergeMode mode,
                                                 std::span<const int32_t> targets) {
  if (mode == MergeMode::kOverwrite) return MakeLastRow(latest, targets, DeleteBehavior::kAllow);
  if (!config.merge_engine) {
    return MakeLastRow(latest, targets, config.delete_behavior.value_or(DeleteBehavior::kAllow));
  }
  MergeEngine engine = *config.merge_engine;
  if (engine == MergeEngine::kAggregation) {
    return MakeAggregating(latest, targets,
                           config.delete_behavior.value_or(DeleteBehavior::kIgnore));
  }
  TRY_ASSIGN(DeleteBehavior deletes, DeletesOfEngineWithout(engine, config));
  if (!targets.empty()) return TakesNoTargets(engine);
  if (engine == MergeEngine::kFirstRow) return internal::MakeFirstRow(deletes);
  return internal::MakeVersioned(latest, config.merge_engine_version_column.value_or(""), deletes);
}

}  // namespace millrace::kv
