// The requests of the protocol: their keys on the wire, their names, the versions Fluss 1.0.0
// knows.
//
// These are facts about the protocol, not about what a server answers: which of them this server
// serves, and up to which version, is its own table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace millrace::protocol {

enum class ApiKey : int16_t {
  kApiVersions = 1000,
  kCreateDatabase = 1001,
  kDropDatabase = 1002,
  kListDatabases = 1003,
  kDatabaseExists = 1004,
  kCreateTable = 1005,
  kDropTable = 1006,
  kGetTableInfo = 1007,
  kListTables = 1008,
  kListPartitionInfos = 1009,
  kTableExists = 1010,
  kGetTableSchema = 1011,
  kGetMetadata = 1012,
  kUpdateMetadata = 1013,
  kProduceLog = 1014,
  kFetchLog = 1015,
  kPutKv = 1016,
  kLookup = 1017,
  kNotifyLeaderAndIsr = 1018,
  kStopReplica = 1019,
  kAdjustIsr = 1020,
  kListOffsets = 1021,
  kCommitKvSnapshot = 1022,
  kGetLatestKvSnapshots = 1023,
  kGetKvSnapshotMetadata = 1024,
  kGetFilesystemSecurityToken = 1025,
  kInitWriter = 1026,
  kCommitRemoteLogManifest = 1027,
  kNotifyRemoteLogOffsets = 1028,
  kNotifyKvSnapshotOffset = 1029,
  kCommitLakeTableSnapshot = 1030,
  kNotifyLakeTableOffset = 1031,
  kGetLakeSnapshot = 1032,
  kLimitScan = 1033,
  kPrefixLookup = 1034,
  kGetDatabaseInfo = 1035,
  kCreatePartition = 1036,
  kDropPartition = 1037,
  kAuthenticate = 1038,
  kCreateAcls = 1039,
  kListAcls = 1040,
  kDropAcls = 1041,
  kLakeTieringHeartbeat = 1042,
  kControlledShutdown = 1043,
  kAlterTable = 1044,
  kDescribeClusterConfigs = 1045,
  kAlterClusterConfigs = 1046,
  kAddServerTag = 1047,
  kRemoveServerTag = 1048,
  kRebalance = 1049,
  kListRebalanceProgress = 1050,
  kCancelRebalance = 1051,
  kPrepareLakeTableSnapshot = 1052,
  kRegisterProducerOffsets = 1053,
  kGetProducerOffsets = 1054,
  kDeleteProducerOffsets = 1055,
  kAcquireKvSnapshotLease = 1056,
  kReleaseKvSnapshotLease = 1057,
  kDropKvSnapshotLease = 1058,
  kGetTableStats = 1059,
  kAlterDatabase = 1060,
  kScanKv = 1061,
  kGetClusterHealth = 1062,
  kListRemoteLogManifests = 1063,
  kListKvSnapshots = 1064,
  kAddServerTagByRack = 1065,
  kRemoveServerTagByRack = 1066,
};

struct ApiInfo {
  ApiKey key;
  std::string_view name;  // as logs and metrics print it, e.g. "PRODUCE_LOG"
  int16_t min_version;
  int16_t max_version;
};

// All known requests in ascending order of key, with the versions of Fluss 1.0.0. The first version
// is 0 for all; what the later ones add is told in docs/protocol/apis.md.
std::span<const ApiInfo> KnownApis();

// The request with this key, or null. Constant time; any thread.
const ApiInfo* FindApi(int16_t key);

// The same for a key of the enumeration, which is always known.
const ApiInfo& InfoOf(ApiKey key);

// The key's name, or "UNKNOWN" for a number that is no request's.
std::string_view ApiName(int16_t key);

}  // namespace millrace::protocol
