// HTTP requests for /metrics and /health, arriving in pieces.
#include "fuzz/input.h"
#include "server/http/http_message.h"

namespace millrace::fuzz {
namespace {

// What became of a stream of requests, as text.
std::string Outcomes(std::string_view stream, Bytes pace) {
  std::string outcomes, input;
  server::HttpParser parser(1024);
  size_t read = 0;
  while (true) {
    while (auto outcome = parser.Next(input)) {
      if (const auto* response = std::get_if<server::HttpResponse>(&*outcome)) {
        MILLRACE_CHECK(response->status >= 400 && response->status < 600, "a refusal that is none");
        return outcomes + std::to_string(response->status);
      }
      const auto& request = std::get<server::HttpRequest>(*outcome);
      outcomes +=
          request.method + " " + request.path + (request.keep_alive ? " keep\n" : " close\n");
    }
    if (stream.empty()) return outcomes;
    size_t size = stream.size();
    if (!pace.empty())
      size = std::min(size, 1 + std::to_integer<size_t>(pace[read++ % pace.size()]));
    input += stream.substr(0, size);
    stream.remove_prefix(size);
  }
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  Bytes pace = input.Piece();
  // An unfinished line may be refused early, or not yet: end it.
  std::string stream = std::string(AsText(input.Rest())) + "\r\n\r\n";
  MILLRACE_CHECK(Outcomes(stream, pace) == Outcomes(stream, {}), "pieces are read otherwise");
}

}  // namespace millrace::fuzz
