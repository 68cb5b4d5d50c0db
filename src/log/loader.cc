#include "log/loader.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace millrace::log {
namespace {

class Loader {
 public:
  explicit Loader(const LoadRequest& request) : request_(request) {}

  Result<LoadedLog> Load() {
    TRY(request_.disk.CreateDirectories(request_.directory));
    TRY_ASSIGN(names_, request_.disk.List(request_.directory));
    TRY(OpenSegments());
    TRY(FindEnds());
    TRY(RebuildWriters());
    return std::move(log_);
  }

 private:
  std::string PathOf(const std::string& name) const { return request_.directory + "/" + name; }
  bool Has(const std::string& name) const { return std::ranges::binary_search(names_, name); }

  // Numbers of the files with this suffix, ascending.
  std::vector<Offset> BasesOf(std::string_view suffix) const {
    std::vector<Offset> bases;
    for (const auto& name : names_) {
      if (auto base = ParseSegmentFileName(name, suffix)) bases.push_back(*base);
    }
    return bases;
  }

  Result<void> OpenSegments() {
    for (auto suffix : {kOffsetIndexSuffix, kTimeIndexSuffix}) {
      for (Offset base : BasesOf(suffix)) {
        if (Has(SegmentFileName(base, kLogSuffix))) continue;
        TRY(request_.disk.Remove(PathOf(SegmentFileName(base, suffix))));
      }
    }
    auto bases = BasesOf(kLogSuffix);
    if (bases.empty()) bases.push_back({0});
    for (Offset base : bases) {
      TRY_ASSIGN(auto segment,
                 Segment::Open(request_.disk, request_.directory, base, request_.options));
      log_.segments.push_back(std::move(segment));
    }
    return {};
  }

  // Whether the segment's end and indexes can be trusted as they are.
  bool Trusted(size_t i) const {
    const auto& segment = *log_.segments[i];
    for (auto suffix : {kOffsetIndexSuffix, kTimeIndexSuffix}) {
      if (!Has(SegmentFileName(segment.base(), suffix)) && Has(SegmentFileName(segment.base(), kLogSuffix))) return false;
    }
    if (request_.clean) return true;
    return i + 1 < log_.segments.size() && log_.segments[i + 1]->base() <= request_.recovery_point;
  }

  Result<void> FindEnds() {
    for (size_t i = 0; i < log_.segments.size(); i++) {
      auto& segment = *log_.segments[i];
      if (Trusted(i)) {
        TRY(segment.FindEnd());
        continue;
      }
      bool last = i + 1 == log_.segments.size();
      // A segment that another follows was complete once.
      Offset durable = last ? request_.recovery_point : log_.segments[i + 1]->base();
      TRY_ASSIGN(uint64_t cut, segment.Recover(durable, [](const record::LogBatch&) {}));
      if (cut > 0) {
        spdlog::warn("{}: cut {} bytes of an unfinished write at {}", segment.file()->path(), cut,
                     segment.size());
      }
    }
    return {};
  }

  // From the newest snapshot that fits, and the batches behind it.
  Result<void> RebuildWriters() {
    Offset end = log_.segments.back()->next_offset();
    auto snapshots = BasesOf(kSnapshotSuffix);
    Offset from = log_.segments.front()->base();
    while (!snapshots.empty()) {
      Offset at = snapshots.back();
      snapshots.pop_back();
      std::string path = PathOf(SegmentFileName(at, kSnapshotSuffix));
      if (at <= end && TakeSnapshot(path)) {
        from = std::max(from, at);
        break;
      }
      TRY(request_.disk.Remove(path));
    }
    TRY(ApplyBatches(from, end));
    log_.writers.Expire({request_.now.value - request_.options.writer_expiration.count()});
    return RemoveStraySnapshots(end);
  }

  bool TakeSnapshot(const std::string& path) {
    auto content = runtime::ReadFile(request_.disk, path);
    auto state = content ? WriterState::FromSnapshot(*content) : content.error();
    if (!state) {
      spdlog::warn("{}: {}; rebuilding it from the log", path, state.error().message);
      return false;
    }
    log_.writers = std::move(*state);
    return true;
  }

  Result<void> ApplyBatches(Offset from, Offset end) {
    for (const auto& segment : log_.segments) {
      if (segment->next_offset() <= from) continue;
      auto view = segment->view();
      TRY_ASSIGN(auto stretch, view.Find(from, end, UINT64_MAX, true, false));
      uint64_t position = stretch->begin;
      while (position < stretch->end) {
        std::array<std::byte, record::kMaxHeaderSize> header;
        TRY_ASSIGN(size_t read, view.file()->Read(position, header));
        TRY_ASSIGN(auto batch, record::LogBatch::Parse(Bytes(header).first(read), false));
        position += batch.size();
        if (batch.writer_id().value == record::kNoWriterId) continue;
        log_.writers.Appended(batch.writer_id(), {batch.batch_sequence(), batch.base_offset(),
                                                  batch.last_offset(), batch.commit_timestamp()});
      }
    }
    return {};
  }

  // Those at a segment's base help later starts; of the others the newest is enough.
  Result<void> RemoveStraySnapshots(Offset end) {
    auto snapshots = BasesOf(kSnapshotSuffix);
    for (size_t i = 0; i < snapshots.size(); i++) {
      bool newest = i + 1 == snapshots.size() && snapshots[i] <= end;
      bool at_segment = std::ranges::any_of(
          log_.segments, [&](const auto& segment) { return segment->base() == snapshots[i]; });
      if (newest || at_segment) continue;
      TRY(request_.disk.Remove(PathOf(SegmentFileName(snapshots[i], kSnapshotSuffix))));
    }
    return {};
  }

  const LoadRequest& request_;
  std::vector<std::string> names_;  // sorted
  LoadedLog log_;
};

}  // namespace

Result<LoadedLog> LoadLog(const LoadRequest& request) { return Loader(request).Load(); }

}  // namespace millrace::log
