// Where metrics come from: the parts of one process.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/metrics/process_labels.h"

namespace millrace::coordinator {
class Coordinator;
}
namespace millrace::net {
class Server;
}
namespace millrace::replica {
class ReplicaManager;
}
namespace millrace::runtime {
class BlockingPool;
class Shard;
}  // namespace millrace::runtime

namespace millrace::server {

class RequestProbe;

struct MetricsSources {
  // Null in a process without that role.
  const coordinator::Coordinator* coordinator = nullptr;
  replica::ReplicaManager* replicas = nullptr;
  const RequestProbe* requests = nullptr;
  // By the name of the listener.
  std::vector<std::pair<std::string, const net::Server*>> servers;
  std::vector<const runtime::Shard*> shards;
  // Renders the text. Never null.
  runtime::BlockingPool* pool = nullptr;
  ProcessLabels labels;
  std::string version;
};

}  // namespace millrace::server
