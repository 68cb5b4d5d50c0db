// Refuses writes while the data disk is nearly full, so that reading, deleting and the metadata go
// on.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "base/options.h"
#include "base/result.h"
#include "runtime/disk.h"

namespace millrace::replica {

class DiskGuard {
 public:
  struct Options {
    // Share of the disk in use at which writes are refused, and at which they are taken again. A
    // limit of 1 switches the guard off.
    LiveOption<double> write_limit_ratio;
    LiveOption<double> write_recover_ratio;
    std::chrono::milliseconds check_interval;
  };

  DiskGuard(runtime::Disk& disk, std::string directory, Options options)
      : disk_(disk), directory_(std::move(directory)), options_(options) {}

  const Options& options() const { return options_; }
  // Looks at the disk. Blocking; from one thread at a time.
  void Check();
  // The retriable error for a write that comes now; nothing while there is room. Any thread.
  Result<void> Admit() const;

  bool locked() const { return locked_; }
  double usage_ratio() const { return usage_; }

 private:
  runtime::Disk& disk_;
  const std::string directory_;
  const Options options_;
  std::atomic<bool> locked_ = false;
  std::atomic<double> usage_ = 0;
};

}  // namespace millrace::replica
