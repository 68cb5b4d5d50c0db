#include "server/api/table.h"

#include <algorithm>
#include <array>

#include "server/api/handlers.h"

namespace millrace::server {
namespace {

using protocol::ApiKey;

constexpr Api kApis[] = {
    {ApiKey::kApiVersions, 0, ApiVersions},
    {ApiKey::kCreateDatabase, 0, CreateDatabase},
    {ApiKey::kDropDatabase, 0, DropDatabase},
    {ApiKey::kListDatabases, 0, ListDatabases},
    {ApiKey::kDatabaseExists, 0, DatabaseExists},
    {ApiKey::kCreateTable, 0, CreateTable},
    {ApiKey::kDropTable, 0, DropTable},
    {ApiKey::kGetTableInfo, 0, GetTableInfo},
    {ApiKey::kListTables, 0, ListTables},
    {ApiKey::kListPartitionInfos, 0, ListPartitionInfos},
    {ApiKey::kTableExists, 0, TableExists},
    {ApiKey::kGetTableSchema, 0, GetTableSchema},
    {ApiKey::kGetMetadata, 0, GetMetadata},
    {ApiKey::kProduceLog, 0, ProduceLog},
    {ApiKey::kFetchLog, 0, FetchLog},
    {ApiKey::kPutKv, 3, PutKv},
    {ApiKey::kLookup, 1, Lookup},
    {ApiKey::kListOffsets, 0, ListOffsets},
    {ApiKey::kGetLatestKvSnapshots, 0, GetLatestKvSnapshots},
    {ApiKey::kGetFilesystemSecurityToken, 0, GetFilesystemSecurityToken},
    {ApiKey::kInitWriter, 0, InitWriter},
    {ApiKey::kGetLakeSnapshot, 0, GetLakeSnapshot},
    {ApiKey::kLimitScan, 0, LimitScan},
    {ApiKey::kPrefixLookup, 1, PrefixLookup},
    {ApiKey::kGetDatabaseInfo, 0, GetDatabaseInfo},
    {ApiKey::kCreatePartition, 0, CreatePartition},
    {ApiKey::kDropPartition, 0, DropPartition},
    {ApiKey::kAuthenticate, 0, Authenticate},
    {ApiKey::kAlterTable, 0, AlterTable},
    {ApiKey::kDescribeClusterConfigs, 0, DescribeClusterConfigs},
    {ApiKey::kAlterClusterConfigs, 0, AlterClusterConfigs},
    {ApiKey::kRegisterProducerOffsets, 0, RegisterProducerOffsets},
    {ApiKey::kGetProducerOffsets, 0, GetProducerOffsets},
    {ApiKey::kDeleteProducerOffsets, 0, DeleteProducerOffsets},
    {ApiKey::kAcquireKvSnapshotLease, 0, AcquireKvSnapshotLease},
    {ApiKey::kReleaseKvSnapshotLease, 0, ReleaseKvSnapshotLease},
    {ApiKey::kDropKvSnapshotLease, 0, DropKvSnapshotLease},
    {ApiKey::kGetTableStats, 0, GetTableStats},
    {ApiKey::kAlterDatabase, 0, AlterDatabase},
    {ApiKey::kScanKv, 0, ScanKv},
    {ApiKey::kGetClusterHealth, 0, GetClusterHealth},
};

}  // namespace

std::span<const Api> ServedApis() {
  return kApis;
}

const Api* FindServedApi(int16_t key) {
  auto it = std::ranges::lower_bound(kApis, static_cast<ApiKey>(key), {}, &Api::key);
  return it != std::end(kApis) && it->key == static_cast<ApiKey>(key) ? it : nullptr;
}

}  // namespace millrace::server
