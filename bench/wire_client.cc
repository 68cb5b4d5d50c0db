// A bare protocol client that measures latencies: blocking sockets, one thread, no batching.
//
//   wire_client HOST PORT TABLE_ID BATCH_FILE
//
// BATCH_FILE holds one log record batch of one row, without a writer id. The client says "ready"
// and then carries out a command per line of its standard input, answering each with a line of
// JSON:
//
//   append COUNT   appends the row, one after the other: from sending it to its acknowledgement
//   visible COUNT  the same, with a second connection whose fetch waits at the end of the log:
//                  from sending the row to the whole of the answer that holds it
//
// The table has one bucket, and nobody else writes to it.
#include <poll.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "protocol/frame.h"
#include "protocol/log.pb.h"
#include "protocol/message_codec.h"
#include "wire_connection.h"

namespace millrace::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int16_t kProduceLog = 1014;
constexpr int16_t kFetchLog = 1015;
constexpr int32_t kTimeoutMs = 30'000;
// What the official clients ask for.
constexpr int32_t kFetchWaitMs = 500;
constexpr int32_t kFetchBytesMax = 16 << 20;
constexpr int32_t kFetchBytesMaxOfBucket = 1 << 20;
// A fetch that was sent so long ago is waiting in the server.
constexpr auto kParkTime = std::chrono::milliseconds(2);

std::string ProduceFrame(int64_t table_id, const std::string& batch) {
  proto::ProduceLogRequest request;
  request.set_acks(-1);
  request.set_table_id(table_id);
  request.set_timeout_ms(kTimeoutMs);
  auto* bucket = request.add_buckets_req();
  bucket->set_bucket_id(0);
  bucket->set_records(batch);
  return protocol::RequestFrame({.api_key = kProduceLog}, protocol::Serialize(request));
}

std::string FetchFrame(int64_t table_id, int64_t offset) {
  proto::FetchLogRequest request;
  request.set_follower_server_id(-1);
  request.set_max_bytes(kFetchBytesMax);
  request.set_max_wait_ms(kFetchWaitMs);
  request.set_min_bytes(1);
  auto* table = request.add_tables_req();
  table->set_table_id(table_id);
  table->set_projection_pushdown_enabled(false);
  auto* bucket = table->add_buckets_req();
  bucket->set_bucket_id(0);
  bucket->set_fetch_offset(offset);
  bucket->set_max_fetch_bytes(kFetchBytesMaxOfBucket);
  return protocol::RequestFrame({.api_key = kFetchLog}, protocol::Serialize(request));
}

int64_t ReceiveBaseOffset(Connection& connection) {
  auto response = Parse<proto::ProduceLogResponse>(connection.Receive());
  if (response.buckets_resp_size() != 1) Die("an answer for another bucket");
  if (!response.buckets_resp(0).has_base_offset()) {
    Die("the row was refused: " + response.buckets_resp(0).error_message());
  }
  return response.buckets_resp(0).base_offset();
}

bool ReceiveHasRecords(Connection& connection) {
  auto response = Parse<proto::FetchLogResponse>(connection.Receive());
  if (response.tables_resp_size() != 1 || response.tables_resp(0).buckets_resp_size() != 1 ||
      response.tables_resp(0).buckets_resp(0).error_code() != 0) {
    Die("the fetch failed");
  }
  return !response.tables_resp(0).buckets_resp(0).records().empty();
}

double MicrosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

// Every acknowledgement must be for a row of its own: a figure for rows that the log does not hold
// would be worth nothing.
void RequireNext(int64_t base_offset, int64_t expected) {
  if (base_offset != expected) {
    Die("row at offset " + std::to_string(base_offset) + ", expected " + std::to_string(expected));
  }
}

std::vector<double> MeasureAppends(Connection& writer, const std::string& produce, int count) {
  writer.Send(produce);
  int64_t end = ReceiveBaseOffset(writer) + 1;
  std::vector<double> latencies_us;
  for (int i = 0; i < count; i++, end++) {
    auto start = Clock::now();
    writer.Send(produce);
    int64_t base_offset = ReceiveBaseOffset(writer);
    latencies_us.push_back(MicrosecondsSince(start));
    RequireNext(base_offset, end);
  }
  return latencies_us;
}

class VisibleRun {
 public:
  VisibleRun(Connection& writer, Connection& reader, int64_t table_id, const std::string& produce)
      : writer_(writer), reader_(reader), table_id_(table_id), produce_(produce) {}

  std::vector<double> Measure(int count) {
    writer_.Send(produce_);
    int64_t end = ReceiveBaseOffset(writer_) + 1;
    std::vector<double> latencies_us;
    for (int i = 0; i < count; i++, end++) latencies_us.push_back(MeasureOne(end));
    return latencies_us;
  }

 private:
  double MeasureOne(int64_t end) {
    std::string fetch = FetchFrame(table_id_, end);
    reader_.Send(fetch);
    std::this_thread::sleep_for(kParkTime);
    auto start = Clock::now();
    writer_.Send(produce_);
    bool acknowledged = false;
    double visible_us = 0;
    while (!acknowledged || visible_us == 0) {
      pollfd sockets[] = {{reader_.socket(), POLLIN, 0}, {writer_.socket(), POLLIN, 0}};
      if (poll(sockets, 2, kTimeoutMs) <= 0) Die("no answer");
      if (sockets[0].revents != 0) {
        if (ReceiveHasRecords(reader_)) {
          visible_us = MicrosecondsSince(start);
        } else {
          reader_.Send(fetch);
        }
      }
      if (sockets[1].revents != 0) {
        RequireNext(ReceiveBaseOffset(writer_), end);
        acknowledged = true;
      }
    }
    return visible_us;
  }

  Connection& writer_;
  Connection& reader_;
  int64_t table_id_;
  const std::string& produce_;
};

void PrintJson(const std::vector<double>& latencies_us) {
  std::string line = "{\"latencies_us\": [";
  for (size_t i = 0; i < latencies_us.size(); i++) {
    char text[32];
    std::snprintf(text, sizeof(text), "%s%.1f", i == 0 ? "" : ", ", latencies_us[i]);
    line += text;
  }
  std::cout << line << "]}" << std::endl;
}

int Main(int argc, char** argv) {
  if (argc != 5) Die("usage: wire_client HOST PORT TABLE_ID BATCH_FILE");
  std::ifstream file(argv[4], std::ios::binary);
  std::string batch{std::istreambuf_iterator<char>(file), {}};
  if (batch.empty()) Die(std::string("can't read ") + argv[4]);
  int64_t table_id = std::atoll(argv[3]);
  std::string produce = ProduceFrame(table_id, batch);
  Connection writer(argv[1], argv[2]);
  Connection reader(argv[1], argv[2]);
  std::cout << "ready" << std::endl;
  std::string command;
  int count;
  while (std::cin >> command >> count) {
    if (command == "append") {
      PrintJson(MeasureAppends(writer, produce, count));
    } else if (command == "visible") {
      PrintJson(VisibleRun(writer, reader, table_id, produce).Measure(count));
    } else {
      Die("no such command: " + command);
    }
  }
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  return millrace::bench::Main(argc, argv);
}
