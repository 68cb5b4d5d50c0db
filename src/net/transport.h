// Byte streams between processes: TCP in the product, a simulated network in the simulator.
// A stream belongs to the shard it was made on and is used there only, by one reader and one
// writer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/disk.h"
#include "runtime/task.h"

namespace millrace::runtime {
class BlockingPool;
class Shard;
}  // namespace millrace::runtime

namespace millrace::net {

struct Address {
  std::string host;
  int port = 0;
  std::string ToString() const { return host + ":" + std::to_string(port); }
};

// Something to send: bytes of our own, or bytes of a file, which the kernel copies from its page
// cache.
using Piece = std::variant<std::string, runtime::FileRange>;

size_t SizeOf(const Piece& piece);

class Stream {
 public:
  virtual ~Stream() = default;

  // Waits until there is something to read, without needing memory for it. kNetwork when the stream
  // broke.
  virtual runtime::Task<Result<void>> WaitReadable() = 0;
  // Reads what is there, up to to.size() bytes, and never waits: nullopt when nothing is there, 0
  // at the end of the stream.
  virtual Result<std::optional<size_t>> TryRead(MutableBytes to) = 0;
  // Sends all pieces in order, waiting as needed. kNetwork when the stream broke.
  virtual runtime::Task<Result<void>> Write(std::vector<Piece> pieces) = 0;
  // The reader finds the end of the stream at once; writing goes on.
  virtual void StopReading() = 0;
  // Both directions end; whoever waits gets kNetwork. May be called at any time, also twice.
  virtual void Close() = 0;

  virtual std::string peer() const = 0;
};

// A connection that a listener took; it becomes the stream of the shard that asks for it.
class Accepted {
 public:
  virtual ~Accepted() = default;
  // Once, on the shard that is to own the stream.
  virtual std::unique_ptr<Stream> Open() = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  // The address bound, with the port the system chose if 0 was asked for.
  virtual const Address& address() const = 0;
  // The next connection, not yet bound to a shard. kNetwork after Close().
  virtual runtime::Task<Result<std::unique_ptr<Accepted>>> Accept() = 0;
  virtual void Close() = 0;
};

// Listens by TCP on the calling shard. `pool` reads what a stream is to send and is not in memory
// yet; it must outlive the listener and its streams.
Result<std::unique_ptr<Listener>> ListenTcp(const Address& address, runtime::BlockingPool& pool);

}  // namespace millrace::net
