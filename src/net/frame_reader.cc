#include "net/frame_reader.h"

#include <cstring>

#include "base/endian.h"
#include "protocol/frame.h"

namespace millrace::net {

using protocol::kFrameLengthSize;

namespace {

// Small frames are read many at a time into chunks of this size; larger ones get a buffer of their
// own, out of the memory budget.
constexpr size_t kChunkSize = 32 << 10;

}  // namespace

runtime::Task<Result<std::optional<Frame>>> FrameReader::Next() {
  while (true) {
    CO_TRY_ASSIGN(auto size, FrontSize());
    if (size && end_ - begin_ >= *size) co_return TakeFront(*size);
    // An idle connection holds no memory: wait first, then make room.
    if (begin_ == end_) {
      chunk_ = {};
      begin_ = end_ = 0;
      CO_TRY(co_await stream_.WaitReadable());
    }
    co_await MakeRoom(size.value_or(kFrameLengthSize));
    CO_TRY_ASSIGN(auto read, stream_.TryRead(chunk_.bytes().subspan(end_)));
    if (!read) {
      CO_TRY(co_await stream_.WaitReadable());
      continue;
    }
    if (*read == 0) co_return std::nullopt;
    end_ += *read;
    if (large_frame_last_read_) large_frame_last_read_ = runtime::Shard::Current()->clock().Now();
  }
}

Result<std::optional<size_t>> FrameReader::FrontSize() const {
  if (end_ - begin_ < kFrameLengthSize) return std::nullopt;
  auto length = LoadBig<int32_t>(chunk_.data() + begin_);
  TRY_ASSIGN(uint32_t size, protocol::CheckFrameLength(length, size_max_));
  return kFrameLengthSize + size;
}

std::optional<Frame> FrameReader::TakeFront(size_t size) {
  Frame frame;
  frame.buffer = chunk_;
  frame.bytes = chunk_.bytes().subspan(begin_ + kFrameLengthSize, size - kFrameLengthSize);
  frame.reservation = std::exchange(reservation_, {});
  large_frame_last_read_ = std::nullopt;
  begin_ += size;
  return frame;
}

runtime::Task<> FrameReader::MakeRoom(size_t size) {
  if (chunk_.size() - begin_ >= size && end_ < chunk_.size()) co_return;
  if (size > kChunkSize) {
    reservation_ = co_await budget_.Take(size);
    large_frame_last_read_ = runtime::Shard::Current()->clock().Now();
  }
  SharedBuffer chunk(std::max(size, kChunkSize));
  if (end_ > begin_) std::memcpy(chunk.data(), chunk_.data() + begin_, end_ - begin_);
  chunk_ = std::move(chunk);
  end_ -= begin_;
  begin_ = 0;
}

}  // namespace millrace::net
