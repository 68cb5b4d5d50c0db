// Real sockets on loopback.
#include "server/http/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "runtime/runtime.h"
#include "server/request_probe.h"

namespace millrace::server {
namespace {

using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Client {
 public:
  explicit Client(int port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~Client() { ::close(socket_); }

  // Errors are the server's right: it may have closed.
  void Send(std::string_view bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void EndSending() { ::shutdown(socket_, SHUT_WR); }

  // One answer, by its Content-Length.
  std::string Answer(bool head_only = false) {
    std::string text;
    while (!text.ends_with("\r\n\r\n")) {
      if (!ReadInto(text, 1)) return text;
    }
    size_t at = text.find("Content-Length: ");
    if (at != std::string::npos && !head_only) ReadInto(text, std::stoul(text.substr(at + 16)));
    return text;
  }
  std::string Get(std::string_view path) {
    Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return Answer();
  }
  bool Closed() {
    std::string text;
    return !ReadInto(text, 1);
  }

 private:
  bool ReadInto(std::string& text, size_t size) {
    std::string bytes(size, '\0');
    ssize_t n = ::recv(socket_, bytes.data(), size, MSG_WAITALL);
    text += bytes.substr(0, std::max<ssize_t>(n, 0));
    return n > 0;
  }

  int socket_;
};

std::unique_ptr<net::Listener> Listen(runtime::Runtime& runtime) {
  auto listener = net::ListenTcp({"127.0.0.1", 0}, runtime.blocking_pool());
  EXPECT_TRUE(listener);
  return std::move(*listener);
}

// ---- The connections, with a handler that answers the path ----

class PathHandler final : public HttpHandler {
 public:
  Task<HttpResponse> Handle(HttpRequest request) override {
    if (request.path == "/park") co_await released_.Wait();
    HttpResponse response;
    response.body = request.path == "/large" ? std::string(32 << 20, 'x') : request.path;
    co_return response;
  }
  void Release() { released_.Set(); }

 private:
  runtime::Event released_;
};

class HttpConnectionsTest : public testing::Test {
 protected:
  ~HttpConnectionsTest() override {
    if (connections_) Stop(seconds(10));
  }

  void Start(HttpLimits limits = {}) { runtime_.BlockOn(DoStart(limits)); }
  Task<> DoStart(HttpLimits limits) {
    connections_ = std::make_unique<HttpConnections>(Listen(runtime_), handler_, limits);
    connections_->Start();
    port_ = connections_->address().port;
    co_return;
  }
  void Stop(runtime::Duration patience) {
    runtime_.BlockOn(connections_->Stop(patience));
    connections_.reset();
  }
  void Release() {
    runtime_.shard(0).Post([this] { handler_.Release(); });
  }

  runtime::Runtime runtime_{1, 1};
  PathHandler handler_;
  std::unique_ptr<HttpConnections> connections_;
  int port_ = 0;
};

TEST_F(HttpConnectionsTest, KeepsAConnectionForManyRequests) {
  Start();
  Client client(port_);
  for (std::string path : {"/a", "/b", "/c"}) {
    std::string answer = client.Get(path);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("Connection: keep-alive\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n" + path));
  }
  client.Send("GET /last HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.Answer(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.Closed());
}

TEST_F(HttpConnectionsTest, AnswersPipelinedRequestsInOrder) {
  Start();
  Client client(port_);
  client.Send("GET /park HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.0\r\n\r\n");
  Release();
  EXPECT_THAT(client.Answer(), EndsWith("\r\n/park"));
  EXPECT_THAT(client.Answer(), EndsWith("\r\n/2"));
  EXPECT_THAT(client.Answer(), EndsWith("\r\n/3"));
  EXPECT_TRUE(client.Closed());
}

TEST_F(HttpConnectionsTest, AnswersAHeadWithoutTheBody) {
  Start();
  Client client(port_);
  client.Send("HEAD /abc HTTP/1.1\r\n\r\n");
  std::string answer = client.Answer(true);
  EXPECT_THAT(answer, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
  EXPECT_THAT(client.Get("/next"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpConnectionsTest, TakesARequestByteByByteAndAHalfClosedStream) {
  Start();
  Client client(port_);
  for (char c : std::string("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")) client.Send({&c, 1});
  client.EndSending();
  EXPECT_THAT(client.Answer(), EndsWith("/slow"));
  EXPECT_TRUE(client.Closed());
}

TEST_F(HttpConnectionsTest, SaysWhyItClosesAndGoesOn) {
  Start();
  struct Case {
    std::string bytes, status;
  };
  for (const Case& c : {
           Case{"rubbish\r\n\r\n", "400 Bad Request"},
           Case{"GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'),
                "431 Request Header Fields Too Large"},
           Case{"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'),
                "413 Payload Too Large"},
           Case{"GET / HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported"},
       }) {
    Client client(port_);
    client.Send(c.bytes);
    std::string answer = client.Answer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + c.status + "\r\n"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    client.EndSending();
    EXPECT_TRUE(client.Closed());
  }
  Client other(port_);
  EXPECT_THAT(other.Get("/still-there"), EndsWith("/still-there"));
}

TEST_F(HttpConnectionsTest, ClosesWhoSaysNothingOrNeverFinishes) {
  Start({.idle_max = milliseconds(50)});
  Client silent(port_), slow(port_);
  slow.Send("GET / HT");
  EXPECT_TRUE(silent.Closed());
  EXPECT_TRUE(slow.Closed());
}

TEST_F(HttpConnectionsTest, ClosesWhoDoesNotTakeTheAnswer) {
  Start({.idle_max = milliseconds(50)});
  Client client(port_, 4096);
  client.Send("GET /large HTTP/1.1\r\n\r\n");
  // Two connections one after the other: the second one's deadline is later than that of the
  // answer.
  for (int i = 0; i < 2; i++) EXPECT_TRUE(Client(port_).Closed());
  std::string answer = client.Answer();
  EXPECT_LT(answer.size(), 32u << 20);
}

TEST_F(HttpConnectionsTest, ClosesConnectionsBeyondTheLimit) {
  Start({.connections_max = 2});
  Client first(port_);
  EXPECT_THAT(first.Get("/1"), EndsWith("/1"));
  {
    Client second(port_);
    EXPECT_THAT(second.Get("/2"), EndsWith("/2"));
    Client third(port_);
    EXPECT_TRUE(third.Closed());
    second.EndSending();
    EXPECT_TRUE(second.Closed());
  }
  Client fourth(port_);
  EXPECT_THAT(fourth.Get("/4"), EndsWith("/4"));
  EXPECT_THAT(first.Get("/1"), EndsWith("/1"));
}

TEST_F(HttpConnectionsTest, StopAnswersWhatIsBeingAnswered) {
  Start();
  Client idle(port_), busy(port_);
  EXPECT_THAT(idle.Get("/idle"), EndsWith("/idle"));
  busy.Send("GET /first HTTP/1.1\r\n\r\nGET /park HTTP/1.1\r\n\r\n");
  EXPECT_THAT(busy.Answer(), EndsWith("/first"));
  // /park is parked once a round trip of another connection is over.
  EXPECT_THAT(idle.Get("/idle"), EndsWith("/idle"));
  runtime_.shard(0).Post([this] {
    // After Stop() has begun: it is posted behind this.
    runtime_.shard(0).Post([this] { handler_.Release(); });
  });
  Stop(seconds(60));
  EXPECT_TRUE(idle.Closed());
  EXPECT_THAT(busy.Answer(), HasSubstr("\r\n\r\n/park"));
  EXPECT_TRUE(busy.Closed());
}

TEST_F(HttpConnectionsTest, StopGivesUpOnWhoDoesNotTakeTheAnswer) {
  Start();
  Client client(port_, 4096), other(port_);
  client.Send("GET /large HTTP/1.1\r\n\r\n");
  EXPECT_THAT(other.Get("/x"), EndsWith("/x"));
  Stop(milliseconds(20));
  EXPECT_LT(client.Answer().size(), 32u << 20);
}

// ---- The server: routes ----

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() { runtime_.BlockOn(Start()); }
  ~HttpServerTest() override { runtime_.BlockOn(server_->Stop()); }

  Task<> Start() {
    MetricsSources sources;
    sources.requests = &probe_;
    sources.shards = {&runtime_.shard(0)};
    sources.pool = &runtime_.blocking_pool();
    sources.version = "1.2.3";
    server_ = std::make_unique<HttpServer>(Listen(runtime_), sources);
    server_->Start();
    co_return;
  }

  runtime::Runtime runtime_{1, 1};
  RequestProbe probe_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, Routes) {
  Client client(server_->address().port);
  std::string metrics = client.Get("/metrics");
  EXPECT_THAT(metrics, StartsWith("HTTP/1.1 200 OK\r\n"
                                  "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(metrics, HasSubstr("\nmillrace_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nmillrace_requests_total{api=\"PRODUCE_LOG\"} 0\n"));
  std::string health = client.Get("/health");
  EXPECT_THAT(health, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(health, EndsWith("\r\n\r\n{\"status\":\"green\"}\n"));
  for (std::string path : {"/", "/metrics/", "/METRICS", "/healthz", "*"}) {
    EXPECT_THAT(client.Get(path), StartsWith("HTTP/1.1 404 Not Found\r\n")) << path;
  }
  client.Send("DELETE /metrics HTTP/1.1\r\n\r\n");
  std::string refused = client.Answer();
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_THAT(refused, HasSubstr("\r\nAllow: GET, HEAD\r\n"));
  client.Send("HEAD /metrics HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.Answer(true), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, CountsWhatHappened) {
  Client client(server_->address().port);
  client.Get("/metrics");
  probe_.Answered(protocol::ApiKey::kProduceLog, false, std::chrono::microseconds(700), 11, 7);
  std::string metrics = client.Get("/metrics");
  for (std::string line : {
           "millrace_requests_total{api=\"PRODUCE_LOG\"} 1",
           "millrace_request_errors_total{api=\"PRODUCE_LOG\"} 1",
           "millrace_request_seconds_bucket{api=\"PRODUCE_LOG\",le=\"0.0005\"} 0",
           "millrace_request_seconds_bucket{api=\"PRODUCE_LOG\",le=\"0.001\"} 1",
       }) {
    EXPECT_THAT(metrics, HasSubstr("\n" + line + "\n"));
  }
}

}  // namespace
}  // namespace millrace::server
