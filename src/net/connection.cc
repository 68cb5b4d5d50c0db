#include "net/connection.h"

#include <spdlog/spdlog.h>

namespace millrace::net {

using runtime::Task;

namespace {

// Memory that a piece holds until it is sent, roughly.
uint64_t MemoryOf(const Piece& piece) {
  auto* text = std::get_if<std::string>(&piece);
  return sizeof(Piece) + (text ? text->size() : sizeof(runtime::FileRange));
}

}  // namespace

Connection::Connection(std::unique_ptr<Stream> stream, Peer peer, RequestHandler& handler,
                       const ConnectionLimits& limits, MemoryBudget& budget)
    : stream_(std::move(stream)),
      peer_(std::move(peer)),
      handler_(handler),
      limits_(limits),
      reader_(*stream_, limits.frame_size_max, budget),
      last_active_(runtime::Shard::Current()->clock().Now()) {}

Task<> Connection::Run() {
  co_await ReadRequests();
  reading_ = false;
  // A peer that half-closes has gone: its pending responses are dropped, as the Java server does.
  if (!stopping_) stream_->Close();
  co_await in_flight_.WaitEmpty();
  stream_->Close();
}

Task<> Connection::ReadRequests() {
  while (!stopping_) {
    auto next = co_await reader_.Next();
    if (stopping_) co_return;
    if (!next) {
      if (next.error().code == ErrorCode::kNetwork) co_return;
      spdlog::warn("closing the connection of {}: {}", peer_.address, next.error().message);
      // The stream is out of step: say why, and close once that is sent.
      stopping_ = true;
      Queue(protocol::ServerFailureFrame(next.error()));
      co_await Flush();
      co_return;
    }
    if (!*next) co_return;
    last_active_ = runtime::Shard::Current()->clock().Now();
    Frame frame = std::move(**next);
    Request request = {protocol::ParseRequestHeader(frame.bytes),
                       frame.bytes.subspan(protocol::kRequestHeaderSize), std::move(frame),
                       last_active_};
    runtime::Spawn(HandleOne(std::move(request), in_flight_.Enter()));
    while (Crowded() && !stopping_) {
      answered_.Reset();
      co_await answered_.Wait();
    }
  }
}

Task<> Connection::HandleOne(Request request, runtime::Gate::Pass /*pass*/) {
  auto response = co_await handler_.Handle(peer_, std::move(request));
  for (auto& piece : response) Queue(std::move(piece));
  co_await Flush();
  answered_.Set();
}

void Connection::Queue(Piece piece) {
  unsent_bytes_ += MemoryOf(piece);
  unsent_.push_back(std::move(piece));
}

Task<> Connection::Flush() {
  if (sending_) co_return;
  sending_ = true;
  while (!unsent_.empty()) {
    uint64_t taken = unsent_bytes_;
    auto sent = co_await stream_->Write(std::exchange(unsent_, {}));
    unsent_bytes_ -= taken;
    if (!sent) {
      stream_->Close();
      unsent_.clear();
      unsent_bytes_ = 0;
    }
    answered_.Set();
    last_active_ = runtime::Shard::Current()->clock().Now();
  }
  sending_ = false;
}

void Connection::Shutdown() {
  stopping_ = true;
  answered_.Set();
  // The reader waits for a request that won't be taken: nothing is lost when its wait breaks.
  stream_->StopReading();
}

void Connection::CloseIfIdle(runtime::Instant now) {
  auto large = reader_.large_frame_last_read();
  if (now - last_active_ >= limits_.idle_max || (large && now - *large >= limits_.stalled_max))
    stream_->Close();
}

}  // namespace millrace::net
