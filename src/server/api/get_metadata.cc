// GET_METADATA 1012, version 0. Both roles. Shows tables that DESCRIBE allows.
#include "coordinator/coordinator.h"
#include "protocol/metadata.pb.h"
#include "server/api/handlers.h"
#include "server/api/messages.h"

namespace millrace::server {

namespace {

const Endpoint* EndpointOf(const Call& call) {
  for (const auto& endpoint : call.services.endpoints) {
    if (endpoint.listener == call.peer.listener) return &endpoint;
  }
  return nullptr;
}

void SetNode(proto::PbServerNode& node, int32_t id, const Endpoint& endpoint) {
  node.set_node_id(id);
  node.set_host(endpoint.advertised.host);
  node.set_port(endpoint.advertised.port);
}

void SetBucket(proto::PbBucketMetadata& to, const coordinator::BucketMetadata& bucket) {
  to.set_bucket_id(bucket.id.value);
  for (ServerId replica : bucket.replicas) to.add_replica_id(replica.value);
  if (!bucket.state) return;
  // Without a leader the field stays out: clients then ask again.
  if (bucket.state->leader.value >= 0) to.set_leader_id(bucket.state->leader.value);
  to.set_leader_epoch(bucket.state->leader_epoch.value);
  to.set_bucket_epoch(bucket.state->bucket_epoch);
  for (ServerId replica : bucket.state->isr) to.add_isr(replica.value);
}

void AddTable(proto::MetadataResponse& response, const coordinator::TableEntry& entry) {
  const auto& info = entry.info();
  auto* table = response.add_table_metadata();
  table->mutable_table_path()->set_database_name(info.path.database);
  table->mutable_table_path()->set_table_name(info.path.table);
  table->set_table_id(info.id.value);
  table->set_schema_id(info.schema_id.value);
  table->set_table_json(entry.table->descriptor_json);
  table->set_created_time(info.created.value);
  table->set_modified_time(info.modified.value);
  if (info.remote_data_dir) table->set_remote_data_dir(*info.remote_data_dir);
  for (const auto& bucket : entry.buckets) SetBucket(*table->add_bucket_metadata(), bucket);
}

void AddPartition(proto::MetadataResponse& response, const coordinator::PartitionEntry& entry) {
  auto* partition = response.add_partition_metadata();
  partition->set_table_id(entry.table->info().id.value);
  partition->set_partition_name(entry.partition->info.name);
  partition->set_partition_id(entry.partition->info.id.value);
  for (const auto& bucket : entry.partition->buckets) {
    SetBucket(*partition->add_bucket_metadata(), bucket);
  }
  partition->set_bucket_count(static_cast<int32_t>(entry.partition->buckets.size()));
}

Error NoPartition(std::string what) {
  return {ErrorCode::kPartitionNotExists, std::move(what) + " does not exist."};
}

}  // namespace

runtime::Task<Result<Body>> GetMetadata(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParseMessage<proto::MetadataRequest>(call.body));
  auto view = call.services.coordinator.view();
  proto::MetadataResponse response;
  if (const Endpoint* endpoint = EndpointOf(call)) {
    SetNode(*response.mutable_coordinator_server(), 0, *endpoint);
    auto* tablet = response.add_tablet_servers();
    SetNode(*tablet, call.services.server_id.value, *endpoint);
    if (!call.services.rack.empty()) tablet->set_rack(call.services.rack);
  }
  for (const auto& path : request.table_path()) {
    CO_TRY_ASSIGN(auto entry, view->GetTable(ToPath(path)));
    AddTable(response, *entry);
  }
  for (const auto& path : request.partitions_path()) {
    PhysicalTablePath physical = {{path.database_name(), path.table_name()}, path.partition_name()};
    auto entry = view->FindPartition(physical);
    if (!entry) co_return NoPartition("Table partition '" + physical.ToString() + "'");
    AddPartition(response, *entry);
  }
  for (int64_t id : request.partitions_id()) {
    auto entry = view->FindPartition(PartitionId{id});
    if (!entry) co_return NoPartition("Partition with id " + std::to_string(id));
    AddPartition(response, *entry);
  }
  co_return Encode(response);
}

}  // namespace millrace::server
