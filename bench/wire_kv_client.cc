// A bare protocol client that loads a primary-key table: blocking sockets, requests as the official
// clients send them, and little work of its own, because it runs beside the server it measures.
//
//   wire_kv_client HOST PORT TABLE_ID ROWS
//
// The table has the columns of kv_rows.h, one bucket, and ids from 0 to ROWS - 1. The client says
// "ready" and then carries out a command per line of its standard input, answering each with a line
// of JSON:
//
//   insert FROM TO    upserts the rows of these ids (TO excluded) in order
//   update            upserts every row anew, in an order that looks random
//   lookup COUNT      looks up random rows, 512 at a time
//   serial SECONDS    looks up random rows, one after the other, and says how long each took
//   mixed SECONDS     the same, while another connection upserts random rows at full speed
//
// All rows must be there before they are looked up: a lookup that does not find its row ends the
// client.
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <latch>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "kv_rows.h"
#include "protocol/frame.h"
#include "protocol/kv.pb.h"
#include "protocol/log.pb.h"
#include "protocol/message_codec.h"
#include "wire_connection.h"

namespace millrace::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int16_t kPutKv = 1016;
constexpr int16_t kLookup = 1017;
constexpr int16_t kInitWriter = 1026;
constexpr int16_t kVersion = 1;  // of put and lookup: the highest that the Java server 0.9.1 has
constexpr int32_t kTimeoutMs = 30'000;
// What the official clients do unless they are told otherwise.
constexpr size_t kBatchSizeMax = 2 << 20;
constexpr int kBatchesInFlight = 5;
constexpr size_t kKeysPerLookup = 128;
constexpr size_t kLookupsInFlight = 4;  // 512 keys
// Visits every id once in a row of steps: a prime larger than any number of rows.
constexpr uint64_t kStride = 2'147'483'647;

struct Target {
  const char* host;
  const char* port;
  int64_t table_id;
  int32_t row_count;
};

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Writes with a writer id of its own, up to five batches ahead of their acknowledgements.
class Upserter {
 public:
  explicit Upserter(const Target& target)
      : target_(target), connection_(target.host, target.port), batch_(kBatchSizeMax) {
    connection_.Send(protocol::RequestFrame({.api_key = kInitWriter}, ""));
    writer_id_ = Parse<proto::InitWriterResponse>(connection_.Receive()).writer_id();
  }

  void Upsert(int32_t id, uint64_t version) {
    if (!batch_.has_room()) SendBatch();
    batch_.Add(id, version);
  }

  // Upserts `count` rows, each id before any comes again.
  void UpsertShuffled(int32_t count) {
    auto row_count = static_cast<uint64_t>(target_.row_count);
    for (int32_t i = 0; i < count; i++, step_++) {
      uint64_t version = 1 + step_ / row_count;
      Upsert(static_cast<int32_t>(step_ * kStride % row_count), version);
    }
  }

  // Returns when every row is acknowledged.
  void Flush() {
    if (batch_.row_count() > 0) SendBatch();
    while (in_flight_ > 0) ReceiveAck();
  }

 private:
  void SendBatch() {
    while (in_flight_ >= kBatchesInFlight) ReceiveAck();
    proto::PutKvRequest request;
    request.set_acks(-1);
    request.set_table_id(target_.table_id);
    request.set_timeout_ms(kTimeoutMs);
    request.set_agg_mode(0);
    auto* bucket = request.add_buckets_req();
    bucket->set_bucket_id(0);
    Bytes batch = batch_.Finish(writer_id_, sequence_);
    bucket->set_records(batch.data(), batch.size());
    connection_.Send(protocol::RequestFrame(
        {.api_key = kPutKv, .api_version = kVersion, .request_id = sequence_},
        protocol::Serialize(request)));
    sequence_++;
    in_flight_++;
  }

  void ReceiveAck() {
    auto response = Parse<proto::PutKvResponse>(connection_.Receive());
    if (response.buckets_resp_size() != 1) Die("an answer for another bucket");
    if (!response.buckets_resp(0).has_log_end_offset()) {
      Die("rows were refused: " + response.buckets_resp(0).error_message());
    }
    in_flight_--;
  }

  Target target_;
  Connection connection_;
  KvBatchBuilder batch_;
  int64_t writer_id_;
  int32_t sequence_ = 0;
  int in_flight_ = 0;
  uint64_t step_ = 0;
};

// Looks up random rows over one connection. Every row must be found.
class Lookups {
 public:
  explicit Lookups(const Target& target) : target_(target), connection_(target.host, target.port) {}

  // Returns how many, which may be some more.
  int64_t RunBatched(int64_t count) {
    for (size_t slot = 0; slot < kLookupsInFlight; slot++) Send(slot, kKeysPerLookup);
    auto sent = static_cast<int64_t>(kLookupsInFlight * kKeysPerLookup);
    for (; sent < count; sent += static_cast<int64_t>(kKeysPerLookup)) {
      Send(Receive(), kKeysPerLookup);
    }
    for (size_t slot = 0; slot < kLookupsInFlight; slot++) Receive();
    return sent;
  }

  // One after the other. Returns how long each took.
  std::vector<double> RunSerially(double seconds) {
    std::vector<double> latencies_us;
    auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
    while (Clock::now() < deadline) {
      auto start = Clock::now();
      Send(0, 1);
      Receive();
      latencies_us.push_back(SecondsSince(start) * 1e6);
    }
    return latencies_us;
  }

 private:
  // Asks for new random rows; the answer comes under the number of the slot.
  void Send(size_t slot, size_t key_count) {
    std::vector<int32_t>& ids = ids_[slot];
    ids.clear();
    request_.Clear();
    request_.set_table_id(target_.table_id);
    auto* bucket = request_.add_buckets_req();
    bucket->set_bucket_id(0);
    for (size_t i = 0; i < key_count; i++) {
      auto row_count = static_cast<uint64_t>(target_.row_count);
      ids.push_back(static_cast<int32_t>(Spread(++random_) % row_count));
      std::byte key[kVarint32SizeMax];
      bucket->add_keys(key, static_cast<size_t>(StoreKey(key, ids.back()) - key));
    }
    connection_.Send(protocol::RequestFrame(
        {.api_key = kLookup, .api_version = kVersion, .request_id = static_cast<int32_t>(slot)},
        protocol::Serialize(request_)));
  }

  // Returns the slot whose answer came.
  size_t Receive() {
    auto [request_id, body] = connection_.ReceiveAnswer();
    auto slot = static_cast<size_t>(request_id);
    if (slot >= kLookupsInFlight) Die("an answer to no request");
    if (!protocol::ParseInto(body, response_)) Die("an answer is no message of its kind");
    if (response_.buckets_resp_size() != 1) Die("an answer for another bucket");
    const auto& bucket = response_.buckets_resp(0);
    if (bucket.has_error_code()) Die("a lookup failed: " + bucket.error_message());
    const std::vector<int32_t>& ids = ids_[slot];
    if (bucket.values_size() != static_cast<int>(ids.size()))
      Die("as many values as keys expected");
    for (size_t i = 0; i < ids.size(); i++) {
      if (!IsValueOf(ids[i], AsBytes(bucket.values(static_cast<int>(i)).values()))) {
        Die("row " + std::to_string(ids[i]) + " was not found");
      }
    }
    return slot;
  }

  Target target_;
  Connection connection_;
  uint64_t random_ = 0;
  std::array<std::vector<int32_t>, kLookupsInFlight> ids_;
  proto::LookupRequest request_;  // these two keep their memory
  proto::LookupResponse response_;
};

// What a command did.
struct Outcome {
  int64_t upserted = 0;
  int64_t looked_up = 0;
  std::vector<double> latencies_us = {};
};

class Client {
 public:
  explicit Client(const Target& target) : upserter_(target), lookups_(target), target_(target) {}

  // Reads the command's arguments from `words`.
  Outcome Run(const std::string& command, std::istream& words) {
    if (command == "insert") {
      auto from = Next<int32_t>(words);
      return Insert(from, Next<int32_t>(words));
    }
    if (command == "update") return Update();
    if (command == "lookup") return {.looked_up = lookups_.RunBatched(Next<int64_t>(words))};
    if (command == "serial") return Serial(Next<double>(words));
    if (command == "mixed") return Mixed(Next<double>(words));
    Die("no such command: " + command);
  }

 private:
  template <class T>
  static T Next(std::istream& words) {
    T value;
    if (!(words >> value)) Die("an argument is missing");
    return value;
  }

  Outcome Insert(int32_t from, int32_t to) {
    for (int32_t id = from; id < to; id++) upserter_.Upsert(id, 0);
    upserter_.Flush();
    return {.upserted = to - from};
  }

  Outcome Update() {
    upserter_.UpsertShuffled(target_.row_count);
    upserter_.Flush();
    return {.upserted = target_.row_count};
  }

  Outcome Serial(double seconds) {
    std::vector<double> latencies_us = lookups_.RunSerially(seconds);
    return {.looked_up = std::ssize(latencies_us), .latencies_us = std::move(latencies_us)};
  }

  Outcome Mixed(double seconds) {
    constexpr int32_t kPiece = 1000;
    std::atomic<bool> stopped = false;
    std::latch started(1);
    int64_t upserted = kPiece;
    std::thread writer([&] {
      upserter_.UpsertShuffled(kPiece);
      upserter_.Flush();
      started.count_down();
      for (; !stopped; upserted += kPiece) upserter_.UpsertShuffled(kPiece);
      upserter_.Flush();
    });
    started.wait();
    Outcome outcome = Serial(seconds);
    stopped = true;
    writer.join();
    outcome.upserted = upserted;
    return outcome;
  }

  Upserter upserter_;
  Lookups lookups_;
  Target target_;
};

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void PrintJson(const Outcome& outcome, double seconds, double cpu_seconds) {
  char text[160];
  std::snprintf(text, sizeof(text),
                R"({"seconds": %.6f, "client_cpu_seconds": %.6f, "upserted": %lld, )"
                R"("looked_up": %lld, "latencies_us": [)",
                seconds, cpu_seconds, static_cast<long long>(outcome.upserted),
                static_cast<long long>(outcome.looked_up));
  std::string line = text;
  for (size_t i = 0; i < outcome.latencies_us.size(); i++) {
    std::snprintf(text, sizeof(text), "%s%.1f", i == 0 ? "" : ", ", outcome.latencies_us[i]);
    line += text;
  }
  std::cout << line << "]}" << std::endl;
}

int Main(int argc, char** argv) {
  if (argc != 5) Die("usage: wire_kv_client HOST PORT TABLE_ID ROWS");
  Target target{argv[1], argv[2], std::atoll(argv[3]), std::atoi(argv[4])};
  if (target.row_count <= 0) Die("there must be rows");
  Client client(target);
  std::cout << "ready" << std::endl;
  std::string command;
  while (std::cin >> command) {
    double cpu_seconds = CpuSeconds();
    auto start = Clock::now();
    Outcome outcome = client.Run(command, std::cin);
    double seconds = SecondsSince(start);
    PrintJson(outcome, seconds, CpuSeconds() - cpu_seconds);
  }
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  return millrace::bench::Main(argc, argv);
}
