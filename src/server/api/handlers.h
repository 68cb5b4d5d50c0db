// The handlers, one file each: <name>.cc.
#pragma once

#include "server/call.h"

namespace millrace::server {

runtime::Task<Result<Body>> ApiVersions(const Call& call);
runtime::Task<Result<Body>> CreateDatabase(const Call& call);
runtime::Task<Result<Body>> DropDatabase(const Call& call);
runtime::Task<Result<Body>> ListDatabases(const Call& call);
runtime::Task<Result<Body>> DatabaseExists(const Call& call);
runtime::Task<Result<Body>> CreateTable(const Call& call);
runtime::Task<Result<Body>> DropTable(const Call& call);
runtime::Task<Result<Body>> GetTableInfo(const Call& call);
runtime::Task<Result<Body>> ListTables(const Call& call);
runtime::Task<Result<Body>> ListPartitionInfos(const Call& call);
runtime::Task<Result<Body>> TableExists(const Call& call);
runtime::Task<Result<Body>> GetTableSchema(const Call& call);
runtime::Task<Result<Body>> GetMetadata(const Call& call);
runtime::Task<Result<Body>> ProduceLog(const Call& call);
runtime::Task<Result<Body>> FetchLog(const Call& call);
runtime::Task<Result<Body>> PutKv(const Call& call);
runtime::Task<Result<Body>> Lookup(const Call& call);
runtime::Task<Result<Body>> ListOffsets(const Call& call);
runtime::Task<Result<Body>> GetLatestKvSnapshots(const Call& call);
runtime::Task<Result<Body>> GetFilesystemSecurityToken(const Call& call);
runtime::Task<Result<Body>> InitWriter(const Call& call);
runtime::Task<Result<Body>> GetLakeSnapshot(const Call& call);
runtime::Task<Result<Body>> LimitScan(const Call& call);
runtime::Task<Result<Body>> PrefixLookup(const Call& call);
runtime::Task<Result<Body>> GetDatabaseInfo(const Call& call);
runtime::Task<Result<Body>> CreatePartition(const Call& call);
runtime::Task<Result<Body>> DropPartition(const Call& call);
runtime::Task<Result<Body>> Authenticate(const Call& call);
runtime::Task<Result<Body>> AlterTable(const Call& call);
runtime::Task<Result<Body>> DescribeClusterConfigs(const Call& call);
runtime::Task<Result<Body>> AlterClusterConfigs(const Call& call);
runtime::Task<Result<Body>> GetTableStats(const Call& call);
runtime::Task<Result<Body>> AlterDatabase(const Call& call);
runtime::Task<Result<Body>> ScanKv(const Call& call);
runtime::Task<Result<Body>> RegisterProducerOffsets(const Call& call);
runtime::Task<Result<Body>> GetProducerOffsets(const Call& call);
runtime::Task<Result<Body>> DeleteProducerOffsets(const Call& call);
runtime::Task<Result<Body>> AcquireKvSnapshotLease(const Call& call);
runtime::Task<Result<Body>> ReleaseKvSnapshotLease(const Call& call);
runtime::Task<Result<Body>> DropKvSnapshotLease(const Call& call);
runtime::Task<Result<Body>> GetClusterHealth(const Call& call);

}  // namespace millrace::server
