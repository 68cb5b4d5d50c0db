// Makes a log durable: groups flushes, remembers what is still to be flushed, and writes writer
// snapshots behind the data that they summarise. On the log's shard; flushes themselves run in the
// blocking pool. Shared between the log and its flushes under way, so that a log may go while one
// runs.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/blocking_pool.h"
#include "runtime/disk.h"
#include "runtime/event.h"
#include "runtime/task.h"

namespace millrace::log {

class Flusher : public std::enable_shared_from_this<Flusher> {
 public:
  // Of a log in `directory` that is on the device below `durable`.
  Flusher(runtime::Disk& disk, runtime::BlockingPool& pool, std::string directory, Offset durable)
      : disk_(disk), pool_(pool), directory_(std::move(directory)), durable_(durable) {}

  // Data up to `end` was written to `file`, which is appended to. Does not allocate.
  void Wrote(const std::shared_ptr<runtime::File>& file, Offset end) {
    if (active_ != file) active_ = file;
    end_ = end;
  }
  // The next flush includes this file.
  void Add(std::shared_ptr<runtime::File> file) { round_.files.push_back(std::move(file)); }
  // The next flush includes the directory: files came into being.
  void AddDirectory() { round_.directory = true; }
  // Written once all that was appended before is on the device. Nobody waits for it, and a start
  // can do without.
  void AddSnapshot(std::string path, std::string content) {
    round_.snapshots.push_back({std::move(path), std::move(content)});
  }

  // Returns once all below `end` is on the device. Flushes run one at a time; whoever asks before
  // one begins is served by it. kStorage once a flush has failed.
  runtime::Task<Result<void>> Sync(Offset end);
  // Flushes all there is, also what was only added.
  runtime::Task<Result<void>> SyncAll();
  // The same, without waiting. An error shows at the next append.
  void SyncInBackground();
  // Returns when no snapshot is being written.
  runtime::Task<> SnapshotsWritten();

  // The log ends here now; no flush may be under way.
  void TruncatedTo(Offset end) {
    end_ = end;
    durable_ = std::min(durable_, end);
  }

  Offset durable() const { return durable_; }
  // A flush has failed: the kernel may have dropped what it could not write, so no later flush
  // proves anything.
  bool failed() const { return failure_.has_value(); }
  Error Failure() const;

 private:
  struct Snapshot {
    std::string path, content;
  };
  // What a flush includes besides the active file.
  struct Round {
    std::vector<std::shared_ptr<runtime::File>> files;
    bool directory = false;
    std::vector<Snapshot> snapshots;
  };

  runtime::Task<> Flush();
  static runtime::Task<> Background(std::shared_ptr<Flusher> self);
  void WriteSnapshots(std::vector<Snapshot> snapshots);

  runtime::Disk& disk_;
  runtime::BlockingPool& pool_;
  const std::string directory_;

  std::shared_ptr<runtime::File> active_;
  Offset end_;  // of what was written
  Offset durable_;
  Round round_;  // the next one
  bool flushing_ = false;
  int writing_snapshots_ = 0;
  runtime::Event progress_;  // set when a flush or a snapshot ends
  std::optional<Error> failure_;
};

}  // namespace millrace::log
