#include <fmt/format.h>

#include <algorithm>

#include "coordinator/decide/buckets.h"
#include "coordinator/decide/decide.h"
#include "schema/table_config.h"

namespace millrace::coordinator {
namespace {

namespace paths = metastore::paths;

// The properties of a table that exists were checked when it was made; one of another server's may
// have options this one does not know.
Result<schema::TableConfig> ConfigOf(const metastore::TableInfo& table) {
  return schema::ParseTableConfig(table.descriptor.properties, schema::UnknownKeys::kIgnore);
}

// Rules of schema/ know no table names.
Error About(const TablePath& path, Error error) {
  error.message = fmt::format("Table {}: {}", path.ToString(), error.message);
  return error;
}

std::string Where(const TablePath& path, const std::string& partition) {
  return PhysicalTablePath{path, partition}.ToString();
}

Result<void> CheckMayCreate(const TableEntry& entry, const Context& context,
                            const std::string& name) {
  const metastore::TableInfo& info = entry.info();
  const Limits& limits = context.limits;
  TRY_ASSIGN(auto config, ConfigOf(info));
  int32_t replicas = config.replication_factor.value_or(limits.tables.default_replication_factor);
  if (replicas > limits.tables.live_servers) {
    return Error{ErrorCode::kInvalidReplicationFactor,
                 fmt::format("Partition {} wants {} replicas, there are {} tablet servers",
                             Where(info.path, name), replicas, limits.tables.live_servers)};
  }
  if (entry.partitions.contains(name)) {
    return Error{ErrorCode::kPartitionAlreadyExists,
                 fmt::format("Partition {} already exists", Where(info.path, name))};
  }
  if (entry.partitions.size() >= static_cast<size_t>(limits.max_partition_num)) {
    return Error{ErrorCode::kPartitionMaxNum,
                 fmt::format("Table {} has {} partitions, max.partition.num allows no more",
                             info.path.ToString(), entry.partitions.size())};
  }
  if (entry.table->bucket_count() > limits.tables.max_buckets) {
    return Error{ErrorCode::kBucketMaxNum,
                 fmt::format("Partition {} would have {} buckets, max.bucket.num allows {}",
                             Where(info.path, name), entry.table->bucket_count(),
                             limits.tables.max_buckets)};
  }
  return {};
}

}  // namespace

Result<Decision> DecideCreateNamedPartition(const State& state, const Context& context,
                                            const TablePath& path, const std::string& name) {
  TRY_ASSIGN(auto entry, state.view.GetTable(path));
  TRY(CheckMayCreate(*entry, context, name));
  const metastore::TableMetadata& table = *entry->table;

  auto partition = std::make_shared<PartitionMetadata>();
  partition->info = {.id = {state.next_partition.next},
                     .table_id = table.info.id,
                     .name = name,
                     .remote_data_dir = context.remote_data_dir};
  NewBuckets made = MakeBuckets(table, partition->info.id, context);
  partition->buckets = std::move(made.buckets);

  Decision decision{.next = state};
  int64_t next_id = partition->info.id.value + 1;
  decision.ops = {
      metastore::AdvanceCounterOp(paths::kPartitionCounter, state.next_partition, next_id),
      metastore::CreateOp(paths::Partition(path, name),
                          metastore::EncodePartition(partition->info))};
  std::ranges::move(made.ops, std::back_inserter(decision.ops));
  decision.next.next_partition = metastore::Advanced(state.next_partition, next_id);
  AddReplicas(entry->table, partition.get(), partition->buckets, decision.start);

  auto next = std::make_shared<TableEntry>(*entry);
  next->partitions[name] = std::move(partition);
  decision.next.view.PutTable(std::move(next));
  return decision;
}

Decision DecideDropNamedPartition(const State& state, const TablePath& path,
                                  const std::string& name) {
  auto entry = state.view.FindTable(path);
  Decision decision{.next = state};
  decision.ops = {metastore::DeleteTreeOp(paths::Partition(path, name))};
  AddDroppedPartition(*entry, *entry->partitions.at(name), decision.drop);
  auto next = std::make_shared<TableEntry>(*entry);
  next->partitions.erase(name);
  decision.next.view.PutTable(std::move(next));
  return decision;
}

Result<Decision> DecideCreatePartition(const State& state, const Context& context,
                                       const TablePath& path, const schema::PartitionSpec& spec,
                                       bool ignore_if_exists) {
  TRY_ASSIGN(auto entry, state.view.GetTable(path));
  const schema::TableDescriptor& descriptor = entry->info().descriptor;
  auto name = schema::PartitionName(descriptor, spec, /*creating=*/true);
  if (!name) return About(path, std::move(name).error());
  TRY_ASSIGN(auto config, ConfigOf(entry->info()));
  auto timely = schema::CheckAutoPartitionValue(config.auto_partition, descriptor.partition_keys,
                                                spec, context.now);
  if (!timely) return About(path, std::move(timely).error());
  if (ignore_if_exists && entry->partitions.contains(*name)) return Decision();
  return DecideCreateNamedPartition(state, context, path, *name);
}

Result<Decision> DecideDropPartition(const State& state, const TablePath& path,
                                     const schema::PartitionSpec& spec, bool ignore_if_not_exists) {
  TRY_ASSIGN(auto entry, state.view.GetTable(path));
  auto name = schema::PartitionName(entry->info().descriptor, spec, /*creating=*/false);
  if (!name) return About(path, std::move(name).error());
  if (entry->partitions.contains(*name)) return DecideDropNamedPartition(state, path, *name);
  if (ignore_if_not_exists) return Decision();
  return Error{ErrorCode::kPartitionNotExists,
               fmt::format("Partition {} does not exist", Where(path, *name))};
}

AutoPartitionPlan PlanAutoPartition(const TableEntry& table, const Context& context) {
  AutoPartitionPlan plan;
  auto config = ConfigOf(table.info());
  if (!config || !config->auto_partition.enabled) return plan;
  const auto& keys = table.info().descriptor.partition_keys;
  std::vector<std::string> existing;
  for (const auto& [name, partition] : table.partitions) existing.push_back(name);
  plan.drop = schema::PartitionsToDrop(config->auto_partition, keys, existing, context.now);
  size_t kept = existing.size() - plan.drop.size();
  size_t allowed = static_cast<size_t>(context.limits.max_partition_num);
  plan.create = schema::PartitionsToCreate(config->auto_partition, keys, existing, context.now,
                                           allowed > kept ? allowed - kept : 0);
  return plan;
}

}  // namespace millrace::coordinator
