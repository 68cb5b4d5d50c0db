// Serves HTTP on one listener: accepts, reads requests one after the other, answers them. What is
// asked for is the handler's matter.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "net/transport.h"
#include "runtime/clock.h"
#include "runtime/event.h"
#include "server/http/http_message.h"

namespace millrace::server {

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Answers one request; a HEAD as if it were a GET.
  virtual runtime::Task<HttpResponse> Handle(HttpRequest request) = 0;
};

struct HttpLimits {
  // Of a request's line and headers.
  size_t head_bytes_max = 8 << 10;
  // More than these are closed as soon as they are accepted.
  int connections_max = 64;
  // A connection is closed when a request is not whole so long after the last answer, and when an
  // answer is not taken in that time.
  runtime::Duration idle_max = std::chrono::seconds(60);
};

// Made, used and stopped on the listener's shard.
class HttpConnections {
 public:
  HttpConnections(std::unique_ptr<net::Listener> listener, HttpHandler& handler, HttpLimits limits);

  const net::Address& address() const { return listener_->address(); }
  // Begins to accept.
  void Start();
  // Accepts no more, answers what is being answered, for at most `patience`, and closes. Nothing of
  // it runs any more when this returns.
  runtime::Task<> Stop(runtime::Duration patience);

 private:
  struct Connection {
    Connection(std::unique_ptr<net::Stream> opened, size_t head_bytes_max)
        : stream(std::move(opened)), parser(head_bytes_max) {}

    std::unique_ptr<net::Stream> stream;
    HttpParser parser;
    std::string input;  // read and not parsed yet
  };
  class Deadline;

  runtime::Task<> AcceptLoop();
  runtime::Task<> Serve(std::unique_ptr<net::Accepted> accepted);
  // Serves requests until the connection can't be used any more.
  runtime::Task<> ServeRequests(Connection& connection);
  // The next request or what to answer instead; nullopt when there will be none.
  runtime::Task<std::optional<HttpParser::Outcome>> ReadRequest(Connection& connection);
  // Reads and appends to input; false at the end of the stream.
  runtime::Task<bool> ReadSome(Connection& connection);
  runtime::Task<bool> Write(Connection& connection, std::string text);
  // Reads on for a moment before a close, which would else take back the answer from under the
  // client.
  runtime::Task<> Drain(Connection& connection);

  std::unique_ptr<net::Listener> listener_;
  HttpHandler& handler_;
  const HttpLimits limits_;
  std::list<Connection> connections_;
  runtime::Gate under_way_;
  bool stopping_ = false;
};

}  // namespace millrace::server
