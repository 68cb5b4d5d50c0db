#include "cli/listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "net/host_name.h"

namespace millrace::cli {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Result<net::Address> ParseAddress(std::string_view key, std::string_view text) {
  size_t colon = text.rfind(':');
  int port = -1;
  if (colon != std::string_view::npos) {
    auto digits = text.substr(colon + 1);
    auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) port = -1;
  }
  if (port < 0 || port > 65535 || colon == 0) {
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: '{}' is not of the form host:port", key, text)};
  }
  return net::Address{std::string(text.substr(0, colon)), port};
}

Result<std::vector<server::Endpoint>> ParseListeners(std::string_view key, std::string_view text) {
  std::vector<server::Endpoint> endpoints;
  while (!text.empty()) {
    size_t end = std::min(text.find(','), text.size());
    auto part = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    size_t separator = part.find("://");
    if (separator == std::string_view::npos || separator == 0) {
      return Error{ErrorCode::kConfig,
                   fmt::format("{}: '{}' is not of the form NAME://host:port", key, part)};
    }
    server::Endpoint endpoint;
    endpoint.listener = part.substr(0, separator);
    TRY_ASSIGN(endpoint.advertised, ParseAddress(key, part.substr(separator + 3)));
    if (std::ranges::find(endpoints, endpoint.listener, &server::Endpoint::listener) !=
        endpoints.end()) {
      return Error{ErrorCode::kConfig,
                   fmt::format("{}: listener {} is there twice", key, endpoint.listener)};
    }
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

net::Address AdvertisedAddress(const server::Endpoint& bound,
                               const std::vector<server::Endpoint>& advertised) {
  for (const auto& endpoint : advertised) {
    if (endpoint.listener == bound.listener) return endpoint.advertised;
  }
  if (bound.advertised.host != "0.0.0.0") return bound.advertised;
  return {net::OwnHostName(), bound.advertised.port};
}

}  // namespace millrace::cli
