// A whole node in this process but for the sockets, for tests: requests as frames, and the answers.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/crc32c.h"
#include "base/endian.h"
#include "coordinator/coordinator.h"
#include "metastore/embedded/embedded_store.h"
#include "protocol/api.h"
#include "protocol/catalog.pb.h"
#include "protocol/log.pb.h"
#include "protocol/message_codec.h"
#include "record/golden_batches.h"
#include "replica/replica_manager.h"
#include "runtime/runtime.h"
#include "server/dispatcher.h"
#include "server/local_ids.h"
#include "server/local_tablets.h"
#include "server/scan_sessions.h"

namespace millrace::server {

using protocol::ApiKey;
using runtime::Task;

// (id INT, name STRING, v BIGINT), as the golden batches have it.
inline constexpr std::string_view kTableJson = R"({"version":1,"schema":{"version":1,"columns":[
  {"name":"id","data_type":{"type":"INTEGER"},"id":0},
  {"name":"name","data_type":{"type":"STRING"},"id":1},
  {"name":"v","data_type":{"type":"BIGINT"},"id":2}]PRIMARY_KEY,"highest_field_id":2},
  "partition_key":[PARTITION_KEY],"bucket_key":[],"bucket_count":2,
  "properties":{"table.log.arrow.compression.type":"NONE"MORE_PROPERTIES},"custom_properties":{}})";

// What kTableJson leaves open.
struct TableParts {
  std::string partition_key = "";  // a JSON string
  std::string primary_key = "";    // as JSON strings, separated by commas
  std::string properties = "";     // more members of the object
};

struct Answer {
  int type = -1;  // 0 success, 1 error
  int32_t request_id = 0;
  std::string body;

  template <class Message>
  Message As() const {
    EXPECT_EQ(type, 0);
    auto message = protocol::ParseMessage<Message>(AsBytes(body));
    EXPECT_TRUE(message);
    return message ? *message : Message();
  }
  int error_code() const {
    if (type == 0) return 0;
    auto error = protocol::ParseMessage<proto::ErrorResponse>(AsBytes(body));
    return error ? error->error_code() : INT32_MIN;
  }
  std::string error_message() const {
    return protocol::ParseMessage<proto::ErrorResponse>(AsBytes(body))->error_message();
  }
};

inline std::string TextOf(const std::vector<net::Piece>& pieces) {
  std::string text;
  for (const auto& piece : pieces) {
    if (auto* own = std::get_if<std::string>(&piece)) {
      text += *own;
      continue;
    }
    const auto& range = std::get<runtime::FileRange>(piece);
    std::string bytes(range.size, '\0');
    EXPECT_TRUE(range.file->Read(range.position, record::AsMutableBytes(bytes)));
    text += bytes;
  }
  return text;
}

class NodeTest : public testing::Test {
 protected:
  NodeTest() {
    directory_ = testing::TempDir() + "/node-test-" +
                 testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    auto store = metastore::OpenEmbeddedStore(directory_ + "/metadata", runtime_.blocking_pool());
    EXPECT_TRUE(store);
    store_ = std::move(*store);
    std::vector<runtime::Shard*> shards = {&runtime_.shard(0), &runtime_.shard(1)};
    replicas_ = std::make_unique<replica::ReplicaManager>(
        shards,
        replica::Environment{runtime::SystemDisk(), runtime_.blocking_pool(), &row_stores_, &ids_},
        options_);
    scans_ = std::make_unique<ScanSessions>(runtime_.shard(0), runtime::SystemClock(),
                                            runtime_.blocking_pool(), ScanOptions());
    tablets_ = std::make_unique<LocalTablets>(*replicas_, *scans_);
    coordinator_ = std::make_unique<coordinator::Coordinator>(
        runtime_.shard(0), runtime::SystemClock(), *store_, *tablets_,
        coordinator::CoordinatorOptions{.tablet_server = {3}});
    ids_.Attach(*coordinator_);
    services_ = std::make_unique<Services>(Services{*coordinator_,
                                                    *replicas_,
                                                    *scans_,
                                                    runtime_.blocking_pool(),
                                                    {3},
                                                    "rack",
                                                    {{"FLUSS", {"somewhere", 9123}}}});
    dispatcher_ = std::make_unique<Dispatcher>(*services_, probe_);
    runtime_.BlockOn(Start());
  }
  ~NodeTest() override {
    runtime_.BlockOn(Stop());
    std::filesystem::remove_all(directory_);
  }
  Task<> Start() {
    EXPECT_TRUE(co_await replicas_->Start());
    EXPECT_TRUE(co_await coordinator_->Start());
  }
  Task<> Stop() {
    co_await coordinator_->Stop();
    co_await scans_->Stop();
    EXPECT_TRUE(co_await replicas_->Stop());
  }

  Task<> Handle(int16_t key, int16_t version, std::string body, std::vector<net::Piece>& pieces) {
    // As a connection does: the request in a buffer that goes with it.
    net::Request request;
    request.header = {key, version, 77};
    request.frame.buffer = SharedBuffer(body.size());
    request.body = request.frame.buffer.bytes();
    std::ranges::copy(AsBytes(body), request.body.begin());
    request.received = runtime::Shard::Current()->clock().Now();
    pieces = co_await dispatcher_->Handle(peer_, std::move(request));
  }
  Answer Call(int16_t key, std::string body, int16_t version = 0) {
    std::vector<net::Piece> pieces;
    runtime_.BlockOn(Handle(key, version, std::move(body), pieces));
    std::string text = TextOf(pieces);
    Answer answer;
    EXPECT_GE(text.size(), 9u);
    if (text.size() < 9) return answer;
    auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    EXPECT_EQ(LoadBig<int32_t>(bytes), static_cast<int32_t>(text.size() - 4));
    answer.type = text[4];
    answer.request_id = LoadBig<int32_t>(bytes + 5);
    EXPECT_EQ(answer.request_id, 77);
    answer.body = text.substr(9);
    return answer;
  }
  Answer Call(ApiKey key, const google::protobuf::MessageLite& message, int16_t version = 0) {
    return Call(static_cast<int16_t>(key), protocol::Serialize(message), version);
  }

  Answer CreateTable(const std::string& name, const TableParts& parts = {}) {
    proto::CreateTableRequest request;
    request.mutable_table_path()->set_database_name("fluss");
    request.mutable_table_path()->set_table_name(name);
    std::string json(kTableJson);
    auto fill = [&](std::string_view place, const std::string& text) {
      json.replace(json.find(place), place.size(), text);
    };
    fill("PARTITION_KEY", parts.partition_key);
    fill("PRIMARY_KEY",
         parts.primary_key.empty() ? "" : fmt::format(",\"primary_key\":[{}]", parts.primary_key));
    fill("MORE_PROPERTIES", parts.properties.empty() ? "" : "," + parts.properties);
    request.set_table_json(json);
    request.set_ignore_if_exists(false);
    return Call(ApiKey::kCreateTable, request);
  }
  int CreatePartition(const std::string& table, const std::string& key, const std::string& value) {
    proto::CreatePartitionRequest create;
    create.mutable_table_path()->set_database_name("fluss");
    create.mutable_table_path()->set_table_name(table);
    auto* pair = create.mutable_partition_spec()->add_partition_key_values();
    pair->set_key(key);
    pair->set_value(value);
    create.set_ignore_if_not_exists(false);
    return Call(ApiKey::kCreatePartition, create).error_code();
  }
  int DropTable(const std::string& name) {
    proto::DropTableRequest drop;
    drop.mutable_table_path()->set_database_name("fluss");
    drop.mutable_table_path()->set_table_name(name);
    drop.set_ignore_if_not_exists(false);
    return Call(ApiKey::kDropTable, drop).error_code();
  }
  int64_t TableId(const std::string& name) {
    proto::GetTableInfoRequest request;
    request.mutable_table_path()->set_database_name("fluss");
    request.mutable_table_path()->set_table_name(name);
    return Call(ApiKey::kGetTableInfo, request).As<proto::GetTableInfoResponse>().table_id();
  }
  static proto::ProduceLogRequest Produce(int64_t table, int acks, std::vector<int32_t> buckets) {
    proto::ProduceLogRequest request;
    request.set_acks(acks);
    request.set_table_id(table);
    request.set_timeout_ms(1000);
    for (int32_t id : buckets) {
      auto* bucket = request.add_buckets_req();
      bucket->set_bucket_id(id);
      bucket->set_records(Batch());
    }
    return request;
  }
  // Three rows without a writer.
  static std::string Batch() {
    std::string bytes = record::FromHex(record::kArrowPlain);
    auto* b = record::AsMutableBytes(bytes).data();
    StoreLittle<int64_t>(b + 32, record::kNoWriterId);
    StoreLittle<int32_t>(b + 40, record::kNoSequence);
    StoreLittle<uint32_t>(b + 21, Crc32c(AsBytes(bytes).subspan(25)));
    return bytes;
  }

  runtime::Runtime runtime_{2, 2};
  std::string directory_;
  std::atomic<int64_t> write_limit_ = std::bit_cast<int64_t>(1.0);
  std::atomic<int64_t> roll_active_ = 0;
  replica::ReplicaOptions options_{
      testing::TempDir() + "/node-test-" +
          testing::UnitTest::GetInstance()->current_test_info()->name() + "/data",
      {},
      {LiveOption<double>(&write_limit_), LiveOption<double>(&write_limit_), std::chrono::hours(1)},
      LiveOption<bool>(&roll_active_)};
  kv::StoreResources row_stores_{kv::StoreOptions{}};
  LocalIds ids_;
  std::unique_ptr<metastore::Store> store_;
  std::unique_ptr<replica::ReplicaManager> replicas_;
  std::unique_ptr<ScanSessions> scans_;
  std::unique_ptr<LocalTablets> tablets_;
  std::unique_ptr<coordinator::Coordinator> coordinator_;
  std::unique_ptr<Services> services_;
  RequestProbe probe_;
  std::unique_ptr<Dispatcher> dispatcher_;
  net::Peer peer_ = {"127.0.0.1:1", "FLUSS"};
};

}  // namespace millrace::server
