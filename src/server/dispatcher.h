// From a request frame to its handler and back to a response frame.
#pragma once

#include "net/connection.h"
#include "server/call.h"
#include "server/request_probe.h"

namespace millrace::server {

// Serves all connections of all shards.
class Dispatcher final : public net::RequestHandler {
 public:
  // Both must outlive the dispatcher.
  Dispatcher(const Services& services, RequestProbe& probe) : services_(services), probe_(probe) {}

  // A request that is not served is answered with kUnsupportedVersion: the Java server keeps
  // silent, which hangs its clients. Versions are not checked, as they are not there: they steer a
  // few handlers only.
  runtime::Task<std::vector<net::Piece>> Handle(const net::Peer& peer,
                                                net::Request request) override;

 private:
  const Services& services_;
  RequestProbe& probe_;
};

}  // namespace millrace::server
