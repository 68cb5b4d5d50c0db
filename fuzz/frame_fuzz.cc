// Frames, as they arrive on a connection in pieces of any size, and the frames that answer them.
#include "base/endian.h"
#include "fuzz/input.h"
#include "fuzz/one_shard.h"
#include "net/frame_reader.h"
#include "protocol/basic.pb.h"
#include "protocol/error_message.h"
#include "protocol/frame.h"
#include "protocol/message_codec.h"

namespace millrace::fuzz {
namespace {

// Hands out the bytes in pieces whose sizes `pace` says; a 0 there means that nothing has arrived
// yet.
class PacedStream final : public net::Stream {
 public:
  PacedStream(Bytes pace, Bytes bytes) : pace_(pace), bytes_(bytes) {}

  runtime::Task<Result<void>> WaitReadable() override { co_return Result<void>(); }

  Result<std::optional<size_t>> TryRead(MutableBytes to) override {
    MILLRACE_CHECK(!to.empty(), "no room to read into");
    size_t size = SIZE_MAX;
    if (reads_ < 4096 && !pace_.empty())
      size = std::to_integer<size_t>(pace_[reads_++ % pace_.size()]);
    if (size == 0) return std::nullopt;
    size = std::min({size, to.size(), bytes_.size()});
    std::ranges::copy(bytes_.first(size), to.begin());
    bytes_ = bytes_.subspan(size);
    return size;
  }

  runtime::Task<Result<void>> Write(std::vector<net::Piece>) override { co_return Result<void>(); }
  void StopReading() override {}
  void Close() override {}
  std::string peer() const override { return "fuzzer"; }

 private:
  Bytes pace_, bytes_;
  size_t reads_ = 0;
};

// What the reader must make of `bytes`, by the plain rule.
struct Expected {
  std::vector<Bytes> frames;
  bool broken = false;
};
Expected Cut(Bytes bytes, uint32_t size_max) {
  Expected expected;
  while (bytes.size() >= protocol::kFrameLengthSize) {
    uint64_t length = LoadBig<uint32_t>(bytes.data());
    expected.broken =
        length < protocol::kRequestHeaderSize || length + protocol::kFrameLengthSize > size_max;
    bytes = bytes.subspan(protocol::kFrameLengthSize);
    if (expected.broken || bytes.size() < length) break;
    expected.frames.push_back(bytes.first(length));
    bytes = bytes.subspan(length);
  }
  return expected;
}

void CheckAnswers(Bytes frame) {
  auto header = protocol::ParseRequestHeader(frame);
  Bytes body = frame.subspan(protocol::kRequestHeaderSize);
  std::string again = protocol::RequestFrame(header, AsText(body));
  MILLRACE_CHECK(again.substr(protocol::kFrameLengthSize) == AsText(frame),
                 "a request changed on its way");

  std::string text(AsText(body));
  std::string answer = protocol::ErrorFrame(header.request_id, {ErrorCode{header.api_key}, text});
  MILLRACE_CHECK(LoadBig<uint32_t>(AsBytes(answer).data()) == answer.size() - 4,
                 "an error frame of another length");
  auto error = Must(protocol::ParseMessage<proto::ErrorResponse>(AsBytes(answer).subspan(9)));
  MILLRACE_CHECK(error.error_code() == header.api_key, "another error code");
  MILLRACE_CHECK(error.error_message() == protocol::WireMessage(error.error_message()),
                 "no valid UTF-8");
}

runtime::Task<bool> ReadAll(net::FrameReader& reader, const Expected& expected) {
  for (Bytes frame : expected.frames) {
    auto next = co_await reader.Next();
    MILLRACE_CHECK(next && *next, "a frame is missing");
    MILLRACE_CHECK(AsText((*next)->bytes) == AsText(frame), "a frame has other bytes");
    CheckAnswers((*next)->bytes);
  }
  auto end = co_await reader.Next();
  MILLRACE_CHECK(end.has_value() != expected.broken,
                 "a length that can not be is taken, or the other way round");
  MILLRACE_CHECK(!end || !*end, "a frame too many");
  co_return true;
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  uint32_t size_max = input.Take<uint32_t>() % (1 << 20);
  Bytes pace = input.Piece();
  auto stream_bytes = Exactly(input.Rest());
  Expected expected = Cut(stream_bytes, size_max);
  OneShard shard;
  PacedStream stream(pace, stream_bytes);
  net::MemoryBudget budget(64 << 20);
  net::FrameReader reader(stream, size_max, budget);
  shard.Await(ReadAll(reader, expected));
}

}  // namespace millrace::fuzz
