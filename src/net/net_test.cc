// Real sockets on loopback, a handler that echoes.
#include <gtest/gtest.h>

#include "net/client_for_test.h"
#include "net/server.h"
#include "runtime/runtime.h"

namespace millrace::net {
namespace {

using runtime::Task;
using std::chrono::seconds;

// Answers with the request's body. A body "park" waits until Release(); "file" is answered from a
// file.
class EchoHandler final : public RequestHandler {
 public:
  Task<std::vector<Piece>> Handle(const Peer&, Request request) override {
    std::string body(AsText(request.body));
    if (body == "park") co_await released_.Wait();
    if (body == "file") co_return FromFile(request.header.request_id);
    co_return OneFrame(request.header.request_id, body);
  }
  void Release() { released_.Set(); }

 private:
  static std::vector<Piece> OneFrame(int32_t id, std::string_view body) {
    std::vector<Piece> pieces;
    pieces.push_back(protocol::SuccessFrame(id, body));
    return pieces;
  }
  static std::vector<Piece> FromFile(int32_t id) {
    auto& disk = runtime::SystemDisk();
    std::string path = testing::TempDir() + "/millrace-net-test-file";
    auto file = *disk.Open(path, runtime::OpenMode::kCreate);
    EXPECT_TRUE(file->Write(0, AsBytes("0123456789")));
    auto head = protocol::SuccessHead(id, 4);
    std::vector<Piece> pieces;
    pieces.push_back(std::string(AsText(head)));
    pieces.push_back(runtime::FileRange{file, 3, 4});
    return pieces;
  }

  runtime::Event released_;
};

class ServerTest : public testing::Test {
 protected:
  void SetUp() override { runtime_.BlockOn(Start()); }
  void TearDown() override { runtime_.BlockOn(Stop()); }

  Task<> Start() {
    auto listener = ListenTcp({"127.0.0.1", 0}, runtime_.blocking_pool());
    EXPECT_TRUE(listener);
    Server::Setup setup = {"FLUSS", {&runtime_.shard(0), &runtime_.shard(1)}, handler_, {}};
    setup.limits.frame_size_max = 1 << 20;
    server_ = std::make_unique<Server>(std::move(*listener), setup);
    server_->Start();
    co_return;
  }
  Task<> Stop() {
    handler_.Release();
    co_await server_->Stop(seconds(5));
  }
  int port() const { return server_->address().port; }

  runtime::Runtime runtime_{2, 1};
  EchoHandler handler_;
  std::unique_ptr<Server> server_;
};

using Answer = std::pair<int32_t, std::string>;

TEST_F(ServerTest, AnswersPipelinedRequestsWhenTheyAreReady) {
  Client client(port());
  client.Ask(1, "park");
  client.Ask(2, "a");
  client.Ask(3, "bc");
  EXPECT_EQ(client.Answer(), Answer(2, "a"));
  EXPECT_EQ(client.Answer(), Answer(3, "bc"));
  runtime_.shard(0).Post([this] { handler_.Release(); });
  EXPECT_EQ(client.Answer(), Answer(1, "park"));
}

TEST_F(ServerTest, SendsRangesOfFiles) {
  Client client(port());
  client.Ask(9, "file");
  EXPECT_EQ(client.Answer(), Answer(9, "3456"));
}

TEST_F(ServerTest, TakesFramesInPiecesAndLargeOnes) {
  Client client(port());
  std::string large(700'000, 'x');
  std::string frame = protocol::RequestFrame({1000, 0, 5}, large);
  client.Send(frame.substr(0, 3));
  client.Send(frame.substr(3, 100));
  client.Send(frame.substr(103));
  EXPECT_EQ(client.Answer(), Answer(5, large));
}

TEST_F(ServerTest, SaysWhyItClosesOnAnImpossibleLength) {
  for (const std::string& length :
       {std::string("\x7f\xff\xff\xff", 4), std::string("\xff\xff\xff\xff", 4),
        std::string("\0\0\0\7", 4)}) {
    Client client(port());
    client.Send(length);
    std::string head = client.Read(5);
    ASSERT_EQ(head.size(), 5u);
    EXPECT_EQ(head[4], 2);
    client.Read(LoadBig<int32_t>(reinterpret_cast<const std::byte*>(head.data())) - 1);
    EXPECT_TRUE(client.Closed());
  }
  Client other(port());
  other.Ask(1, "still there");
  EXPECT_EQ(other.Answer(), Answer(1, "still there"));
}

TEST_F(ServerTest, StopAnswersWhatIsInFlight) {
  Client idle(port());
  Client client(port());
  client.Ask(1, "a");
  EXPECT_EQ(client.Answer(), Answer(1, "a"));
  runtime_.BlockOn(Stop());
  EXPECT_TRUE(idle.Closed());
  EXPECT_TRUE(client.Closed());
}

}  // namespace
}  // namespace millrace::net
