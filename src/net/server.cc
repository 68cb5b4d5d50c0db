#include "net/server.h"

#include <spdlog/spdlog.h>

#include <atomic>

namespace millrace::net {

using runtime::Task;

// What one shard knows of its connections; touched only there, but for the count.
struct Server::ShardState {
  ShardState(runtime::Shard& owner, uint64_t memory_bytes) : shard(owner), budget(memory_bytes) {}

  runtime::Shard& shard;
  MemoryBudget budget;
  std::list<Connection> connections;
  runtime::Gate open;
  runtime::Event stopping;
  std::atomic<int> count = 0;
};

Server::Server(std::unique_ptr<Listener> listener, Setup setup)
    : listener_(std::move(listener)), setup_(std::move(setup)) {
  for (auto* shard : setup_.shards) {
    states_.push_back(std::make_unique<ShardState>(*shard, setup_.memory_bytes_per_shard));
  }
}

Server::~Server() = default;

void Server::Start() {
  runtime::Spawn(AcceptLoop());
  for (auto& state : states_) {
    state->shard.Post([this, &state = *state] { runtime::Spawn(CloseIdle(state)); });
  }
}

Task<> Server::AcceptLoop() {
  auto pass = accepting_.Enter();
  for (size_t next = 0;; next++) {
    auto accepted = co_await listener_->Accept();
    if (!accepted && listener_closed_) co_return;
    if (!accepted) {
      // Out of descriptors, mostly: those in use must be given back first.
      spdlog::warn("{}", accepted.error().message);
      co_await runtime::SleepUntil(runtime::Shard::Current()->clock().Now() +
                                   std::chrono::milliseconds(100));
      continue;
    }
    ShardState& state = *states_[next % states_.size()];
    state.shard.Post([this, &state, connection = std::move(*accepted)]() mutable {
      runtime::Spawn(Serve(state, std::move(connection)));
    });
  }
}

Task<> Server::Serve(ShardState& state, std::unique_ptr<Accepted> accepted) {
  if (state.stopping.is_set()) co_return;
  auto pass = state.open.Enter();
  auto stream = accepted->Open();
  Peer peer = {stream->peer(), setup_.listener_name};
  auto connection = state.connections.emplace(state.connections.end(), std::move(stream), peer,
                                              setup_.handler, setup_.limits, state.budget);
  state.count++;
  co_await connection->Run();
  state.count--;
  state.connections.erase(connection);
}

Task<> Server::CloseIdle(ShardState& state) {
  auto pass = state.open.Enter();
  auto& clock = state.shard.clock();
  auto interval = std::min(setup_.limits.idle_max, setup_.limits.stalled_max) / 10;
  while (!co_await state.stopping.WaitUntil(clock.Now() + interval)) {
    for (auto& connection : state.connections) connection.CloseIfIdle(clock.Now());
  }
}

Task<> Server::Stop(runtime::Duration patience) {
  listener_closed_ = true;
  listener_->Close();
  co_await accepting_.WaitEmpty();
  for (auto& state : states_) co_await runtime::RunOn(state->shard, StopShard(*state, patience));
}

Task<> Server::StopShard(ShardState& state, runtime::Duration patience) {
  // Connections taken last are still on their way here, also when this is the listener's shard.
  co_await runtime::Yield();
  state.stopping.Set();
  for (auto& connection : state.connections) connection.Shutdown();
  auto timer = state.shard.AddTimer(state.shard.clock().Now() + patience, [&state] {
    for (auto& connection : state.connections) connection.Close();
  });
  co_await state.open.WaitEmpty();
  state.shard.RemoveTimer(timer);
}

int Server::connection_count() const {
  int count = 0;
  for (auto& state : states_) count += state->count;
  return count;
}

}  // namespace millrace::net
