// Takes connections from listeners and spreads them over the shards.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "net/connection.h"

namespace millrace::net {

// Serves one listener. Made, started and stopped on one shard, the listener's.
class Server {
 public:
  struct Setup {
    std::string listener_name;
    std::vector<runtime::Shard*> shards;
    RequestHandler& handler;
    ConnectionLimits limits;
    // Of requests being read or handled, per shard.
    uint64_t memory_bytes_per_shard = 128 << 20;
  };

  Server(std::unique_ptr<Listener> listener, Setup setup);
  ~Server();

  const Address& address() const { return listener_->address(); }
  // Begins to accept.
  void Start();
  // Accepts no more, answers what is in flight, for at most `patience`, then closes what is left.
  // Nothing of the server runs any more when this returns. The handler must answer parked requests
  // by itself meanwhile.
  runtime::Task<> Stop(runtime::Duration patience);

  // Connections open now. Any thread.
  int connection_count() const;

 private:
  struct ShardState;

  runtime::Task<> AcceptLoop();
  runtime::Task<> Serve(ShardState& state, std::unique_ptr<Accepted> accepted);
  runtime::Task<> CloseIdle(ShardState& state);
  runtime::Task<> StopShard(ShardState& state, runtime::Duration patience);

  std::unique_ptr<Listener> listener_;
  const Setup setup_;
  std::vector<std::unique_ptr<ShardState>> states_;
  runtime::Gate accepting_;
  bool listener_closed_ = false;
};

}  // namespace millrace::net
