// A blocking client on loopback, for tests of servers.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "base/endian.h"
#include "protocol/frame.h"

namespace millrace::net {

class Client {
 public:
  // A small `receive_buffer` makes the peer wait early for a client that does not read.
  explicit Client(int port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~Client() { ::close(socket_); }

  void Send(std::string_view bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void Ask(int32_t id, std::string_view body) { Send(protocol::RequestFrame({1000, 0, id}, body)); }

  std::string Read(size_t size) {
    std::string bytes(size, '\0');
    ssize_t n = ::recv(socket_, bytes.data(), size, MSG_WAITALL);
    bytes.resize(std::max<ssize_t>(n, 0));
    return bytes;
  }
  // Request id and body of the next successful response.
  std::pair<int32_t, std::string> Answer() {
    std::string head = Read(protocol::kSuccessHeadSize);
    if (head.size() < protocol::kSuccessHeadSize) return {-1, "closed"};
    auto* bytes = reinterpret_cast<const std::byte*>(head.data());
    return {LoadBig<int32_t>(bytes + 5), Read(LoadBig<int32_t>(bytes) - 5)};
  }
  void StopSending() { ::shutdown(socket_, SHUT_WR); }
  bool Closed() { return Read(1).empty(); }

 private:
  int socket_;
};

}  // namespace millrace::net
