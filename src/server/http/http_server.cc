#include "server/http/http_server.h"

#include "server/metrics/collector.h"

namespace millrace::server {

using runtime::Task;

namespace {

constexpr auto kStopPatience = std::chrono::seconds(2);
constexpr std::string_view kMetricsPath = "/metrics";
constexpr std::string_view kHealthPath = "/health";

HttpResponse MetricsResponse(std::string text) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = std::move(text)};
}

HttpResponse HealthResponse(Health health) {
  return {.status = health.red ? 503 : 200,
          .content_type = "application/json",
          .body = std::move(health.json)};
}

HttpResponse NotFound() {
  return {.status = 404, .body = "Here are /metrics and /health.\n"};
}

HttpResponse NotAllowed() {
  return {.status = 405, .body = "Only GET and HEAD.\n", .allow = "GET, HEAD"};
}

}  // namespace

HttpServer::HttpServer(std::unique_ptr<net::Listener> listener, MetricsSources sources,
                       HttpLimits limits)
    : collector_(std::make_unique<MetricsCollector>(std::move(sources))),
      connections_(std::move(listener), *this, limits) {}

HttpServer::~HttpServer() = default;

void HttpServer::Start() {
  collector_->Start();
  connections_.Start();
}

Task<> HttpServer::Stop() {
  co_await connections_.Stop(kStopPatience);
  co_await collector_->Stop();
}

Task<HttpResponse> HttpServer::Handle(HttpRequest request) {
  bool metrics = request.path == kMetricsPath;
  if (!metrics && request.path != kHealthPath) co_return NotFound();
  if (request.method != "GET" && request.method != "HEAD") co_return NotAllowed();
  if (metrics) {
    auto text = co_await collector_->Metrics();
    co_return MetricsResponse(std::move(text));
  }
  auto health = co_await collector_->ReadHealth();
  co_return HealthResponse(std::move(health));
}

}  // namespace millrace::server
