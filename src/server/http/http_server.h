// The server's HTTP port: GET /metrics for Prometheus, GET /health for load balancers
// (docs/operating/metrics.md).
#pragma once

#include <memory>

#include "net/transport.h"
#include "runtime/task.h"
#include "server/http/http_connections.h"
#include "server/metrics/metrics_sources.h"

namespace millrace::server {

class MetricsCollector;

// Made, started and stopped on the listener's shard, where it runs; renders in the blocking pool.
class HttpServer final : private HttpHandler {
 public:
  // What the sources name must be there until Stop() has returned.
  HttpServer(std::unique_ptr<net::Listener> listener, MetricsSources sources,
             HttpLimits limits = {});
  ~HttpServer() override;

  const net::Address& address() const { return connections_.address(); }
  void Start();
  // Answers what is being answered and closes. Nothing of the server runs any more when this
  // returns. Once, and only after Start().
  runtime::Task<> Stop();

 private:
  runtime::Task<HttpResponse> Handle(HttpRequest request) override;

  std::unique_ptr<MetricsCollector> collector_;
  HttpConnections connections_;
};

}  // namespace millrace::server
