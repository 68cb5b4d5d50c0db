// What clients do that a server has to bear: not reading, not sending, sending much at once,
// leaving in between.
#include <gtest/gtest.h>

#include <atomic>

#include "net/client_for_test.h"
#include "net/server.h"
#include "runtime/runtime.h"

namespace millrace::net {
namespace {

using runtime::Task;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Answers "big" with kBig bytes, "park" after Release(), all else with the request's body.
class Handler final : public RequestHandler {
 public:
  static constexpr size_t kBig = 256 << 10;

  Task<std::vector<Piece>> Handle(const Peer&, Request request) override {
    handled++;
    std::string body(AsText(request.body));
    if (body == "park") co_await released_.Wait();
    if (body == "big") body.assign(kBig, 'b');
    std::vector<Piece> pieces;
    pieces.push_back(protocol::SuccessFrame(request.header.request_id, body));
    co_return pieces;
  }
  void Release() { released_.Set(); }

  std::atomic<int> handled = 0;

 private:
  runtime::Event released_;
};

// On one shard, so that the handler may wait for an event.
class ServerLoadTest : public testing::Test {
 protected:
  void StartServer(ConnectionLimits limits, uint64_t memory_bytes = 1 << 20) {
    runtime_.BlockOn(Start(limits, memory_bytes));
  }
  void TearDown() override {
    if (server_) runtime_.BlockOn(Stop());
  }
  Task<> Start(ConnectionLimits limits, uint64_t memory_bytes) {
    auto listener = ListenTcp({"127.0.0.1", 0}, runtime_.blocking_pool());
    EXPECT_TRUE(listener);
    Server::Setup setup = {"FLUSS", {&runtime_.shard(0)}, handler_, limits, memory_bytes};
    server_ = std::make_unique<Server>(std::move(*listener), setup);
    server_->Start();
    co_return;
  }
  Task<> Stop(runtime::Duration patience = seconds(5)) {
    handler_.Release();
    co_await server_->Stop(patience);
    server_ = nullptr;
  }
  int port() const { return server_->address().port; }
  void AwaitHandled(int count) {
    while (handler_.handled < count) {
    }
  }

  runtime::Runtime runtime_{1, 1};
  Handler handler_;
  std::unique_ptr<Server> server_;
};

using Answer = std::pair<int32_t, std::string>;

TEST_F(ServerLoadTest, AClientThatDoesNotReadIsNotReadFrom) {
  StartServer({.unsent_bytes_max = 1 << 20});
  constexpr int kRequests = 300;
  // What may be on the way: unsent_bytes_max and one more, and what the kernel keeps.
  constexpr int kOnTheWayMax = (1 << 20) / Handler::kBig + 2 + (12 << 20) / Handler::kBig;
  Client client(port(), 64 << 10);
  for (int i = 0; i < kRequests; i++) client.Ask(i, "big");
  AwaitHandled(4);
  Client other(port());
  for (int i = 0; i < kRequests; i++) {
    other.Ask(i, "ping");
    EXPECT_EQ(other.Answer(), Answer(i, "ping"));
    int pings = i + 1;
    ASSERT_LE(handler_.handled - pings, i + kOnTheWayMax);
    auto [id, body] = client.Answer();
    ASSERT_EQ(id, i);
    ASSERT_EQ(body.size(), Handler::kBig);
  }
  EXPECT_EQ(handler_.handled, 2 * kRequests);
}

TEST_F(ServerLoadTest, TakesOnlySoManyRequestsAtATime) {
  StartServer({.requests_in_flight_max = 3});
  Client client(port());
  for (int i = 0; i < 10; i++) client.Ask(i, "park");
  AwaitHandled(3);
  Client other(port());
  other.Ask(1, "a");
  EXPECT_EQ(other.Answer(), Answer(1, "a"));
  EXPECT_EQ(handler_.handled, 4);
  runtime_.shard(0).Post([this] { handler_.Release(); });
  for (int i = 0; i < 10; i++) EXPECT_EQ(client.Answer(), Answer(i, "park"));
}

TEST_F(ServerLoadTest, AClientThatLeavesTakesItsAnswersWithIt) {
  StartServer({});
  {
    Client client(port());
    for (int i = 0; i < 50; i++) client.Ask(i, "big");
    client.Ask(50, "park");
    AwaitHandled(4);
  }
  Client half(port());
  half.Ask(1, "park");
  half.StopSending();
  EXPECT_TRUE(half.Closed());
  Client other(port());
  other.Ask(1, "a");
  EXPECT_EQ(other.Answer(), Answer(1, "a"));
}

TEST_F(ServerLoadTest, ClosesIdleConnections) {
  StartServer({.idle_max = milliseconds(20)});
  Client silent(port());
  EXPECT_TRUE(silent.Closed());
}

TEST_F(ServerLoadTest, ALargeRequestThatDoesNotGetOnGivesItsMemoryBack) {
  StartServer({.stalled_max = milliseconds(20)}, /*memory_bytes=*/50'000);
  std::string large(100'000, 'x');
  std::string frame = protocol::RequestFrame({1000, 0, 5}, large);
  Client stalled(port());
  stalled.Send(frame.substr(0, 40'000));
  Client other(port());
  other.Ask(1, large);
  EXPECT_EQ(other.Answer(), Answer(1, large));
  EXPECT_TRUE(stalled.Closed());
}

TEST_F(ServerLoadTest, LargeRequestsTakeTurnsOverTheMemoryThereIs) {
  StartServer({.stalled_max = hours(1)}, /*memory_bytes=*/150'000);
  std::vector<std::unique_ptr<Client>> clients;
  std::string large(100'000, 'x');
  for (int i = 0; i < 30; i++) {
    clients.push_back(std::make_unique<Client>(port()));
    clients.back()->Ask(i, large);
  }
  for (int i = 0; i < 30; i++) EXPECT_EQ(clients[i]->Answer(), Answer(i, large));
}

TEST_F(ServerLoadTest, ServesManyConnections) {
  StartServer({});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 300; i++) clients.push_back(std::make_unique<Client>(port()));
  for (int round = 0; round < 20; round++) {
    for (auto& client : clients) client->Ask(round, "ping");
  }
  for (auto& client : clients) {
    for (int round = 0; round < 20; round++) ASSERT_EQ(client->Answer(), Answer(round, "ping"));
  }
  EXPECT_EQ(server_->connection_count(), 300);
}

TEST_F(ServerLoadTest, AStopAnswersWhatIsInFlightAndCloses) {
  StartServer({});
  Client client(port());
  client.Ask(1, "park");
  AwaitHandled(1);
  runtime_.BlockOn(Stop());
  EXPECT_EQ(client.Answer(), Answer(1, "park"));
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerLoadTest, AStopDoesNotWaitForThoseWhoDoNotRead) {
  StartServer({});
  Client client(port(), 64 << 10);
  for (int i = 0; i < 100; i++) client.Ask(i, "big");
  AwaitHandled(4);
  runtime_.BlockOn(Stop(milliseconds(1)));
}

TEST_F(ServerLoadTest, AStopTakesConnectionsThatJustCome) {
  for (int round = 0; round < 100; round++) {
    StartServer({});
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 5; i++) clients.push_back(std::make_unique<Client>(port()));
    runtime_.BlockOn(Stop());
    for (auto& client : clients) EXPECT_TRUE(client->Closed());
  }
}

}  // namespace
}  // namespace millrace::net
