#include "server/http/http_connections.h"

#include <spdlog/spdlog.h>

namespace millrace::server {

using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr size_t kReadBytes = 4 << 10;
constexpr auto kDrainTime = seconds(1);
constexpr size_t kDrainBytes = 256 << 10;

runtime::Instant Now() {
  return runtime::Shard::Current()->clock().Now();
}

}  // namespace

// Closes the stream if it still exists after `time`.
class HttpConnections::Deadline {
 public:
  Deadline(net::Stream& stream, runtime::Duration time)
      : timer_(runtime::Shard::Current()->AddTimer(Now() + time, [&stream] { stream.Close(); })) {}
  ~Deadline() { runtime::Shard::Current()->RemoveTimer(timer_); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  runtime::TimerQueue::Id timer_;
};

HttpConnections::HttpConnections(std::unique_ptr<net::Listener> listener, HttpHandler& handler,
                                 HttpLimits limits)
    : listener_(std::move(listener)), handler_(handler), limits_(limits) {}

void HttpConnections::Start() {
  runtime::Spawn(AcceptLoop());
}

Task<> HttpConnections::AcceptLoop() {
  auto pass = under_way_.Enter();
  while (true) {
    auto accepted = co_await listener_->Accept();
    if (stopping_) co_return;
    if (!accepted) {
      // Out of descriptors, mostly: those in use must be given back first.
      spdlog::warn("{}", accepted.error().message);
      runtime::SleepUntil pause(Now() + milliseconds(100));
      co_await pause;
      continue;
    }
    if (static_cast<int>(connections_.size()) >= limits_.connections_max) {
      spdlog::debug("{}: too many connections", listener_->address().ToString());
      continue;
    }
    runtime::Spawn(Serve(std::move(*accepted)));
  }
}

Task<> HttpConnections::Serve(std::unique_ptr<net::Accepted> accepted) {
  auto pass = under_way_.Enter();
  auto connection =
      connections_.emplace(connections_.end(), accepted->Open(), limits_.head_bytes_max);
  co_await ServeRequests(*connection);
  connection->stream->Close();
  connections_.erase(connection);
}

Task<> HttpConnections::ServeRequests(Connection& connection) {
  while (!stopping_) {
    auto outcome = co_await ReadRequest(connection);
    if (!outcome) co_return;
    if (auto* refusal = std::get_if<HttpResponse>(&*outcome)) {
      bool sent = co_await Write(connection, EncodeHttp(*refusal, false, false));
      if (sent) co_await Drain(connection);
      co_return;
    }
    auto& request = std::get<HttpRequest>(*outcome);
    bool head_only = request.method == "HEAD";
    bool keep_alive = request.keep_alive;
    auto response = co_await handler_.Handle(std::move(request));
    keep_alive = keep_alive && !stopping_;
    bool sent = co_await Write(connection, EncodeHttp(response, head_only, keep_alive));
    if (!sent || !keep_alive) co_return;
  }
}

Task<std::optional<HttpParser::Outcome>> HttpConnections::ReadRequest(Connection& connection) {
  Deadline deadline(*connection.stream, limits_.idle_max);
  while (true) {
    auto outcome = connection.parser.Next(connection.input);
    if (outcome) co_return outcome;
    bool more = co_await ReadSome(connection);
    if (!more) co_return std::nullopt;
  }
}

Task<bool> HttpConnections::ReadSome(Connection& connection) {
  std::byte buffer[kReadBytes];
  while (true) {
    auto readable = co_await connection.stream->WaitReadable();
    if (!readable) co_return false;
    auto size = connection.stream->TryRead(buffer);
    if (!size || (*size && **size == 0)) co_return false;
    if (!*size) continue;
    connection.input += AsText(Bytes(buffer, **size));
    co_return true;
  }
}

Task<bool> HttpConnections::Write(Connection& connection, std::string text) {
  Deadline deadline(*connection.stream, limits_.idle_max);
  std::vector<net::Piece> pieces;
  pieces.emplace_back(std::move(text));
  auto sent = co_await connection.stream->Write(std::move(pieces));
  co_return sent.has_value();
}

Task<> HttpConnections::Drain(Connection& connection) {
  Deadline deadline(*connection.stream, kDrainTime);
  for (size_t drained = 0; drained < kDrainBytes && !stopping_;) {
    connection.input.clear();
    bool more = co_await ReadSome(connection);
    if (!more) co_return;
    drained += connection.input.size();
  }
}

Task<> HttpConnections::Stop(runtime::Duration patience) {
  stopping_ = true;
  listener_->Close();
  // Who waits for a request finds the end of the stream.
  for (auto& connection : connections_) connection.stream->StopReading();
  auto timer = runtime::Shard::Current()->AddTimer(Now() + patience, [this] {
    for (auto& connection : connections_) connection.stream->Close();
  });
  co_await under_way_.WaitEmpty();
  runtime::Shard::Current()->RemoveTimer(timer);
}

}  // namespace millrace::server
