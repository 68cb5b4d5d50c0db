#include "coordinator/coordinator.h"

#include <spdlog/spdlog.h>

#include <limits>

#include "coordinator/load.h"

namespace millrace::coordinator {

using runtime::Task;

namespace {

// Writer ids taken from the store at a time.
constexpr int64_t kWriterIdBlock = 100;

}  // namespace

Coordinator::Coordinator(runtime::Shard& shard, runtime::Clock& clock, metastore::Store& store,
                         TabletControl& tablets, CoordinatorOptions options)
    : shard_(shard),
      clock_(clock),
      store_(store),
      tablets_(tablets),
      options_(std::move(options)),
      view_(std::make_shared<const MetadataView>()) {}

Coordinator::~Coordinator() = default;

std::shared_ptr<const MetadataView> Coordinator::view() const {
  std::lock_guard lock(view_mutex_);
  return view_;
}

void Coordinator::Publish() {
  auto view = std::make_shared<const MetadataView>(state_.view);
  std::lock_guard lock(view_mutex_);
  // The old one may be the last reference to much: let it go after the lock.
  view_.swap(view);
}

std::vector<ConfigEntry> Coordinator::DescribeConfigs() const {
  std::map<std::string, ConfigEntry> entries;
  for (const auto& [key, value] : options_.config_rules.initial) {
    entries[key] = {key, RedactConfig(key, value), /*dynamic=*/false};
  }
  auto now = view();
  for (const auto& [key, value] : now->server_configs()) {
    std::optional<std::string> shown;
    if (value) shown = RedactConfig(key, *value);
    entries[key] = {key, std::move(shown), /*dynamic=*/true};
  }
  std::vector<ConfigEntry> sorted;
  for (auto& [key, entry] : entries) sorted.push_back(std::move(entry));
  return sorted;
}

Context Coordinator::Now() const {
  return {.limits = options_.limits,
          .tablet_server = options_.tablet_server,
          .remote_data_dir = options_.remote_data_dir,
          .now = clock_.WallNow()};
}

Task<Result<void>> Coordinator::Start() {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(auto catalog, co_await metastore::LoadCatalog(store_));
  CO_TRY_ASSIGN(Loaded loaded, BuildState(std::move(catalog)));
  state_ = std::move(loaded.state);
  writer_counter_ = loaded.next_writer;
  next_writer_id_ = loaded.next_writer.next;
  if (state_.view.ListDatabases().empty()) {
    CO_TRY_ASSIGN(Decision decision,
                  DecideCreateDatabase(state_, Now(), std::string(kDefaultDatabase), {}, true));
    CO_TRY(co_await Execute(std::move(decision)));
  }
  if (options_.on_configs_changed) options_.on_configs_changed(state_.view.server_configs());
  co_await StartReplicas(std::move(loaded.replicas));
  Publish();
  if (!loaded.dropped.empty()) {
    spdlog::info("coordinator: deleting {} tables and partitions that were dropped earlier",
                 loaded.dropped.size());
    runtime::Spawn(DeleteReplicas(std::move(loaded.dropped), under_way_.Enter()));
  }
  runtime::Spawn(AutoPartitionLoop(under_way_.Enter()));
  co_return Result<void>();
}

Task<> Coordinator::Stop() {
  stopping_.Set();
  co_await under_way_.WaitEmpty();
  auto turn = co_await writes_.Enter();
}

Task<Result<void>> Coordinator::Execute(Decision decision) {
  if (decision.ops.empty()) co_return Result<void>();
  CO_TRY(co_await metastore::CommitAll(store_, std::move(decision.ops)));
  state_ = std::move(decision.next);
  if (decision.update) co_await tablets_.UpdateTable(decision.update);
  co_await StartReplicas(std::move(decision.start));
  Publish();
  if (!decision.drop.empty()) {
    runtime::Spawn(DeleteReplicas(std::move(decision.drop), under_way_.Enter()));
  }
  if (decision.auto_partition) co_await AutoPartition(*decision.auto_partition);
  co_return Result<void>();
}

// A replica that does not start takes only its own bucket offline.
Task<> Coordinator::StartReplicas(std::vector<ReplicaSpec> replicas) {
  if (replicas.empty()) co_return;
  auto failures = co_await tablets_.StartReplicas(std::move(replicas));
  for (const ReplicaFailure& failure : failures) {
    spdlog::error("coordinator: {} is offline: {}", failure.bucket.ToString(),
                  failure.error.message);
    state_.view.SetOffline(failure.bucket);
  }
}

// The assignment nodes outlive the data, so that a crash in between leaves a note of what to
// delete.
Task<> Coordinator::DeleteReplicas(std::vector<DroppedReplicas> dropped,
                                   [[maybe_unused]] runtime::Gate::Pass pass) {
  std::vector<metastore::Op> ops;
  for (DroppedReplicas& one : dropped) {
    auto failures = co_await tablets_.StopReplicas(std::move(one.replicas), /*delete_data=*/true);
    for (const ReplicaFailure& failure : failures) {
      spdlog::warn("coordinator: dropped {} is not deleted, will be at the next start: {}",
                   failure.bucket.ToString(), failure.error.message);
    }
    if (failures.empty()) ops.push_back(metastore::DeleteTreeOp(std::move(one.assignment_node)));
  }
  if (ops.empty()) co_return;
  auto done = co_await metastore::CommitAll(store_, std::move(ops));
  if (!done) spdlog::warn("coordinator: cleaning up after a drop: {}", done.error().message);
}

Task<Result<void>> Coordinator::CreateDatabase(std::string name,
                                               schema::DatabaseDescriptor descriptor,
                                               bool ignore_if_exists) {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(Decision decision,
                DecideCreateDatabase(state_, Now(), name, descriptor, ignore_if_exists));
  co_return co_await Execute(std::move(decision));
}

Task<Result<void>> Coordinator::AlterDatabase(std::string name,
                                              std::vector<schema::PropertyChange> changes,
                                              std::optional<std::string> comment,
                                              bool ignore_if_not_exists) {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(Decision decision,
                DecideAlterDatabase(state_, Now(), name, changes, comment, ignore_if_not_exists));
  co_return co_await Execute(std::move(decision));
}

Task<Result<void>> Coordinator::DropDatabase(std::string name, bool ignore_if_not_exists,
                                             bool cascade) {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(Decision decision, DecideDropDatabase(state_, name, ignore_if_not_exists, cascade));
  co_return co_await Execute(std::move(decision));
}

Task<Result<void>> Coordinator::CreateTable(TablePath path, schema::TableDescriptor descriptor,
                                            bool ignore_if_exists) {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(Decision decision,
                DecideCreateTable(state_, Now(), path, std::move(descriptor), ignore_if_exists));
  co_return co_await Execute(std::move(decision));
}

Task<Result<void>> Coordinator::AlterTable(TablePath path, TableChanges changes,
                                           bool ignore_if_not_exists) {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(Decision decision,
                DecideAlterTable(state_, Now(), path, changes, ignore_if_not_exists));
  co_return co_await Execute(std::move(decision));
}

Task<Result<void>> Coordinator::DropTable(TablePath path, bool ignore_if_not_exists) {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(Decision decision, DecideDropTable(state_, path, ignore_if_not_exists));
  co_return co_await Execute(std::move(decision));
}

Task<Result<void>> Coordinator::CreatePartition(TablePath path, schema::PartitionSpec spec,
                                                bool ignore_if_exists) {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(Decision decision,
                DecideCreatePartition(state_, Now(), path, spec, ignore_if_exists));
  co_return co_await Execute(std::move(decision));
}

Task<Result<void>> Coordinator::DropPartition(TablePath path, schema::PartitionSpec spec,
                                              bool ignore_if_not_exists) {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(Decision decision, DecideDropPartition(state_, path, spec, ignore_if_not_exists));
  co_return co_await Execute(std::move(decision));
}

Task<Result<WriterId>> Coordinator::NextWriterId() {
  auto turn = co_await writer_ids_.Enter();
  if (next_writer_id_ == writer_counter_.next) {
    int64_t end = next_writer_id_ + kWriterIdBlock;
    std::vector<metastore::Op> ops;
    ops.push_back(
        metastore::AdvanceCounterOp(metastore::paths::kWriterCounter, writer_counter_, end));
    CO_TRY(co_await metastore::CommitAll(store_, std::move(ops)));
    writer_counter_ = metastore::Advanced(writer_counter_, end);
  }
  co_return WriterId{next_writer_id_++};
}

Task<Result<int64_t>> Coordinator::TakeIds(TablePath path, int32_t column_id, int64_t count) {
  // So that the table is not dropped meanwhile, which would leave the counter behind.
  auto turn = co_await writes_.Enter();
  if (!state_.view.FindTable(path)) {
    co_return Error{ErrorCode::kTableNotExist,
                    fmt::format("Table {} does not exist", path.ToString())};
  }
  std::string node = metastore::paths::AutoIncrement(path, column_id);
  CO_TRY_ASSIGN(auto counter, co_await metastore::LoadCounter(store_, node));
  // The node holds the last number that was given.
  int64_t last = counter.next;
  if (count > std::numeric_limits<int64_t>::max() - last) {
    co_return Error{
        ErrorCode::kUnknownServerError,
        fmt::format("Table {}: the numbers of column {} have run out", path.ToString(), column_id)};
  }
  std::vector<metastore::Op> ops;
  ops.push_back(metastore::AdvanceCounterOp(node, counter, last + count));
  CO_TRY(co_await metastore::CommitAll(store_, std::move(ops)));
  co_return last + 1;
}

Task<Result<void>> Coordinator::AlterConfigs(std::vector<ConfigChange> changes) {
  auto turn = co_await writes_.Enter();
  CO_TRY_ASSIGN(Decision decision, DecideAlterConfigs(state_, options_.config_rules, changes));
  bool changed = !decision.ops.empty();
  CO_TRY(co_await Execute(std::move(decision)));
  if (changed && options_.on_configs_changed) {
    options_.on_configs_changed(state_.view.server_configs());
  }
  co_return Result<void>();
}

Task<> Coordinator::CheckAutoPartitions() {
  std::vector<TableId> partitioned;
  view()->ForEachTable([&](const auto& entry) {
    if (entry->table->is_partitioned()) partitioned.push_back(entry->info().id);
  });
  for (TableId id : partitioned) {
    auto turn = co_await writes_.Enter();
    co_await AutoPartition(id);
  }
}

Task<> Coordinator::AutoPartition(TableId id) {
  auto entry = state_.view.FindTable(id);
  if (!entry) co_return;
  TablePath path = entry->info().path;
  AutoPartitionPlan plan = PlanAutoPartition(*entry, Now());
  for (const std::string& name : plan.drop) {
    auto done = co_await Execute(DecideDropNamedPartition(state_, path, name));
    if (done) {
      spdlog::info("auto partition: dropped {}({})", path.ToString(), name);
    } else {
      spdlog::warn("auto partition: {}({}): {}", path.ToString(), name, done.error().message);
    }
  }
  for (const std::string& name : plan.create) {
    auto decision = DecideCreateNamedPartition(state_, Now(), path, name);
    Result<void> done;
    if (decision) {
      done = co_await Execute(*std::move(decision));
    } else {
      done = decision.error();
    }
    if (done) {
      spdlog::info("auto partition: created {}({})", path.ToString(), name);
    } else {
      spdlog::warn("auto partition: {}({}): {}", path.ToString(), name, done.error().message);
    }
  }
}

Task<> Coordinator::AutoPartitionLoop([[maybe_unused]] runtime::Gate::Pass pass) {
  // Not do-while: g++ 12 miscompiles co_await in its condition.
  while (true) {
    co_await CheckAutoPartitions();
    auto next_check = shard_.clock().Now() + options_.auto_partition_check_interval;
    if (co_await stopping_.WaitUntil(next_check)) co_return;
  }
}

}  // namespace millrace::coordinator
