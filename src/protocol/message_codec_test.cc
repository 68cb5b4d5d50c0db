#include "protocol/message_codec.h"

#include <gtest/gtest.h>

#include "protocol/fluss_api.pb.h"
#include "protocol/frame.h"
#include "protocol/test_bytes.h"

namespace millrace::protocol {
namespace {

template <class Message>
Message Parsed(std::string_view hex) {
  auto message = ParseMessage<Message>(Exactly(Unhex(hex)));
  EXPECT_TRUE(message) << message.error().message;
  return message ? std::move(*message) : Message();
}

// Frames that clients and servers of Fluss exchanged.
TEST(Messages, ApiVersionsRequest) {
  auto java = Parsed<proto::ApiVersionsRequest>("0a05 666c757373 1205 302e312e30");
  EXPECT_EQ(java.client_software_name(), "fluss");
  EXPECT_EQ(java.client_software_version(), "0.1.0");
  EXPECT_EQ(RequestFrame({1000, 0, 0}, Serialize(java)),
            Unhex("00000016 03e8 0000 00000000 0a05 666c757373 1205 302e312e30"));
  auto rust = Parsed<proto::ApiVersionsRequest>("0a0a 666c7573732d72757374 1205 312e302e30");
  EXPECT_EQ(rust.client_software_name(), "fluss-rust");
  EXPECT_EQ(RequestFrame({1000, 0, 0}, Serialize(rust)),
            Unhex("0000001b 03e8 0000 00000000 0a0a 666c7573732d72757374 1205 312e302e30"));
}

TEST(Messages, ApiVersionsResponse) {
  // The 32 requests a tablet server 0.9.1 lists.
  proto::ApiVersionsResponse response;
  for (int key : {1000, 1003, 1004, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                  1015, 1016, 1017, 1018, 1019, 1021, 1023, 1024, 1025, 1026, 1028,
                  1029, 1031, 1032, 1033, 1034, 1035, 1038, 1040, 1045, 1059}) {
    auto* version = response.add_api_versions();
    version->set_api_key(key);
    version->set_min_version(0);
    version->set_max_version(key == 1016 || key == 1017 || key == 1034 ? 1 : 0);
  }
  response.set_server_type(2);
  std::string frame = SuccessFrame(0, Serialize(response));
  EXPECT_EQ(frame.size(), 4u + 0x127);
  EXPECT_TRUE(
      frame.starts_with(Unhex("00000127 00 00000000 0a0708e80710001800 0a0708eb0710001800")));
  EXPECT_NE(frame.find(Unhex("0a0708f80710001801 0a0708f90710001801")), std::string::npos);
  EXPECT_NE(frame.find(Unhex("0a07088a0810001801")), std::string::npos);
  EXPECT_TRUE(frame.ends_with(Unhex("1002")));
}

TEST(Messages, MetadataRequest) {
  EXPECT_EQ(Parsed<proto::MetadataRequest>("").table_path_size(), 0);
  EXPECT_EQ(Parsed<proto::MetadataRequest>("1a00").partitions_id_size(), 0);
  auto request = Parsed<proto::MetadataRequest>("0a08 0a02 7764 1202 6a6c 1a00");
  ASSERT_EQ(request.table_path_size(), 1);
  EXPECT_EQ(request.table_path(0).database_name(), "wd");
  EXPECT_EQ(request.table_path(0).table_name(), "jl");
  for (std::string_view ids : {"1a03 05ac02", "1805 18ac02", "1a01 05 18ac02"}) {
    auto by_id = Parsed<proto::MetadataRequest>(ids);
    ASSERT_EQ(by_id.partitions_id_size(), 2) << ids;
    EXPECT_EQ(by_id.partitions_id(1), 300) << ids;
  }
}

void SetServer(proto::PbServerNode& node, int id, int port) {
  node.set_node_id(id);
  node.set_host("127.0.0.1");
  node.set_port(port);
}

TEST(Messages, MetadataResponse) {
  proto::MetadataResponse response;
  SetServer(*response.mutable_coordinator_server(), 0, 9123);
  SetServer(*response.add_tablet_servers(), 0, 9124);
  SetServer(*response.add_tablet_servers(), 2, 9132);
  SetServer(*response.add_tablet_servers(), 1, 9131);
  const std::string servers = Unhex(R"(
      0a10 0800 1209 3132372e302e302e31 18a347  1210 0800 1209 3132372e302e302e31 18a447
      1210 0802 1209 3132372e302e302e31 18ac47  1210 0801 1209 3132372e302e302e31 18ab47)");
  EXPECT_EQ(Hex(SuccessFrame(1, Serialize(response))),
            Hex(Unhex("0000004d 00 00000001") + servers));

  const std::string json =
      R"({"version":1,"schema":{"version":1,"columns":[{"name":"a","data_type":{"type":"INTEGER"},)"
      R"("id":0}],"highest_field_id":0},"partition_key":[],"bucket_key":[],"bucket_count":1,)"
      R"("properties":{"table.log.arrow.compression.type":"NONE","table.replication.factor":"1"},)"
      R"("custom_properties":{}})";
  auto* table = response.add_table_metadata();
  table->mutable_table_path()->set_database_name("wd");
  table->mutable_table_path()->set_table_name("jl");
  table->set_table_id(64);
  table->set_schema_id(1);
  table->set_table_json(json);
  auto* bucket = table->add_bucket_metadata();
  bucket->set_bucket_id(0);
  bucket->set_leader_id(0);
  bucket->add_replica_id(0);
  bucket->set_leader_epoch(0);
  table->set_created_time(1795487962165);
  table->set_modified_time(1795487962165);
  const std::string expected = Unhex("00000195 00 00000001") + servers +
                               Unhex("1ac502 0a08 0a02 7764 1202 6a6c 1040 1801 229b02") + json +
                               Unhex("2a09 0800 1000 1a0100 2000 30b5a8b0dba034 38b5a8b0dba034");
  EXPECT_EQ(Hex(SuccessFrame(1, Serialize(response))), Hex(expected));
}

TEST(Messages, WritersOffsetsAndScans) {
  proto::InitWriterResponse writer;
  writer.set_writer_id(26);
  EXPECT_EQ(SuccessFrame(1, Serialize(writer)), Unhex("00000007 00 00000001 081a"));

  auto offsets = Parsed<proto::ListOffsetsRequest>("08 ffffffffffffffffff01 1001 1840 2a0100 3801");
  EXPECT_EQ(offsets.follower_server_id(), -1);
  EXPECT_EQ(offsets.offset_type(), 1);
  EXPECT_EQ(offsets.table_id(), 64);
  ASSERT_EQ(offsets.bucket_id_size(), 1);
  EXPECT_EQ(offsets.routing_bucket_count(), 1);
  EXPECT_EQ(RequestFrame({1021, 0, 7}, Serialize(offsets)),
            Unhex("0000001c 03fd 0000 00000007 08ffffffffffffffffff01 1001 1840 2a0100 3801"));
  proto::ListOffsetsResponse found;
  auto* bucket = found.add_buckets_resp();
  bucket->set_bucket_id(0);
  bucket->set_offset(1);
  EXPECT_EQ(SuccessFrame(7, Serialize(found)), Unhex("0000000b 00 00000007 0a04 0800 2001"));

  auto scan = Parsed<proto::LimitScanRequest>("1018 2000 2805");
  EXPECT_EQ(scan.table_id(), 24);
  EXPECT_EQ(scan.bucket_id(), 0);
  EXPECT_EQ(scan.limit(), 5);
  proto::LimitScanResponse rows;
  rows.set_is_log_table(false);
  rows.set_records(Unhex("0f000000 00 01000000 06000000 0100 00010178"));
  EXPECT_EQ(SuccessFrame(13, Serialize(rows)),
            Unhex("0000001c 00 0000000d 1800 2213 0f000000 00 01000000 06000000 0100 00010178"));
}

TEST(Messages, UpsertAndLookup) {
  auto put = Parsed<proto::PutKvRequest>(R"(
      08 ffffffffffffffffff01 1041 18b0ea01 2200
      2a2c 1000 1a26 22000000 00 9c497920 0100 00 1a00000000000000 00000000 01000000
      06000000 01 01 00 01 01 78 2801 3000)");
  EXPECT_EQ(put.acks(), -1);
  EXPECT_EQ(put.target_columns_size(), 0);
  ASSERT_EQ(put.buckets_req_size(), 1);
  EXPECT_EQ(put.buckets_req(0).records().size(), 38u);
  EXPECT_EQ(put.buckets_req(0).routing_bucket_count(), 1);
  EXPECT_TRUE(put.has_agg_mode());

  proto::PutKvResponse answer;
  auto* bucket = answer.add_buckets_resp();
  bucket->set_bucket_id(0);
  bucket->set_log_end_offset(1);
  EXPECT_EQ(SuccessFrame(3, Serialize(answer)), Unhex("0000000b 00 00000003 0a04 1000 2801"));

  auto lookup = Parsed<proto::LookupRequest>("0841 1207 1000 1a01 01 2801");
  EXPECT_EQ(lookup.buckets_req(0).keys(0), "\1");
  proto::LookupResponse values;
  auto* one = values.add_buckets_resp();
  one->set_bucket_id(0);
  one->add_values()->set_values(Unhex("0100 00010178"));
  EXPECT_EQ(SuccessFrame(4, Serialize(values)),
            Unhex("00000013 00 00000004 0a0c 1000 2a08 0a06 0100 00010178"));
  one->mutable_values(0)->clear_values();
  EXPECT_EQ(SuccessFrame(10, Serialize(values)), Unhex("0000000b 00 0000000a 0a04 1000 2a00"));
}

TEST(Messages, TokenAndAuthentication) {
  EXPECT_EQ(RequestFrame({1025, 0, 2}, Serialize(proto::GetFileSystemSecurityTokenRequest())),
            Unhex("00000008 0401 0000 00000002"));
  proto::GetFileSystemSecurityTokenResponse token;
  token.set_schema("file");
  token.set_token("");
  EXPECT_EQ(SuccessFrame(2, Serialize(token)), Unhex("0000000d 00 00000002 0a04 66696c65 1200"));

  auto plain =
      Parsed<proto::AuthenticateRequest>("0a05 504c41494e 120c 00 726f6f74 00 726f6f747077");
  EXPECT_EQ(plain.protocol(), "PLAIN");
  EXPECT_EQ(plain.token(), std::string("\0root\0rootpw", 12));
  proto::AuthenticateResponse accepted;
  accepted.set_challenge("");
  EXPECT_EQ(SuccessFrame(1, Serialize(accepted)), Unhex("00000007 00 00000001 0a00"));
}

TEST(Messages, ErrorFramesCarryAnErrorResponse) {
  std::string frame = ErrorFrame(3, {ErrorCode::kTableNotExist, "no such table"});
  auto error = ParseMessage<proto::ErrorResponse>(AsBytes(frame).subspan(9));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->error_code(), 7);
  EXPECT_EQ(error->error_message(), "no such table");
}

TEST(ParseMessage, MalformedOnesSayWhy) {
  auto missing = ParseMessage<proto::CreateTableRequest>(Exactly(Unhex("1200 1801")));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kUnknownServerError);
  EXPECT_EQ(missing.error().message, "malformed CreateTableRequest: a required field is missing");
  // One level down too.
  EXPECT_FALSE(ParseMessage<proto::CreateTableRequest>(Exactly(Unhex("0a020a00 1200 1801"))));
  EXPECT_TRUE(ParseMessage<proto::CreateTableRequest>(Exactly(Unhex("0a040a001200 1200 1801"))));

  for (std::string_view bytes :
       {"0a", "0a05 61", "0affffffff07", "0affffffff0f", "00", "0c", "07"}) {
    auto broken = ParseMessage<proto::TableExistsRequest>(Exactly(Unhex(bytes)));
    ASSERT_FALSE(broken) << bytes;
    EXPECT_EQ(broken.error().message,
              "malformed TableExistsRequest: the bytes are no such message");
  }
}

TEST(ParseMessage, UnknownFieldsAreSkipped) {
  auto request = Parsed<proto::DatabaseExistsRequest>("7a03616263 0a02 7764 c03e01 a5060a0b0c0d");
  EXPECT_EQ(request.database_name(), "wd");
}

TEST(ParseMessage, DeepNestingIsRefused) {
  // Predicates inside predicates: each level is a compound with one child.
  auto nested = [](int levels) {
    std::string predicate = Unhex("0800 1204 0800 1000");
    for (int i = 0; i < levels; ++i) {
      proto::PbPredicate outer;
      outer.set_type(1);
      std::string compound = Unhex("0800 12");
      for (size_t n = predicate.size();; n >>= 7) {
        compound += static_cast<char>(n < 0x80 ? n : (n & 0x7f) | 0x80);
        if (n < 0x80) break;
      }
      compound += predicate;
      predicate = Unhex("0801 1a");
      for (size_t n = compound.size();; n >>= 7) {
        predicate += static_cast<char>(n < 0x80 ? n : (n & 0x7f) | 0x80);
        if (n < 0x80) break;
      }
      predicate += compound;
    }
    return predicate;
  };
  EXPECT_TRUE(ParseMessage<proto::PbPredicate>(Exactly(nested(40))));
  EXPECT_FALSE(ParseMessage<proto::PbPredicate>(Exactly(nested(60))));
  EXPECT_FALSE(ParseMessage<proto::PbPredicate>(Exactly(nested(5'000))));
  std::string groups(100'000, '\x0b');  // groups inside groups
  EXPECT_FALSE(ParseMessage<proto::MetadataRequest>(Exactly(groups)));
}

TEST(ParseMessage, DamagedOnesDoNoHarm) {
  std::string intact = Unhex(R"(
      0a08 0a02 7764 1202 6a6c 1000 1a09 0a02 6b31 1201 76 1800 220a 0a01 63 1203 61 62 63 2000
      2a03 0a01 64 3206 0a01 65 1201 66 3a05 0a01 67 1200 4202 0804)");
  ASSERT_TRUE(ParseMessage<proto::AlterTableRequest>(AsBytes(intact)));
  for (size_t size = 0; size < intact.size(); ++size) {
    (void)ParseMessage<proto::AlterTableRequest>(Exactly(intact.substr(0, size)));
  }
  std::minstd_rand random(3);
  int read = 0;
  for (int i = 0; i < 50'000; ++i) {
    auto request = ParseMessage<proto::AlterTableRequest>(Exactly(Damage(intact, random)));
    if (!request) continue;
    ++read;
    auto again = ParseMessage<proto::AlterTableRequest>(AsBytes(Serialize(*request)));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->config_changes_size(), request->config_changes_size());
  }
  EXPECT_GT(read, 1'000);
}

TEST(Serialize, WithoutARequiredFieldStopsTheProcess) {
  EXPECT_DEATH(Serialize(proto::InitWriterResponse()),
               "InitWriterResponse without a required field");
}

}  // namespace
}  // namespace millrace::protocol
