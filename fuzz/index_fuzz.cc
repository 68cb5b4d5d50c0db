// Index files: after an unclean stop they are made anew whatever they hold; after a clean one they
// are believed, and then at worst something is not found.
#include <spdlog/spdlog.h>

#include "fuzz/tablet.h"

namespace millrace::fuzz {
namespace {

constexpr int kBatches = 12;
constexpr int64_t kRowsPerBatch = 3;

// The directory of a log that was closed. Batch i was committed at kNow + i.
MemoryDisk::Files GoodDirectory() {
  MemoryDisk disk;
  OneShard shard;
  auto tablet = Must(OpenTablet(disk, shard, Offset{0}, false));
  for (int i = 0; i < kBatches; i++) {
    std::string batch = BatchOf(i % 2, i / 2);
    Must(tablet->Append(record::AsMutableBytes(batch), TimestampMs{kNow.value + i}));
  }
  Must(shard.Await(tablet->Close()));
  return disk.files();
}

}  // namespace

void Run(Bytes bytes) {
  static const bool kSilent = (spdlog::set_level(spdlog::level::off), true);
  (void)kSilent;
  static const MemoryDisk::Files kGood = GoodDirectory();
  Input input(bytes);
  bool clean = input.Flag();
  auto when = TimestampMs{kNow.value + static_cast<int64_t>(input.Below(kBatches))};
  auto files = kGood;
  files[SegmentPath(0, ".index")] = AsText(input.Piece());
  files[SegmentPath(0, ".timeindex")] = AsText(input.Piece());

  MemoryDisk disk(files);
  OneShard shard;
  auto opened = OpenTablet(disk, shard, Offset{clean ? kBatches * kRowsPerBatch : 0}, clean);
  if (clean && !opened) return;
  auto tablet = Must(std::move(opened));
  auto all = ReadAll(*tablet, shard);
  auto found = shard.Await(tablet->OffsetForTimestamp(when, tablet->end_offset()));
  if (clean) return;
  MILLRACE_CHECK(tablet->end_offset() == Offset{kBatches * kRowsPerBatch}, "the end");
  MILLRACE_CHECK(Must(std::move(all)) == kGood.at(SegmentPath(0, ".log")), "other batches");
  MILLRACE_CHECK(Must(std::move(found)).value == (when.value - kNow.value) * kRowsPerBatch,
                 "the offset at a time");
}

}  // namespace millrace::fuzz
