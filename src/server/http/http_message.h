// HTTP/1.1 requests and responses, as much of it as a scrape needs: requests without a body.
#pragma once

#include <cstddef>
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

// Finds requests in a stream of bytes. What it finds does not depend on how the bytes were cut into
// pieces.
class HttpParser {
 public:
  // Requests whose line and headers take more bytes are refused; a caller so never holds many more.
  explicit HttpParser(size_t head_bytes_max) : head_bytes_max_(head_bytes_max) {}

  // Once the front of `input` is a whole request, takes it off: that, or the answer to give to what
  // is none that can be served; after such an answer nothing more can be read. Between calls
  // `input` may only grow.
  using Outcome = std::variant<HttpRequest, HttpResponse>;
  std::optional<Outcome> Next(std::string& input);

 private:
  const size_t head_bytes_max_;
  size_t scanned_ = 0;  // so much of the input holds no end of a request
};

}  // namespace millrace::server
