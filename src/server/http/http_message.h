// HTTP/1.1 requests and responses, as much of it as a scrape needs: requests without a body.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace millrace::server {

struct HttpRequest {
  std::string method;  // "GET"; any token
  std::string path;    // what is before the '?': "/metrics"
  bool keep_alive = false;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow = {};  // value of the header Allow, for 405
};

// The response's bytes. `head_only` leaves out the body, but not its length.
std::string EncodeHttp(const HttpResponse& response, bool head_only, bool keep_alive);

// Finds requests in a stream of bytes. Memory is bounded by the limit.
class HttpParser {
 public:
  // Requests whose line and headers take more bytes are refused.
  explicit HttpParser(uint32_t header_bytes_max);
  ~HttpParser();

  // Takes what it can off the front of `input`, which must grow between calls and otherwise be left
  // alone. Once a request is whole: that, or the answer to give to what is none that can be served;
  // after such an answer nothing more can be read.
  using Outcome = std::variant<HttpRequest, HttpResponse>;
  std::optional<Outcome> Next(std::string& input);

 private:
  struct State;

  const uint32_t header_bytes_max_;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::server
