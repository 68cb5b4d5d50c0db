#include "server/http/http_message.h"

#include <fmt/format.h>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>

namespace millrace::server {

namespace http = boost::beast::http;

namespace {

HttpResponse Refusal(http::status status, std::string_view why) {
  return {.status = static_cast<int>(status), .body = fmt::format("{}\n", why)};
}

}  // namespace

std::string EncodeHttp(const HttpResponse& response, bool head_only, bool keep_alive) {
  auto reason = http::obsolete_reason(http::int_to_status(response.status));
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\n"
      "Content-Type: {}\r\n"
      "Content-Length: {}\r\n"
      "Cache-Control: no-store\r\n"
      "Connection: {}\r\n",
      response.status, std::string_view(reason.data(), reason.size()), response.content_type,
      response.body.size(), keep_alive ? "keep-alive" : "close");
  if (!response.allow.empty()) text += fmt::format("Allow: {}\r\n", response.allow);
  text += "\r\n";
  if (!head_only) text += response.body;
  return text;
}

struct HttpParser::State {
  http::request_parser<http::empty_body> parser;
};

HttpParser::HttpParser(uint32_t header_bytes_max) : header_bytes_max_(header_bytes_max) {}

HttpParser::~HttpParser() = default;

std::optional<HttpParser::Outcome> HttpParser::Next(std::string& input) {
  if (input.empty()) return std::nullopt;
  if (!state_) {
    state_ = std::make_unique<State>();
    state_->parser.header_limit(header_bytes_max_);
  }
  auto& parser = state_->parser;
  boost::system::error_code error;
  size_t taken = parser.put(boost::asio::buffer(input.data(), input.size()), error);
  input.erase(0, taken);
  if (error == http::error::need_more) return std::nullopt;
  if (error == http::error::header_limit) {
    return Refusal(http::status::request_header_fields_too_large, "Headers are too long.");
  }
  if (error == http::error::bad_version) {
    return Refusal(http::status::http_version_not_supported, "Only HTTP/1.0 and HTTP/1.1.");
  }
  if (error) return Refusal(http::status::bad_request, "Not an HTTP request: " + error.message());
  if (parser.chunked() || parser.content_length_remaining().value_or(0) > 0) {
    return Refusal(http::status::payload_too_large, "A request can't have a body here.");
  }
  const auto& message = parser.get();
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.path = std::string(message.target());
  request.path.resize(std::min(request.path.size(), request.path.find('?')));
  request.keep_alive = parser.keep_alive();
  state_.reset();
  return request;
}

}  // namespace millrace::server
