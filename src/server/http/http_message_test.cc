#include "server/http/http_message.h"

#include <gtest/gtest.h>

namespace millrace::server {
namespace {

// "METHOD path keep|close", or the status of the refusal; one line for each request, "..." for an
// end that is missing.
std::string Parse(std::string_view bytes, size_t step) {
  HttpParser parser(8 << 10);
  std::string input, result;
  for (size_t at = 0; at < bytes.size(); at += step) {
    input += bytes.substr(at, step);
    while (auto outcome = parser.Next(input)) {
      if (auto* refusal = std::get_if<HttpResponse>(&*outcome)) {
        return result + std::to_string(refusal->status);
      }
      auto& request = std::get<HttpRequest>(*outcome);
      result += request.method + " " + request.path + (request.keep_alive ? " keep\n" : " close\n");
    }
  }
  return result + (input.empty() ? "" : "...");
}

TEST(HttpParserTest, Cases) {
  struct Case {
    std::string bytes, expected;
  };
  const std::string get = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  const Case cases[] = {
      {get, "GET /metrics keep\n"},
      {get + get, "GET /metrics keep\nGET /metrics keep\n"},
      {"GET /health?full=1 HTTP/1.1\r\n\r\n", "GET /health keep\n"},
      {"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n", "HEAD / close\n"},
      {"GET /health HTTP/1.0\r\n\r\n", "GET /health close\n"},
      {"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /health keep\n"},
      {"WHAT /x HTTP/1.1\r\n\r\n", "WHAT /x keep\n"},
      {"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "POST / keep\n"},
      {"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "413"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "413"},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"},
      {"GET /metrics HTTP/2.0\r\n\r\n", "505"},
      {"GET /metrics\r\n\r\n", "400"},
      {"GET  HTTP/1.1\r\n\r\n", "400"},
      {"\r\n\r\n\r\n\r\n", "400"},
      {std::string("GET /a\0b HTTP/1.1\r\n\r\n", 21), "400"},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"},
      {std::string(
           "\0\0\0\x0c\x03\xe8\0\0\0\0\0\1 and so on, a request of our protocol\n\n\r\n\r\n", 55),
       "400"},
      {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431"},
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", "431"},
      {std::string(20'000, 'G'), "431"},
      // The limit itself, and one more.
      {"GET / HTTP/1.1\r\nX: " + std::string(8192 - 23, 'x') + "\r\n\r\n", "GET / keep\n"},
      {"GET / HTTP/1.1\r\nX: " + std::string(8192 - 22, 'x') + "\r\n\r\n", "431"},
      // Refused for its length, although something in it is wrong too.
      {"GET / HTTP/1.1\r\nno colon\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431"},
      {std::string(1, '\0'), "400"},
      {"GET / HTTP/1.1\r\n", "..."},
  };
  for (const Case& c : cases) {
    for (size_t step : {size_t{1}, size_t{7}, size_t{4096}, c.bytes.size()}) {
      EXPECT_EQ(Parse(c.bytes, step), c.expected) << c.bytes.substr(0, 60) << " by " << step;
    }
  }
}

TEST(HttpParserTest, RefusesWhatHasNoEnd) {
  HttpParser parser(8 << 10);
  std::string input = "GET / HTTP/1.1\r\n";
  std::optional<HttpParser::Outcome> outcome;
  size_t sent = 0;
  for (; !outcome && sent < (1 << 20); sent += 10) {
    input += "a: bcdef\r\n";
    outcome = parser.Next(input);
    EXPECT_LE(input.size(), 9000u);
  }
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<HttpResponse>(*outcome).status, 431);
  EXPECT_LE(sent, 9000u);
}

TEST(EncodeHttpTest, WritesTheHead) {
  HttpResponse response = {.status = 405, .body = "No.\n", .allow = "GET, HEAD"};
  const std::string head =
      "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Length: 4\r\nCache-Control: no-store\r\n";
  EXPECT_EQ(EncodeHttp(response, false, true),
            head + "Connection: keep-alive\r\nAllow: GET, HEAD\r\n\r\nNo.\n");
  EXPECT_EQ(EncodeHttp(response, true, false),
            head + "Connection: close\r\nAllow: GET, HEAD\r\n\r\n");
}

}  // namespace
}  // namespace millrace::server
