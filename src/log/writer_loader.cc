#include "log/writer_loader.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace millrace::log {
namespace {

// A snapshot knows only each writer's last batch. Its earlier ones, which the client may send again
// after a restart, are looked for in so many bytes at the log's end.
constexpr uint64_t kHistoryBytes = 256 << 10;
// In batches that are larger than that, at least so many index entries.
constexpr size_t kHistoryEntries = 64;

class WriterLoader {
 public:
  WriterLoader(runtime::Disk& disk, const std::string& directory,
               const std::vector<std::unique_ptr<Segment>>& segments)
      : disk_(disk),
        directory_(directory),
        segments_(segments),
        start_(segments.front()->base()),
        end_(segments.back()->next_offset()) {}

  Result<LoadedWriters> Load(TimestampMs oldest) {
    TRY(ListSnapshots());
    TRY(TakeNewest());
    TRY(RemoveStrays());
    Offset replay = std::max(taken_, start_);
    Offset begin = replay;
    if (loaded_.writers.size() > 0) {
      TRY_ASSIGN(Offset history, HistoryStart());
      begin = std::min(begin, history);
    }
    WriterState history;
    TRY(Replay(begin, replay, history));
    loaded_.writers.AdoptHistory(history);
    loaded_.writers.Expire(oldest);
    return std::move(loaded_);
  }

 private:
  std::string PathOf(Offset snapshot) const {
    return directory_ + "/" + SegmentFileName(snapshot, kSnapshotSuffix);
  }

  Result<void> ListSnapshots() {
    TRY_ASSIGN(auto names, disk_.List(directory_));
    for (const auto& name : names) {
      auto offset = ParseSegmentFileName(name, kSnapshotSuffix);
      if (!offset) continue;
      if (*offset > end_ || offset->value == 0) {
        TRY(disk_.Remove(PathOf(*offset)));
      } else {
        snapshots_.push_back(*offset);
      }
    }
    return {};
  }

  Result<void> TakeNewest() {
    while (!snapshots_.empty()) {
      std::string path = PathOf(snapshots_.back());
      TRY_ASSIGN(std::string content, runtime::ReadFile(disk_, path));
      auto state = WriterState::FromSnapshot(content);
      if (state) {
        loaded_.writers = std::move(*state);
        taken_ = loaded_.newest_snapshot = snapshots_.back();
        return {};
      }
      spdlog::warn("{}: {}; going on from an older one", path, state.error().message);
      TRY(disk_.Remove(path));
      snapshots_.pop_back();
    }
    return {};
  }

  // The newest stays if it is behind the last segment's base.
  Result<void> RemoveStrays() {
    Offset last_base = segments_.back()->base();
    for (Offset snapshot : snapshots_) {
      if (snapshot == taken_ && snapshot > last_base) continue;
      auto at_base = std::ranges::lower_bound(segments_, snapshot, {},
                                              [](const auto& segment) { return segment->base(); });
      if (at_base != segments_.end() && (*at_base)->base() == snapshot) continue;
      TRY(disk_.Remove(PathOf(snapshot)));
    }
    return {};
  }

  Result<Offset> HistoryStart() const {
    uint64_t bytes = kHistoryBytes;
    for (auto it = segments_.rbegin(); it != segments_.rend(); ++it) {
      const auto& segment = **it;
      if (segment.size() >= bytes) return segment.view().OffsetBeforeEnd(bytes, kHistoryEntries);
      bytes -= segment.size();
    }
    return start_;
  }

  // Of the batches from `begin` on, those from `replay` on are news to the state.
  Result<void> Replay(Offset begin, Offset replay, WriterState& history) {
    for (const auto& segment : segments_) {
      if (segment->next_offset() <= begin) continue;
      auto view = segment->view();
      HeaderReader headers(*view.file(), view.size(), /*cached_only=*/false);
      auto first = view.BatchWith(begin);
      if (!first) return Error{ErrorCode::kLogStorage, first.error().message};
      BatchPlace place = *first;
      while (place.size > 0) {
        WriterState::Batch batch = {place.sequence, place.base, place.next + -1, place.timestamp};
        history.Appended(place.writer, batch);
        if (place.base >= replay) loaded_.writers.Appended(place.writer, batch);
        auto next = headers.At(place.end());
        if (!next) return Error{ErrorCode::kLogStorage, next.error().message};
        place = **next;
      }
    }
    return {};
  }

  runtime::Disk& disk_;
  const std::string& directory_;
  const std::vector<std::unique_ptr<Segment>>& segments_;
  const Offset start_, end_;
  std::vector<Offset> snapshots_;  // ascending
  Offset taken_;
  LoadedWriters loaded_;
};

}  // namespace

Result<LoadedWriters> LoadWriters(runtime::Disk& disk, const std::string& directory,
                                  const std::vector<std::unique_ptr<Segment>>& segments,
                                  TimestampMs oldest) {
  return WriterLoader(disk, directory, segments).Load(oldest);
}

}  // namespace millrace::log
