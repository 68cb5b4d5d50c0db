// Cuts a stream into frames (docs/protocol/framing.md) without copying their bytes.
#pragma once

#include <optional>

#include "net/memory_budget.h"
#include "net/transport.h"

namespace millrace::net {

// One frame without its length field. `bytes` lie in `buffer`, which small frames share.
struct Frame {
  SharedBuffer buffer;
  MutableBytes bytes;
  MemoryBudget::Reservation reservation;
};

class FrameReader {
 public:
  // Frames of more than `size_max` bytes, length field included, are an error.
  FrameReader(Stream& stream, uint32_t size_max, MemoryBudget& budget)
      : stream_(stream), size_max_(size_max), budget_(budget) {}

  // The next frame; nullopt at the end of the stream (also one inside a frame). kNetwork when the
  // stream broke; another error when the length can't be a frame's: nothing can be read after that.
  runtime::Task<Result<std::optional<Frame>>> Next();

  // While a frame is being read for which memory was taken out of the budget: when bytes of it last
  // came.
  std::optional<runtime::Instant> large_frame_last_read() const { return large_frame_last_read_; }

 private:
  // Size of the frame at the front with its length field; nullopt when that is not there yet.
  Result<std::optional<size_t>> FrontSize() const;
  std::optional<Frame> TakeFront(size_t size);
  // Makes room behind end_ for a front frame of `size` bytes.
  runtime::Task<> MakeRoom(size_t size);

  Stream& stream_;
  const uint32_t size_max_;
  MemoryBudget& budget_;
  SharedBuffer chunk_;
  size_t begin_ = 0, end_ = 0;  // what of chunk_ was read and not handed out yet
  MemoryBudget::Reservation reservation_;
  std::optional<runtime::Instant> large_frame_last_read_;
};

}  // namespace millrace::net
