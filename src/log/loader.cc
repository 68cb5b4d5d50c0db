#include "log/loader.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "log/data_directory.h"
#include "log/writer_loader.h"

namespace millrace::log {
namespace {

// No log gets there; a file name that says so is no segment's.
constexpr Offset kOffsetMax = {int64_t{1} << 62};

class Loader {
 public:
  explicit Loader(const LoadRequest& request) : request_(request) {}

  Result<LoadedLog> Load() {
    TRY(CreateDirectoryDurably(request_.disk, request_.directory));
    TRY_ASSIGN(names_, request_.disk.List(request_.directory));
    TRY(RemoveLostIndexes());
    TRY(OpenSegments());
    for (size_t i = 0; i < log_.segments.size(); i++) TRY(FindEnd(i));
    Offset end = log_.segments.back()->next_offset();
    // Also where it ends with a whole batch, or was closed cleanly: what was stored is not there.
    if (end < request_.recovery_point) {
      return Error{ErrorCode::kLogStorage,
                   fmt::format("{} ends at offset {}, but all below offset {} was stored",
                               request_.directory, end.value, request_.recovery_point.value)};
    }
    TimestampMs oldest = {request_.now.value - request_.options.writer_expiration.count()};
    TRY_ASSIGN(auto loaded, LoadWriters(request_.disk, request_.directory, log_.segments, oldest));
    log_.writers = std::move(loaded.writers);
    log_.newest_snapshot = loaded.newest_snapshot;
    return std::move(log_);
  }

 private:
  std::string PathOf(Offset base, std::string_view suffix) const {
    return request_.directory + "/" + SegmentFileName(base, suffix);
  }
  bool Has(Offset base, std::string_view suffix) const {
    return std::ranges::binary_search(names_, SegmentFileName(base, suffix));
  }

  Result<void> RemoveLostIndexes() {
    for (const auto& name : names_) {
      for (auto suffix : {kOffsetIndexSuffix, kTimeIndexSuffix}) {
        auto base = ParseSegmentFileName(name, suffix);
        if (!base || Has(*base, kLogSuffix)) continue;
        TRY(request_.disk.Remove(PathOf(*base, suffix)));
      }
    }
    return {};
  }

  Result<void> OpenSegments() {
    std::vector<Offset> bases;
    for (const auto& name : names_) {
      auto base = ParseSegmentFileName(name, kLogSuffix);
      if (base && *base <= kOffsetMax) bases.push_back(*base);
    }
    if (bases.empty()) bases.push_back({0});
    for (Offset base : bases) {
      TRY_ASSIGN(auto segment,
                 Segment::Open(request_.disk, request_.directory, base, request_.options));
      log_.segments.push_back(std::move(segment));
      log_.made_files |= !Complete(base);
    }
    return {};
  }

  bool Complete(Offset base) const {
    return Has(base, kLogSuffix) && Has(base, kOffsetIndexSuffix) && Has(base, kTimeIndexSuffix);
  }

  std::optional<Offset> NextBase(size_t i) const {
    if (i + 1 == log_.segments.size()) return std::nullopt;
    return log_.segments[i + 1]->base();
  }

  // Whether a segment's files can be taken as they are.
  bool Trusted(size_t i) const {
    if (!Complete(log_.segments[i]->base())) return false;
    auto next_base = NextBase(i);
    return request_.clean || (next_base && *next_base <= request_.recovery_point);
  }

  Result<void> FindEnd(size_t i) {
    auto& segment = *log_.segments[i];
    auto next_base = NextBase(i);
    if (!Has(segment.base(), kLogSuffix)) return {};  // it was made now
    if (Trusted(i)) {
      TRY_ASSIGN(bool good, segment.FindEnd());
      if (good && (!next_base || segment.next_offset() == *next_base)) return {};
    }
    auto cut = segment.Recover(request_.recovery_point, next_base);
    if (!cut) {
      // Whatever the next start is told, it must look again: a segment without its index is always
      // read.
      if (cut.error().code == ErrorCode::kLogStorage) {
        (void)request_.disk.Remove(PathOf(segment.base(), kOffsetIndexSuffix));
      }
      return std::move(cut).error();
    }
    std::ranges::copy(segment.files(), std::back_inserter(log_.unsynced));
    if (*cut > 0) {
      spdlog::warn("{}: cut off {} bytes of an unfinished write at byte {}", segment.file()->path(),
                   *cut, segment.size());
      if (!next_base) log_.torn_bytes = *cut;
    }
    return {};
  }

  const LoadRequest& request_;
  std::vector<std::string> names_;  // sorted
  LoadedLog log_;
};

}  // namespace

Result<LoadedLog> LoadLog(const LoadRequest& request) {
  return Loader(request).Load();
}

}  // namespace millrace::log
