#include "replica/disk_guard.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace millrace::replica {

void DiskGuard::Check() {
  auto space = disk_.Space(directory_);
  if (!space || space->total_bytes == 0) return;  // nothing known: as before
  usage_ = 1.0 - static_cast<double>(space->free_bytes) / static_cast<double>(space->total_bytes);
  double limit = options_.write_limit_ratio(), recover = options_.write_recover_ratio();
  if (!locked_ && limit < 1 && usage_ >= limit) {
    spdlog::error("disk of {} is {:.0f} % full: writes are refused until it is below {:.0f} %",
                  directory_, usage_ * 100, recover * 100);
    locked_ = true;
  } else if (locked_ && (usage_ <= recover || limit >= 1)) {
    spdlog::info("disk of {} has room again: writes are taken", directory_);
    locked_ = false;
  }
}

Result<void> DiskGuard::Admit() const {
  if (!locked_) return {};
  // Not kDiskWriteLocked, which says the same but which the Rust and Python clients don't retry.
  return Error{
      ErrorCode::kLogStorage,
      fmt::format("disk of {} is {:.0f} % full, writes are refused", directory_, usage_ * 100)};
}

}  // namespace millrace::replica
