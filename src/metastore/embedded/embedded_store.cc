#include "metastore/embedded/embedded_store.h"

#include <fmt/format.h>

#include <list>
#include <mutex>

#include "metastore/embedded/rocks.h"
#include "metastore/embedded/tree.h"
#include "runtime/disk.h"
#include "runtime/shard.h"

namespace millrace::metastore {
namespace {

using runtime::Task;

constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kFormatValue = "1";

// What a watch and the store share. `active` belongs to the watch's shard.
struct Watcher {
  std::string path;
  runtime::Shard* shard;
  WatchCallback callback;
  bool active = true;

  bool Covers(std::string_view changed) const {
    if (path == "/" || path == changed) return true;
    return changed.size() > path.size() && changed.starts_with(path) && changed[path.size()] == '/';
  }
};

class Watchers {
 public:
  void Add(std::shared_ptr<Watcher> watcher) {
    std::lock_guard lock(mutex_);
    watchers_.push_back(std::move(watcher));
  }
  void Remove(const std::shared_ptr<Watcher>& watcher) {
    std::lock_guard lock(mutex_);
    watchers_.remove(watcher);
  }
  void Notify(const std::vector<WatchEvent>& events) {
    std::lock_guard lock(mutex_);
    for (const auto& watcher : watchers_) {
      for (const WatchEvent& event : events) {
        if (!watcher->Covers(event.path)) continue;
        watcher->shard->Post([watcher, event] {
          if (watcher->active) watcher->callback(event);
        });
      }
    }
  }

 private:
  std::mutex mutex_;
  std::list<std::shared_ptr<Watcher>> watchers_;
};

class EmbeddedWatch final : public Watch {
 public:
  EmbeddedWatch(Watchers& watchers, std::shared_ptr<Watcher> watcher)
      : watchers_(watchers), watcher_(std::move(watcher)) {
    watchers_.Add(watcher_);
  }
  ~EmbeddedWatch() override {
    watcher_->active = false;
    watchers_.Remove(watcher_);
  }

 private:
  Watchers& watchers_;
  std::shared_ptr<Watcher> watcher_;
};

class EmbeddedStore final : public Store {
 public:
  EmbeddedStore(std::unique_ptr<Rocks> rocks, runtime::BlockingPool& pool)
      : rocks_(std::move(rocks)), pool_(pool) {}

  Task<Result<std::optional<Node>>> Get(std::string path) override {
    co_return co_await pool_.Run([this, &path] { return BlockingGet(path); });
  }
  Task<Result<std::vector<std::string>>> Children(std::string path) override {
    co_return co_await pool_.Run([this, &path] { return BlockingChildren(path); });
  }
  Task<Result<std::vector<std::pair<std::string, Node>>>> GetTree(std::string path) override {
    co_return co_await pool_.Run([this, &path] { return BlockingGetTree(path); });
  }
  Task<Result<CommitResult>> Commit(std::vector<Op> ops) override {
    co_return co_await pool_.Run([this, &ops] { return BlockingCommit(ops); });
  }
  std::unique_ptr<Watch> WatchTree(std::string path, WatchCallback callback) override {
    auto watcher = std::make_shared<Watcher>(
        Watcher{std::move(path), runtime::Shard::Current(), std::move(callback)});
    return std::make_unique<EmbeddedWatch>(watchers_, std::move(watcher));
  }

  // Checks the format, and removes ephemeral nodes that the last process left.
  Result<void> Prepare() {
    TRY_ASSIGN(auto format, rocks_->Get(kFormatKey));
    if (!format) return rocks_->Write({{std::string(kFormatKey), std::string(kFormatValue)}});
    if (*format != kFormatValue) {
      return Error{ErrorCode::kStorage,
                   fmt::format("metadata store has format '{}', this version reads '{}'", *format,
                               kFormatValue)};
    }
    std::vector<Op> ops;
    TRY(rocks_->Scan("e/", "e0", [&](std::string_view key, std::string_view) {
      ops.push_back(DeleteTreeOp(std::string(key.substr(1))));
      return std::nullopt;
    }));
    if (ops.empty()) return {};
    TRY(BlockingCommit(ops));
    return {};
  }

 private:
  Result<std::optional<Node>> BlockingGet(const std::string& path) {
    TRY_ASSIGN(auto bytes, rocks_->Get(path));
    if (!bytes) return path == "/" ? std::optional(Node()) : std::optional<Node>();
    TRY_ASSIGN(NodeRecord record, DecodeRecord(path, *bytes));
    return std::optional(Node{std::move(record.value), record.version});
  }

  Result<std::vector<std::string>> BlockingChildren(const std::string& path) {
    std::vector<std::string> names;
    KeyRange range = Below(path);
    TRY(rocks_->Scan(range.from, range.to,
                     [&](std::string_view key, std::string_view) -> std::optional<std::string> {
                       std::string_view name = key.substr(range.from.size());
                       if (size_t slash = name.find('/'); slash != name.npos) {
                         return Below(key.substr(0, range.from.size() + slash)).to;
                       }
                       names.emplace_back(name);
                       return std::nullopt;
                     }));
    return names;
  }

  Result<std::vector<std::pair<std::string, Node>>> BlockingGetTree(const std::string& path) {
    std::vector<std::pair<std::string, Node>> nodes;
    std::optional<Error> error;
    auto add = [&](std::string_view key, std::string_view bytes) -> std::optional<std::string> {
      auto record = DecodeRecord(key, bytes);
      if (record) {
        nodes.emplace_back(key, Node{std::move(record->value), record->version});
      } else {
        error = record.error();
      }
      return std::nullopt;
    };
    TRY(rocks_->Scan(path, path + '\0', add));
    KeyRange range = Below(path);
    TRY(rocks_->Scan(range.from, range.to, add));
    if (error) return *std::move(error);
    return nodes;
  }

  Result<CommitResult> BlockingCommit(const std::vector<Op>& ops) {
    std::lock_guard lock(write_mutex_);
    Transaction transaction(*rocks_);
    for (size_t i = 0; i < ops.size(); i++) {
      TRY_ASSIGN(Outcome outcome, transaction.Apply(ops[i]));
      if (outcome != Outcome::kDone) return CommitResult{outcome, i};
    }
    auto changes = transaction.Changes();
    if (!changes.empty()) TRY(rocks_->Write(changes));
    watchers_.Notify(transaction.events());
    return CommitResult{.created = transaction.created()};
  }

  std::unique_ptr<Rocks> rocks_;
  runtime::BlockingPool& pool_;
  // Held from the first read of a commit to the end of its write and its notifications.
  std::mutex write_mutex_;
  Watchers watchers_;
};

Result<void> MakeDirectory(const std::string& directory) {
  runtime::Disk& disk = runtime::SystemDisk();
  if (disk.Exists(directory)) return {};
  TRY(disk.CreateDirectories(directory));
  // RocksDB syncs what it puts into the directory, not the directory's own entry.
  size_t slash = directory.find_last_of('/', directory.size() - 2);
  return disk.SyncDirectory(slash == directory.npos ? "." : directory.substr(0, slash + 1));
}

}  // namespace

Result<std::unique_ptr<Store>> OpenEmbeddedStore(const std::string& directory,
                                                 runtime::BlockingPool& pool) {
  TRY(MakeDirectory(directory));
  TRY_ASSIGN(auto rocks, Rocks::Open(directory));
  auto store = std::make_unique<EmbeddedStore>(std::move(rocks), pool);
  TRY(store->Prepare());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace millrace::metastore
