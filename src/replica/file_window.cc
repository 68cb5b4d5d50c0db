#include "replica/file_window.h"

#include <algorithm>

namespace millrace::replica {

runtime::Task<Result<Bytes>> FileWindow::At(uint64_t position, size_t size) {
  size = std::min<uint64_t>(size, range_.size - std::min(position, range_.size));
  if (position < begin_ || position + size > end_) {
    // Close to what was read last: the batches are small, so read many at once.
    bool onwards = position >= begin_ && position < end_ + ahead_ && end_ > 0;
    ahead_ = onwards ? std::min<size_t>(ahead_ * 4, 64 << 10) : 4096;
    size_t wanted = std::min<uint64_t>(std::max(size, ahead_), range_.size - position);
    buffer_.resize(std::max(buffer_.size(), wanted));
    MutableBytes to = {buffer_.data(), wanted};
    CO_TRY_ASSIGN(size_t read, range_.file->ReadCached(range_.position + position, to));
    if (read < wanted) {
      CO_TRY_ASSIGN(read, co_await pool_.Run(
                              [&] { return range_.file->Read(range_.position + position, to); }));
    }
    begin_ = position;
    end_ = position + read;
    if (read < size) {
      co_return Error{ErrorCode::kStorage, range_.file->path() + " is shorter than it was"};
    }
  }
  co_return Bytes(buffer_).subspan(position - begin_, size);
}

}  // namespace millrace::replica
