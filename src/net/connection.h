// One client's connection: requests in, responses out, in the order in which they get ready.
#pragma once

#include <string>
#include <vector>

#include "net/frame_reader.h"
#include "net/transport.h"
#include "protocol/frame.h"
#include "runtime/event.h"

namespace millrace::net {

// What a connection is known by while it lasts.
struct Peer {
  std::string address;
  std::string listener;  // name of the listener it came in by
};

struct Request {
  protocol::RequestHeader header;
  MutableBytes body;
  Frame frame;  // owns the body's bytes
  runtime::Instant received;
};

class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  // The whole response frame. Called on the connection's shard, in the order in which the requests
  // came; what must happen in that order has to happen, or be posted, before the first suspension.
  virtual runtime::Task<std::vector<Piece>> Handle(const Peer& peer, Request request) = 0;
};

struct ConnectionLimits {
  uint32_t frame_size_max = 100 << 20;
  int requests_in_flight_max = 500;
  // Memory of responses that the peer is slow to take; while there is more, no requests are read.
  uint64_t unsent_bytes_max = 8 << 20;
  runtime::Duration idle_max = std::chrono::minutes(10);
  // How long a peer may pause in the middle of a large request, whose memory others may wait for.
  runtime::Duration stalled_max = std::chrono::seconds(30);
};

// Lives on one shard. Whoever runs it keeps it until Run() has ended.
class Connection {
 public:
  Connection(std::unique_ptr<Stream> stream, Peer peer, RequestHandler& handler,
             const ConnectionLimits& limits, MemoryBudget& budget);

  // Serves until the peer leaves, breaks the protocol or Shutdown() is called; all handlers have
  // ended then.
  runtime::Task<> Run();
  // Takes no more requests, answers those in flight, then closes.
  void Shutdown();
  // Closes at once; responses not sent yet are dropped.
  void Close() { stream_->Close(); }
  // Closes when nothing was read or written for limits.idle_max, or a large request does not get
  // on. To be called now and then.
  void CloseIfIdle(runtime::Instant now);

 private:
  runtime::Task<> ReadRequests();
  runtime::Task<> HandleOne(Request request, runtime::Gate::Pass pass);
  // Whether the peer has to wait before its next request is taken.
  bool Crowded() const {
    return in_flight_.count() >= limits_.requests_in_flight_max ||
           unsent_bytes_ >= limits_.unsent_bytes_max;
  }
  void Queue(Piece piece);
  // Sends what is queued, unless another coroutine is at it.
  runtime::Task<> Flush();

  std::unique_ptr<Stream> stream_;
  const Peer peer_;
  RequestHandler& handler_;
  const ConnectionLimits limits_;
  FrameReader reader_;

  runtime::Gate in_flight_;
  runtime::Event answered_;  // set when Crowded() may have ended
  std::vector<Piece> unsent_;
  uint64_t unsent_bytes_ = 0;  // of memory, with what is being sent
  bool sending_ = false;
  bool stopping_ = false;
  bool reading_ = true;
  runtime::Instant last_active_;
};

}  // namespace millrace::net
