// Writing to a KvTablet.
#include <fmt/format.h>

#include <algorithm>

#include "kv/kv_tablet.h"

namespace millrace::kv {

using runtime::Task;

namespace {

// How much is done before others on the shard have their turn: some hundred microseconds of work.
constexpr size_t kKeysPerTurn = 64;
constexpr int kChangesPerTurn = 64;
// A changelog of so many records is compressed in the pool: that takes milliseconds.
constexpr int32_t kLongChangelog = 2000;

// Without images of old rows, a row that replaces the old one whole needs no look at it.
bool WritesBlindly(const TableFormat& format, const PutRequest& request) {
  const auto& config = format.config();
  return config.changelog_image == schema::ChangelogImage::kWal && request.targets.empty() &&
         format.auto_increment_column() < 0 &&
         (!config.merge_engine || request.mode == MergeMode::kOverwrite);
}

// Rows must have the columns that they are sent for, and a column that the server numbers is not
// among them, nor written with all columns. The merger checks all else.
Result<void> CheckTargets(const TableFormat& format, const schema::Schema& schema,
                          const std::vector<int32_t>& targets) {
  int numbered = format.auto_increment_column();
  if (numbered >= 0 && (targets.empty() || std::ranges::count(targets, numbered) > 0)) {
    return Error{ErrorCode::kInvalidTargetColumn,
                 fmt::format("the server numbers the column {}: puts must name target columns, and "
                             "not this one",
                             format.latest().columns[numbered].name)};
  }
  for (int32_t target : targets) {
    if (target < static_cast<int32_t>(schema.columns.size())) continue;
    return Error{
        ErrorCode::kInvalidTargetColumn,
        fmt::format("the rows' schema has {} columns, and the target columns name column {}",
                    schema.columns.size(), target)};
  }
  return {};
}

// The keys of the request's records, and for each record which of them is its own. Whether some are
// deletes.
bool CollectKeys(const PutRequest& request, ChangeBatch& batch, std::vector<uint32_t>& states) {
  batch.keys.Reset(request.records.size());
  states.reserve(request.records.size());
  bool deletes = false;
  for (const auto& record : request.records) {
    bool added = false;
    auto& state = batch.keys.FindOrAdd(record.key, added);
    if (added) state.key = batch.arena.Copy(record.key);
    states.push_back(static_cast<uint32_t>(&state - batch.keys.all().data()));
    deletes |= !record.row;
  }
  batch.keys.Sort();
  return deletes;
}

}  // namespace

Task<Result<log::Appended>> KvTablet::Put(const PutRequest& request) {
  auto turn = co_await puts_.Enter();
  while (buffer_.size_bytes() > environment_.options.uncommitted_most_bytes) {
    CO_TRY(co_await log_.Sync(log_.end_offset()));
    CO_TRY(co_await Apply(log_.durable_end()));
  }
  co_return co_await PutNow(request);
}

Task<Result<log::Appended>> KvTablet::PutNow(const PutRequest& request) {
  CO_TRY_ASSIGN(auto store, co_await Opened());
  if (auto known = log_.FindDuplicate(request.writer, request.sequence)) co_return *known;
  CO_TRY(PrepareTools(request));
  const auto& format = *tools_.format;
  CO_TRY_ASSIGN(const auto* schema, format.SchemaOf(request.schema));
  CO_TRY(CheckTargets(format, *schema, request.targets));
  bool gives_ids = format.auto_increment_column() >= 0;
  if (gives_ids) CO_TRY(co_await TakeIds(static_cast<int64_t>(request.records.size())));

  auto batch = std::make_shared<ChangeBatch>();
  std::vector<uint32_t> states;
  bool deletes = CollectKeys(request, *batch, states);
  bool blind = WritesBlindly(format, request);
  if (!blind || deletes) CO_TRY(co_await ReadRows(*store, *batch));

  TimestampMs now = runtime::Shard::Current()->clock().WallNow();
  BatchMerge merge(format, *tools_.merger, *tools_.changelog, batch->arena, now);
  if (blind) merge.set_blind();
  if (gives_ids) merge.set_ids(ids_);
  auto merged = co_await MergeAll(request, merge, *batch, states);
  if (!merged) {
    tools_.changelog->Discard();
    co_return merged.error();
  }
  MutableBytes records = co_await FinishChangelog(request);
  CO_TRY_ASSIGN(auto appended, log_.Append(records, now));
  written_.offset = appended.last_offset + 1;
  written_.row_count += merge.row_delta();
  if (!ids_.empty()) {
    written_.next_id = ids_.front().next;
    written_.last_id = ids_.front().last;
  }
  batch->after = written_;
  buffer_.Add(std::move(batch));
  co_return appended;
}

Task<MutableBytes> KvTablet::FinishChangelog(const PutRequest& request) {
  auto& changelog = *tools_.changelog;
  if (changelog.count() < kLongChangelog) {
    co_return changelog.Finish(request.writer, request.sequence);
  }
  co_return co_await environment_.pool.Run(
      [&] { return changelog.Finish(request.writer, request.sequence); });
}

// A schema that comes while a put is under way is for the next one.
Result<void> KvTablet::PrepareTools(const PutRequest& request) {
  if (tools_.format != format_) tools_ = {};
  if (!tools_.changelog) {
    tools_.changelog = std::make_unique<record::ChangelogWriter>(
        format_->latest_id(), format_->latest(), format_->config());
    tools_.format = format_;
  }
  if (tools_.merger && tools_.targets == request.targets && tools_.mode == request.mode) return {};
  tools_.merger = nullptr;
  TRY_ASSIGN(tools_.merger,
             MakeRowMerger(format_->latest(), format_->config(), request.mode, request.targets));
  tools_.targets = request.targets;
  tools_.mode = request.mode;
  return {};
}

Task<Result<void>> KvTablet::MergeAll(const PutRequest& request, BatchMerge& merge,
                                      ChangeBatch& batch, const std::vector<uint32_t>& states) {
  for (size_t i = 0; i < request.records.size(); i++) {
    if (i > 0 && i % kKeysPerTurn == 0) co_await runtime::Yield();
    CO_TRY(merge.Merge(request.schema, request.records[i], batch.keys.all()[states[i]]));
  }
  co_return Result<void>();
}

// Sets the values of all keys: those that are not in the buffer stay as the store has them, for no
// other put is under way.
Task<Result<void>> KvTablet::ReadRows(RowStore& store, ChangeBatch& batch) {
  auto& states = batch.keys.all();
  std::vector<Bytes> keys;
  std::vector<uint32_t> which;
  keys.reserve(states.size());
  which.reserve(states.size());
  for (uint32_t i : batch.keys.sorted()) {
    std::shared_ptr<const ChangeBatch> holder;
    if (const auto* state = buffer_.Find(states[i].hash, states[i].key, holder)) {
      if (state->value) states[i].value = batch.arena.Copy(*state->value);
    } else {
      keys.push_back(states[i].key);
      which.push_back(i);
    }
  }
  tools_.found.Reset(keys.size());
  std::vector<uint32_t> cold;
  for (size_t at = 0; at < keys.size(); at += kKeysPerTurn) {
    if (at > 0) co_await runtime::Yield();
    CO_TRY(store.GetFromMemory(keys, at, std::min(kKeysPerTurn, keys.size() - at), tools_.found,
                               cold));
  }
  if (!cold.empty()) {
    CO_TRY(co_await environment_.pool.Run([&] { return store.Get(keys, cold, tools_.found); }));
  }
  for (size_t i = 0; i < which.size(); i++) states[which[i]].value = tools_.found[i];
  co_return Result<void>();
}

Task<Result<void>> KvTablet::TakeIds(int64_t count) {
  while (!ids_.empty() && ids_.front().left() <= 0) ids_.erase(ids_.begin());
  int64_t left = 0;
  for (const auto& range : ids_) left += range.left();
  if (left >= count) co_return Result<void>();
  CO_TRY_ASSIGN(auto taken, co_await environment_.ids(count - left));
  ids_.push_back(taken);
  co_return Result<void>();
}

// ---- Into the store ----

Task<Result<void>> KvTablet::Apply(Offset committed) {
  auto turn = co_await applies_.Enter();
  while (auto batch = buffer_.first()) {
    if (batch->after.offset > committed) break;
    auto store = store_;
    CO_TRY(co_await WriteBatch(*store, *batch));
    store->Reached(batch->after);
    applied_ = batch->after;
    buffer_.RemoveFirst();
    FlushIfLong(*store);
  }
  co_return Result<void>();
}

Task<Result<void>> KvTablet::WriteBatch(RowStore& store, const ChangeBatch& batch) {
  const auto& states = batch.keys.all();
  const auto& sorted = batch.keys.sorted();
  for (size_t at = 0; at < sorted.size();) {
    if (at > 0) co_await runtime::Yield();
    store_batch_.Clear();
    for (; at < sorted.size() && store_batch_.count() < kChangesPerTurn; at++) {
      const auto& state = states[sorted[at]];
      if (!state.changed) continue;
      if (state.value) {
        store_batch_.Put(state.key, *state.value);
      } else {
        store_batch_.Delete(state.key);
      }
    }
    if (store_batch_.count() == 0) break;
    auto written = store.Write(store_batch_, /*may_block=*/false);
    if (written && *written) continue;
    // The store is behind with its files: this writer, and whoever waits for it, waits for them. Or
    // it could not write one, and is asked to try again.
    auto waited = co_await environment_.pool.Run([&]() -> Result<bool> {
      if (!written) TRY(store.Resume());
      return store.Write(store_batch_, /*may_block=*/true);
    });
    CO_TRY(waited);
  }
  co_return Result<void>();
}

void KvTablet::FlushIfLong(RowStore& store) {
  Offset begun = std::max(flush_begun_, store.durable());
  if (applied_.offset - begun < environment_.options.replay_most) return;
  flush_begun_ = applied_.offset;
  store.StartFlush();
}

}  // namespace millrace::kv
