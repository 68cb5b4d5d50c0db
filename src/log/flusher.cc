#include "log/flusher.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace millrace::log {

using runtime::Task;

Error Flusher::Failure() const {
  return {ErrorCode::kStorage, fmt::format("{} can't be appended to since a flush failed: {}",
                                           directory_, failure_->message)};
}

Task<Result<void>> Flusher::Sync(Offset end) {
  auto self = shared_from_this();
  while (durable_ < end) {
    if (failed()) co_return Failure();
    if (flushing_) {
      progress_.Reset();
      co_await progress_.Wait();
    } else {
      co_await Flush();
    }
  }
  co_return Result<void>();
}

Task<> Flusher::Flush() {
  flushing_ = true;
  Round round = std::exchange(round_, {});
  Offset end = end_;
  auto active = active_;
  auto flushed = co_await pool_.Run([&]() -> Result<void> {
    for (const auto& file : round.files) TRY(file->SyncData());
    if (active) TRY(active->SyncData());
    if (round.directory) TRY(disk_.SyncDirectory(directory_));
    return {};
  });
  flushing_ = false;
  if (!flushed) {
    failure_ = flushed.error();
  } else {
    durable_ = std::max(durable_, end);
    WriteSnapshots(std::move(round.snapshots));
  }
  progress_.Set();
}

Task<Result<void>> Flusher::SyncAll() {
  auto self = shared_from_this();
  while (flushing_) {
    progress_.Reset();
    co_await progress_.Wait();
  }
  if (failed()) co_return Failure();
  co_await Flush();
  if (failed()) co_return Failure();
  co_return Result<void>();
}

void Flusher::SyncInBackground() {
  runtime::Spawn(Background(shared_from_this()));
}

Task<> Flusher::Background(std::shared_ptr<Flusher> self) {
  (void)co_await self->SyncAll();
}

void Flusher::WriteSnapshots(std::vector<Snapshot> snapshots) {
  if (snapshots.empty()) return;
  writing_snapshots_++;
  pool_.Submit([self = shared_from_this(), snapshots = std::move(snapshots),
                home = runtime::Shard::Current()]() mutable {
    for (const auto& [path, content] : snapshots) {
      auto written = runtime::ReplaceFile(self->disk_, path, content);
      if (!written) spdlog::warn("can't write a writer snapshot: {}", written.error().message);
    }
    home->Post([self = std::move(self)] {
      self->writing_snapshots_--;
      self->progress_.Set();
    });
  });
}

Task<> Flusher::SnapshotsWritten() {
  auto self = shared_from_this();
  while (writing_snapshots_ > 0) {
    progress_.Reset();
    co_await progress_.Wait();
  }
}

}  // namespace millrace::log
