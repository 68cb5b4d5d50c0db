// One blocking socket to a server, for the bare protocol clients. They are processes of their own:
// what goes wrong ends them with a line that says why.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/endian.h"
#include "protocol/frame.h"
#include "protocol/message_codec.h"

namespace millrace::bench {

[[noreturn]] inline void Die(const std::string& why) {
  std::cerr << program_invocation_short_name << ": " << why << '\n';
  std::exit(1);
}

// Requests may be pipelined; answers come as the server sends them.
class Connection {
 public:
  // `host` is an IPv4 address.
  Connection(const char* host, const char* port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(std::atoi(port)));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) Die("the host is an IPv4 address");
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      Die(std::string("connect: ") + std::strerror(errno));
    }
    int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;

  int socket() const { return socket_; }

  void Send(const std::string& frame) {
    if (write(socket_, frame.data(), frame.size()) != static_cast<ssize_t>(frame.size())) {
      Die("the connection broke");
    }
  }

  struct Answer {
    int32_t request_id;
    Bytes body;
  };

  // Waits for the next answer. Its body lives until the one after it.
  Answer ReceiveAnswer() {
    std::byte head[protocol::kFrameLengthSize];
    Read(head);
    payload_.resize(LoadBig<uint32_t>(head));
    Read(payload_);
    constexpr size_t kHead = protocol::kSuccessHeadSize - protocol::kFrameLengthSize;
    if (payload_.size() < kHead || payload_[0] != std::byte{0}) {
      Die("the server answered with an error");
    }
    return {LoadBig<int32_t>(payload_.data() + 1), Bytes(payload_).subspan(kHead)};
  }

  // The same, where only one request is under way.
  Bytes Receive() { return ReceiveAnswer().body; }

 private:
  void Read(MutableBytes bytes) {
    while (!bytes.empty()) {
      ssize_t count = read(socket_, bytes.data(), bytes.size());
      if (count <= 0) Die("the server closed the connection");
      bytes = bytes.subspan(static_cast<size_t>(count));
    }
  }

  int socket_;
  std::vector<std::byte> payload_;
};

template <class Message>
Message Parse(Bytes body) {
  Result<Message> message = protocol::ParseMessage<Message>(body);
  if (!message) Die("an answer is no message of its kind");
  return *std::move(message);
}

}  // namespace millrace::bench
