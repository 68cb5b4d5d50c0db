#include "cli/metrics_port.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

#include "cli/listeners.h"
#include "cli/server_options.h"

namespace millrace::cli {
namespace {

struct PortRange {
  int first = 0, last = 0;
};

// "9249" or "9249-9259".
Result<PortRange> ParseRange(std::string_view key, std::string_view text) {
  size_t dash = std::min(text.find('-'), text.size());
  auto number = [](std::string_view digits) {
    int value = -1;
    auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return parsed.ptr == digits.data() + digits.size() ? value : -1;
  };
  PortRange range;
  range.first = number(text.substr(0, dash));
  range.last = dash < text.size() ? number(text.substr(dash + 1)) : range.first;
  if (range.first < 0 || range.last < range.first || range.last > 65535) {
    return Error{
        ErrorCode::kConfig,
        fmt::format("{}: '{}' is neither a port nor a range such as 9249-9259", key, text)};
  }
  return range;
}

Result<std::unique_ptr<net::Listener>> ListenInRange(const Options& options,
                                                     runtime::BlockingPool& pool) {
  TRY_ASSIGN(auto range,
             ParseRange(kMetricsPrometheusPort.key, options.Text(kMetricsPrometheusPort)));
  for (int port = range.first; port < range.last; port++) {
    auto listener = net::ListenTcp({"0.0.0.0", port}, pool);
    if (listener) return listener;
  }
  return net::ListenTcp({"0.0.0.0", range.last}, pool);
}

}  // namespace

Result<std::unique_ptr<net::Listener>> ListenForMetrics(const Options& options,
                                                        runtime::BlockingPool& pool) {
  if (std::ranges::count(options.List(kMetricsReporters), "prometheus") > 0) {
    return ListenInRange(options, pool);
  }
  const auto& text = options.Text(kMetricsHttpListen);
  if (text.empty()) return nullptr;
  TRY_ASSIGN(auto address, ParseAddress(kMetricsHttpListen.key, text));
  auto listener = net::ListenTcp(address, pool);
  if (listener || options.Source(kMetricsHttpListen) != OptionSource::kDefault) return listener;
  spdlog::warn("no /metrics and /health: {}", listener.error().message);
  return nullptr;
}

}  // namespace millrace::cli
