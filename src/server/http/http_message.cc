#include "server/http/http_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>

namespace millrace::server {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

HttpResponse Refusal(http::status status, std::string_view why) {
  return {.status = static_cast<int>(status), .body = fmt::format("{}\n", why)};
}

HttpResponse NotARequest(std::string_view why) {
  return Refusal(http::status::bad_request, fmt::format("Not an HTTP request: {}.", why));
}

bool IsLetter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// What the request line and headers up to the empty line say.
HttpParser::Outcome ParseHead(std::string_view head) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<uint32_t>(head.size() + 1));
  boost::system::error_code error;
  parser.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error == http::error::bad_version) {
    return Refusal(http::status::http_version_not_supported, "Only HTTP/1.0 and HTTP/1.1.");
  }
  if (error) return NotARequest(error.message());
  if (parser.chunked() || parser.content_length_remaining().value_or(0) > 0) {
    return Refusal(http::status::payload_too_large, "A request can't have a body here.");
  }
  const auto& message = parser.get();
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.path = std::string(message.target());
  request.path.resize(std::min(request.path.size(), request.path.find('?')));
  request.keep_alive = parser.keep_alive();
  return request;
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

std::optional<HttpParser::Outcome> HttpParser::Next(std::string& input) {
  if (input.empty()) return std::nullopt;
  // Some other protocol, whose request may never look complete: it would wait for an answer.
  if (!IsLetter(input.front())) return NotARequest("it does not begin with a method");
  size_t end = input.find(kHeadEnd, scanned_);
  size_t size = end == std::string::npos ? input.size() : end + kHeadEnd.size();
  if (size > head_bytes_max_) {
    return Refusal(http::status::request_header_fields_too_large, "Line and headers are too long.");
  }
  if (end == std::string::npos) {
    scanned_ = size - std::min(size, kHeadEnd.size() - 1);
    return std::nullopt;
  }
  auto outcome = ParseHead(std::string_view(input).substr(0, size));
  input.erase(0, size);
  scanned_ = 0;
  return outcome;
}

}  // namespace millrace::server
