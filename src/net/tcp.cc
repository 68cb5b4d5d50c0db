// TCP streams: Asio tells when a socket is ready, the system calls are made directly, for sendfile,
// MSG_MORE and TCP_QUICKACK.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <coroutine>
#include <cstring>

#include "net/transport.h"
#include "runtime/blocking_pool.h"
#include "runtime/runtime.h"

namespace millrace::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using runtime::FileRange;
using runtime::Task;

size_t SizeOf(const Piece& piece) {
  if (auto* text = std::get_if<std::string>(&piece)) return text->size();
  return std::get<FileRange>(piece).size;
}

namespace {

Error Broken(const std::string& peer, std::string_view why) {
  return {ErrorCode::kNetwork, fmt::format("connection of {}: {}", peer, why)};
}

// For streams within one machine. A congestion control that paces, such as BBR, sends each 64 KB by
// a timer of its own, which costs more than all else about them.
constexpr std::string_view kControlWithoutPacing = "reno";

// The name of the socket's congestion control; empty when the system does not tell.
std::string CongestionControl(int descriptor) {
  char name[64] = {};
  socklen_t size = sizeof(name) - 1;
  ::getsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, name, &size);
  return name;
}

void SetCongestionControl(int descriptor, std::string_view name) {
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, name.data(), name.size());
}

struct WaitAwaiter {
  tcp::socket& socket;
  tcp::socket::wait_type type;
  bool failed = false;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    socket.async_wait(type, [this, self](const boost::system::error_code& error) {
      failed = static_cast<bool>(error);
      self.resume();
    });
  }
  void await_resume() const {}
};

// Files are sent in steps of this size, each warmed up first where it is cold.
constexpr uint64_t kSendfileStep = 1 << 20;
// Granularity of the look at what is in memory; read-ahead brings at least this much at once.
constexpr uint64_t kProbeStep = 512 << 10;

bool InMemory(const runtime::File& file, uint64_t position, uint64_t size) {
  std::byte probe;
  auto there = [&](uint64_t at) {
    auto read = file.ReadCached(at, {&probe, 1});
    return read && *read == 1;
  };
  for (uint64_t at = position; at < position + size; at += kProbeStep) {
    if (!there(at)) return false;
  }
  return there(position + size - 1);
}

void WarmUp(const runtime::File& file, uint64_t position, uint64_t size) {
  std::string scratch(std::min<uint64_t>(size, kProbeStep), '\0');
  for (uint64_t at = position; at < position + size; at += scratch.size()) {
    size_t step = std::min<uint64_t>(scratch.size(), position + size - at);
    // An error here shows again when the range is sent.
    if (!file.Read(at, {reinterpret_cast<std::byte*>(scratch.data()), step})) return;
  }
}

class TcpStream final : public Stream {
 public:
  TcpStream(tcp::socket socket, std::string peer, runtime::BlockingPool& pool)
      : socket_(std::move(socket)), peer_(std::move(peer)), pool_(pool) {}

  std::string peer() const override { return peer_; }

  Task<Result<void>> WaitReadable() override {
    if (std::exchange(ack_due_, false)) {
      int on = 1;
      ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
    }
    return Wait(tcp::socket::wait_read);
  }

  Result<std::optional<size_t>> TryRead(MutableBytes to) override {
    while (true) {
      ssize_t n = ::recv(socket_.native_handle(), to.data(), to.size(), MSG_DONTWAIT);
      if (n >= 0) {
        ack_due_ = true;
        return std::optional<size_t>(n);
      }
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return std::optional<size_t>();
      return Broken(peer_, std::strerror(errno));
    }
  }

  Task<Result<void>> Write(std::vector<Piece> pieces) override {
    size_t next = 0;
    while (next < pieces.size()) {
      if (auto* range = std::get_if<FileRange>(&pieces[next])) {
        CO_TRY(co_await SendRange(*range));
        next++;
        continue;
      }
      size_t end = next + 1;
      while (end < pieces.size() && std::holds_alternative<std::string>(pieces[end])) end++;
      CO_TRY(co_await SendTexts({pieces.data() + next, end - next}, end < pieces.size()));
      next = end;
    }
    ack_due_ = false;  // came with what was sent
    co_return Result<void>();
  }

  void StopReading() override {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_receive, ignored);
  }

  void Close() override {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  Task<Result<void>> WaitWritable() { return Wait(tcp::socket::wait_write); }

  Task<Result<void>> Wait(tcp::socket::wait_type type) {
    if (!socket_.is_open()) co_return Broken(peer_, "closed");
    WaitAwaiter ready{socket_, type};
    co_await ready;
    if (ready.failed) co_return Broken(peer_, "closed");
    co_return Result<void>();
  }

  Task<Result<void>> SendTexts(std::span<const Piece> texts, bool more) {
    constexpr size_t kPartsMax = 64;
    size_t first = 0, skip = 0;
    while (first < texts.size()) {
      iovec parts[kPartsMax];
      size_t count = std::min(texts.size() - first, kPartsMax);
      for (size_t i = 0; i < count; i++) {
        const auto& text = std::get<std::string>(texts[first + i]);
        parts[i] = {const_cast<char*>(text.data()), text.size()};
      }
      parts[0].iov_base = static_cast<char*>(parts[0].iov_base) + skip;
      parts[0].iov_len -= skip;
      msghdr message = {};
      message.msg_iov = parts;
      message.msg_iovlen = count;
      bool last = first + count == texts.size();
      int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more || !last ? MSG_MORE : 0);
      ssize_t n = ::sendmsg(socket_.native_handle(), &message, flags);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        CO_TRY(co_await WaitWritable());
        continue;
      }
      if (n < 0) co_return Broken(peer_, std::strerror(errno));
      skip += n;
      while (first < texts.size() && skip >= SizeOf(texts[first])) skip -= SizeOf(texts[first++]);
    }
    co_return Result<void>();
  }

  Task<Result<void>> SendRange(FileRange range) {
    while (range.size > 0) {
      uint64_t step = std::min(range.size, kSendfileStep);
      if (!InMemory(*range.file, range.position, step)) {
        co_await pool_.Run([&] { WarmUp(*range.file, range.position, step); });
      }
      CO_TRY(co_await SendStep(range, step));
    }
    co_return Result<void>();
  }

  Task<Result<void>> SendStep(FileRange& range, uint64_t step) {
    auto position = static_cast<off_t>(range.position);
    while (step > 0) {
      ssize_t n = ::sendfile(socket_.native_handle(), range.file->descriptor(), &position, step);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        CO_TRY(co_await WaitWritable());
        continue;
      }
      if (n < 0) co_return Broken(peer_, std::strerror(errno));
      if (n == 0) co_return Broken(peer_, "file ended early: " + range.file->path());
      step -= n;
      range.size -= n;
      range.position += n;
    }
    co_return Result<void>();
  }

  tcp::socket socket_;
  const std::string peer_;
  runtime::BlockingPool& pool_;
  // Something was read and nothing sent since. Some clients don't set TCP_NODELAY: a late ACK would
  // hold back their next small request for 40 ms.
  bool ack_due_ = false;
};

class TcpAccepted final : public Accepted {
 public:
  TcpAccepted(int descriptor, std::string peer, runtime::BlockingPool& pool)
      : descriptor_(descriptor), peer_(std::move(peer)), pool_(pool) {}
  ~TcpAccepted() override {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  std::unique_ptr<Stream> Open() override {
    tcp::socket socket(runtime::IoContextOf(*runtime::Shard::Current()));
    boost::system::error_code ignored;
    socket.assign(tcp::v4(), std::exchange(descriptor_, -1), ignored);
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    return std::make_unique<TcpStream>(std::move(socket), peer_, pool_);
  }

 private:
  int descriptor_;
  const std::string peer_;
  runtime::BlockingPool& pool_;
};

class TcpListener final : public Listener {
 public:
  // `control`: the congestion control of streams to other machines; the acceptor's is that of
  // streams within this one.
  TcpListener(tcp::acceptor acceptor, Address address, std::string control,
              runtime::BlockingPool& pool)
      : acceptor_(std::move(acceptor)),
        address_(std::move(address)),
        control_(std::move(control)),
        pool_(pool) {}

  const Address& address() const override { return address_; }

  Task<Result<std::unique_ptr<Accepted>>> Accept() override {
    AcceptAwaiter awaiter{acceptor_, tcp::socket(acceptor_.get_executor())};
    co_await awaiter;
    if (awaiter.error) {
      co_return Error{ErrorCode::kNetwork, fmt::format("accept on {}: {}", address_.ToString(),
                                                       awaiter.error.message())};
    }
    boost::system::error_code ignored;
    auto endpoint = awaiter.socket.remote_endpoint(ignored);
    if (endpoint.address() != awaiter.socket.local_endpoint(ignored).address()) {
      SetCongestionControl(awaiter.socket.native_handle(), control_);
    }
    std::string peer = fmt::format("{}:{}", endpoint.address().to_string(), endpoint.port());
    int descriptor = awaiter.socket.release(ignored);
    co_return std::make_unique<TcpAccepted>(descriptor, std::move(peer), pool_);
  }

  void Close() override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  struct AcceptAwaiter {
    tcp::acceptor& acceptor;
    tcp::socket socket;
    boost::system::error_code error = {};

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> self) {
      acceptor.async_accept(socket, [this, self](const boost::system::error_code& result) {
        error = result;
        self.resume();
      });
    }
    void await_resume() const {}
  };

  tcp::acceptor acceptor_;
  Address address_;
  const std::string control_;
  runtime::BlockingPool& pool_;
};

}  // namespace

Result<std::unique_ptr<Listener>> ListenTcp(const Address& address, runtime::BlockingPool& pool) {
  auto& context = runtime::IoContextOf(*runtime::Shard::Current());
  boost::system::error_code error;
  auto failed = [&](const char* what) {
    return Error{ErrorCode::kNetwork,
                 fmt::format("{} {}: {}", what, address.ToString(), error.message())};
  };
  tcp::resolver resolver(context);
  auto found = resolver.resolve(tcp::v4(), address.host, std::to_string(address.port),
                                tcp::resolver::passive, error);
  if (error) return failed("resolve");
  tcp::endpoint endpoint = *found.begin();
  tcp::acceptor acceptor(context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (error) return failed("bind");
  // Set here, because a stream that began with pacing keeps it under any other control.
  std::string control = CongestionControl(acceptor.native_handle());
  SetCongestionControl(acceptor.native_handle(), kControlWithoutPacing);
  acceptor.listen(1024, error);
  if (error) return failed("listen on");
  Address bound = {endpoint.address().to_string(), acceptor.local_endpoint(error).port()};
  return std::make_unique<TcpListener>(std::move(acceptor), std::move(bound), std::move(control),
                                       pool);
}

}  // namespace millrace::net
