#include "protocol/api.h"

#include <array>
#include <cstddef>

#include "base/check.h"

namespace millrace::protocol {
namespace {

// The keys are consecutive: a request stands at its key less the first one.
constexpr std::array kApis = std::to_array<ApiInfo>({
    {ApiKey::kApiVersions, "API_VERSIONS", 0, 0},
    {ApiKey::kCreateDatabase, "CREATE_DATABASE", 0, 0},
    {ApiKey::kDropDatabase, "DROP_DATABASE", 0, 0},
    {ApiKey::kListDatabases, "LIST_DATABASES", 0, 0},
    {ApiKey::kDatabaseExists, "DATABASE_EXISTS", 0, 0},
    {ApiKey::kCreateTable, "CREATE_TABLE", 0, 0},
    {ApiKey::kDropTable, "DROP_TABLE", 0, 0},
    {ApiKey::kGetTableInfo, "GET_TABLE_INFO", 0, 0},
    {ApiKey::kListTables, "LIST_TABLES", 0, 0},
    {ApiKey::kListPartitionInfos, "LIST_PARTITION_INFOS", 0, 0},
    {ApiKey::kTableExists, "TABLE_EXISTS", 0, 0},
    {ApiKey::kGetTableSchema, "GET_TABLE_SCHEMA", 0, 0},
    {ApiKey::kGetMetadata, "GET_METADATA", 0, 0},
    {ApiKey::kUpdateMetadata, "UPDATE_METADATA", 0, 0},
    {ApiKey::kProduceLog, "PRODUCE_LOG", 0, 1},
    {ApiKey::kFetchLog, "FETCH_LOG", 0, 0},
    {ApiKey::kPutKv, "PUT_KV", 0, 3},
    {ApiKey::kLookup, "LOOKUP", 0, 1},
    {ApiKey::kNotifyLeaderAndIsr, "NOTIFY_LEADER_AND_ISR", 0, 0},
    {ApiKey::kStopReplica, "STOP_REPLICA", 0, 0},
    {ApiKey::kAdjustIsr, "ADJUST_ISR", 0, 0},
    {ApiKey::kListOffsets, "LIST_OFFSETS", 0, 0},
    {ApiKey::kCommitKvSnapshot, "COMMIT_KV_SNAPSHOT", 0, 0},
    {ApiKey::kGetLatestKvSnapshots, "GET_LATEST_KV_SNAPSHOTS", 0, 0},
    {ApiKey::kGetKvSnapshotMetadata, "GET_KV_SNAPSHOT_METADATA", 0, 1},
    {ApiKey::kGetFilesystemSecurityToken, "GET_FILESYSTEM_SECURITY_TOKEN", 0, 0},
    {ApiKey::kInitWriter, "INIT_WRITER", 0, 0},
    {ApiKey::kCommitRemoteLogManifest, "COMMIT_REMOTE_LOG_MANIFEST", 0, 0},
    {ApiKey::kNotifyRemoteLogOffsets, "NOTIFY_REMOTE_LOG_OFFSETS", 0, 0},
    {ApiKey::kNotifyKvSnapshotOffset, "NOTIFY_KV_SNAPSHOT_OFFSET", 0, 0},
    {ApiKey::kCommitLakeTableSnapshot, "COMMIT_LAKE_TABLE_SNAPSHOT", 0, 0},
    {ApiKey::kNotifyLakeTableOffset, "NOTIFY_LAKE_TABLE_OFFSET", 0, 0},
    {ApiKey::kGetLakeSnapshot, "GET_LAKE_SNAPSHOT", 0, 0},
    {ApiKey::kLimitScan, "LIMIT_SCAN", 0, 0},
    {ApiKey::kPrefixLookup, "PREFIX_LOOKUP", 0, 1},
    {ApiKey::kGetDatabaseInfo, "GET_DATABASE_INFO", 0, 0},
    {ApiKey::kCreatePartition, "CREATE_PARTITION", 0, 0},
    {ApiKey::kDropPartition, "DROP_PARTITION", 0, 0},
    {ApiKey::kAuthenticate, "AUTHENTICATE", 0, 0},
    {ApiKey::kCreateAcls, "CREATE_ACLS", 0, 0},
    {ApiKey::kListAcls, "LIST_ACLS", 0, 0},
    {ApiKey::kDropAcls, "DROP_ACLS", 0, 0},
    {ApiKey::kLakeTieringHeartbeat, "LAKE_TIERING_HEARTBEAT", 0, 0},
    {ApiKey::kControlledShutdown, "CONTROLLED_SHUTDOWN", 0, 0},
    {ApiKey::kAlterTable, "ALTER_TABLE", 0, 1},
    {ApiKey::kDescribeClusterConfigs, "DESCRIBE_CLUSTER_CONFIGS", 0, 0},
    {ApiKey::kAlterClusterConfigs, "ALTER_CLUSTER_CONFIGS", 0, 0},
    {ApiKey::kAddServerTag, "ADD_SERVER_TAG", 0, 0},
    {ApiKey::kRemoveServerTag, "REMOVE_SERVER_TAG", 0, 0},
    {ApiKey::kRebalance, "REBALANCE", 0, 0},
    {ApiKey::kListRebalanceProgress, "LIST_REBALANCE_PROGRESS", 0, 0},
    {ApiKey::kCancelRebalance, "CANCEL_REBALANCE", 0, 0},
    {ApiKey::kPrepareLakeTableSnapshot, "PREPARE_LAKE_TABLE_SNAPSHOT", 0, 0},
    {ApiKey::kRegisterProducerOffsets, "REGISTER_PRODUCER_OFFSETS", 0, 0},
    {ApiKey::kGetProducerOffsets, "GET_PRODUCER_OFFSETS", 0, 0},
    {ApiKey::kDeleteProducerOffsets, "DELETE_PRODUCER_OFFSETS", 0, 0},
    {ApiKey::kAcquireKvSnapshotLease, "ACQUIRE_KV_SNAPSHOT_LEASE", 0, 0},
    {ApiKey::kReleaseKvSnapshotLease, "RELEASE_KV_SNAPSHOT_LEASE", 0, 0},
    {ApiKey::kDropKvSnapshotLease, "DROP_KV_SNAPSHOT_LEASE", 0, 0},
    {ApiKey::kGetTableStats, "GET_TABLE_STATS", 0, 0},
    {ApiKey::kAlterDatabase, "ALTER_DATABASE", 0, 0},
    {ApiKey::kScanKv, "SCAN_KV", 0, 0},
    {ApiKey::kGetClusterHealth, "GET_CLUSTER_HEALTH", 0, 0},
    {ApiKey::kListRemoteLogManifests, "LIST_REMOTE_LOG_MANIFESTS", 0, 0},
    {ApiKey::kListKvSnapshots, "LIST_KV_SNAPSHOTS", 0, 0},
    {ApiKey::kAddServerTagByRack, "ADD_SERVER_TAG_BY_RACK", 0, 0},
    {ApiKey::kRemoveServerTagByRack, "REMOVE_SERVER_TAG_BY_RACK", 0, 0},
});

constexpr int kFirstKey = static_cast<int>(kApis.front().key);

constexpr bool Consecutive() {
  for (size_t i = 0; i < kApis.size(); ++i) {
    if (static_cast<int>(kApis[i].key) != kFirstKey + static_cast<int>(i)) return false;
  }
  return true;
}
static_assert(Consecutive());

}  // namespace

std::span<const ApiInfo> KnownApis() {
  return kApis;
}

const ApiInfo* FindApi(int16_t key) {
  int index = key - kFirstKey;
  if (index < 0 || index >= static_cast<int>(kApis.size())) return nullptr;
  return &kApis[index];
}

const ApiInfo& InfoOf(ApiKey key) {
  const ApiInfo* info = FindApi(static_cast<int16_t>(key));
  MILLRACE_CHECK(info != nullptr, "an API key outside the enumeration");
  return *info;
}

std::string_view ApiName(int16_t key) {
  const ApiInfo* info = FindApi(key);
  return info == nullptr ? "UNKNOWN" : info->name;
}

}  // namespace millrace::protocol
