// The messages of requests that protobuf reads. The first byte says which.
#include "fuzz/input.h"
#include "protocol/basic.pb.h"
#include "protocol/catalog.pb.h"
#include "protocol/cluster.pb.h"
#include "protocol/lake.pb.h"
#include "protocol/log.pb.h"
#include "protocol/message_codec.h"
#include "protocol/metadata.pb.h"
#include "protocol/snapshot.pb.h"

namespace millrace::fuzz {
namespace {

using namespace proto;  // NOLINT: thirty names of it

template <class Message>
void RunMessage(Bytes body) {
  auto message = protocol::ParseMessage<Message>(body);
  if (!message) return;
  std::string bytes = protocol::Serialize(*message);
  auto again = Must(protocol::ParseMessage<Message>(AsBytes(bytes)));
  MILLRACE_CHECK(protocol::Serialize(again) == bytes,
                 "a message changed by being written and read");
}

// Order matters: the kept inputs begin with an index into it.
constexpr void (*kMessages[])(Bytes) = {
    RunMessage<ApiVersionsRequest>,
    RunMessage<CreateDatabaseRequest>,
    RunMessage<DropDatabaseRequest>,
    RunMessage<ListDatabasesRequest>,
    RunMessage<DatabaseExistsRequest>,
    RunMessage<CreateTableRequest>,
    RunMessage<DropTableRequest>,
    RunMessage<GetTableInfoRequest>,
    RunMessage<ListTablesRequest>,
    RunMessage<ListPartitionInfosRequest>,
    RunMessage<TableExistsRequest>,
    RunMessage<GetTableSchemaRequest>,
    RunMessage<MetadataRequest>,
    RunMessage<ListOffsetsRequest>,
    RunMessage<GetLatestKvSnapshotsRequest>,
    RunMessage<GetFileSystemSecurityTokenRequest>,
    RunMessage<InitWriterRequest>,
    RunMessage<GetLakeSnapshotRequest>,
    RunMessage<LimitScanRequest>,
    RunMessage<GetDatabaseInfoRequest>,
    RunMessage<CreatePartitionRequest>,
    RunMessage<DropPartitionRequest>,
    RunMessage<AuthenticateRequest>,
    RunMessage<AlterTableRequest>,
    RunMessage<DescribeClusterConfigsRequest>,
    RunMessage<AlterClusterConfigsRequest>,
    RunMessage<GetTableStatsRequest>,
    RunMessage<AlterDatabaseRequest>,
    RunMessage<GetClusterHealthRequest>,
    RunMessage<ProduceLogRequest>,
    RunMessage<FetchLogRequest>,
    RunMessage<ErrorResponse>,
};

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  auto run = kMessages[input.Below(std::size(kMessages))];
  run(Exactly(input.Rest()));
}

}  // namespace millrace::fuzz
