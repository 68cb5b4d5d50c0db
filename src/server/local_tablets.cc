#include "server/local_tablets.h"

#include <spdlog/spdlog.h>

#include "server/scan_sessions.h"

namespace millrace::server {

using coordinator::ReplicaFailure;
using runtime::Task;

Result<std::shared_ptr<const replica::TableFacts>> LocalTablets::FactsOf(
    const metastore::TableMetadata& table) {
  const auto& info = table.info;
  auto facts = std::make_shared<replica::TableFacts>();
  facts->path = info.path;
  facts->id = info.id;
  facts->schemas = table.schemas;
  // Another server's tables may have properties that came after this version.
  TRY_ASSIGN(facts->config,
             schema::ParseTableConfig(info.descriptor.properties, schema::UnknownKeys::kIgnore));
  facts->partition_keys = info.descriptor.partition_keys;
  if (info.descriptor.HasPrimaryKey()) {
    facts->rows = std::make_shared<const kv::TableFormat>(info.path, table.schemas, facts->config,
                                                          info.descriptor.bucket_keys,
                                                          info.descriptor.partition_keys);
  }
  auto& known = facts_[info.id];
  auto before = known.lock();
  facts->probe = before ? before->probe : std::make_shared<replica::TableProbe>();
  known = facts;
  return facts;
}

Task<std::vector<ReplicaFailure>> LocalTablets::StartReplicas(
    std::vector<coordinator::ReplicaSpec> replicas) {
  std::vector<ReplicaFailure> failures;
  std::shared_ptr<const replica::TableFacts> facts;
  std::erase_if(facts_, [](const auto& known) { return known.second.expired(); });
  for (auto& spec : replicas) {
    // Buckets of one table come one after the other.
    if (!facts || facts->id != spec.bucket.table_id) {
      auto made = FactsOf(*spec.table);
      if (!made) {
        failures.push_back({spec.bucket, made.error()});
        facts = nullptr;
        continue;
      }
      facts = *made;
    }
    replica::BucketSpec start = {spec.bucket, spec.path, facts};
    co_await replicas_.StartReplica(std::move(start));
  }
  co_return failures;
}

Task<std::vector<ReplicaFailure>> LocalTablets::StopReplicas(std::vector<StopRequest> replicas,
                                                             bool delete_data) {
  std::vector<ReplicaFailure> failures;
  for (auto& request : replicas) {
    co_await scans_.EndOf(request.bucket);
    auto stopped = co_await replicas_.StopReplica(request.bucket, request.path, delete_data);
    co_await scans_.EndOf(request.bucket);  // that one may have begun until then
    if (!stopped) failures.push_back({request.bucket, stopped.error()});
  }
  co_return failures;
}

Task<> LocalTablets::UpdateTable(std::shared_ptr<const metastore::TableMetadata> table) {
  auto facts = FactsOf(*table);
  if (facts) {
    co_await replicas_.UpdateTable(*facts);
  } else {
    spdlog::error("{} keeps its old properties: {}", table->info.path.ToString(),
                  facts.error().message);
  }
}

}  // namespace millrace::server
