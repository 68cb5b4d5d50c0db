// What a handler of a request gets and gives.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "net/connection.h"
#include "runtime/task.h"

namespace millrace::coordinator {
class Coordinator;
}
namespace millrace::replica {
class ReplicaManager;
}
namespace millrace::runtime {
class BlockingPool;
}

namespace millrace::server {

class ScanSessions;

// Where clients reach this server, by the name of the listener they came in by.
struct Endpoint {
  std::string listener;
  net::Address advertised;
};

// The parts of the server that handlers call. Lives as long as the server; any shard.
struct Services {
  coordinator::Coordinator& coordinator;
  replica::ReplicaManager& replicas;
  ScanSessions& scans;
  runtime::BlockingPool& pool;
  ServerId server_id;
  std::string rack;
  std::vector<Endpoint> endpoints;
};

// One request. `body` lies in the request's frame, which outlives the handler; records in it may be
// stamped in place.
struct Call {
  const Services& services;
  const net::Peer& peer;
  int16_t version;
  MutableBytes body;
};

// The body of a successful response; an Error becomes an error response.
using Body = std::vector<net::Piece>;

// Runs on the connection's shard.
using Handler = runtime::Task<Result<Body>> (*)(const Call& call);

}  // namespace millrace::server
