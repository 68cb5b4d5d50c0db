// The JSON file of a bucket's idempotent writers. A broken one never keeps a log from opening.
#include <spdlog/spdlog.h>

#include "fuzz/tablet.h"

namespace millrace::fuzz {
namespace {

MemoryDisk::Files GoodDirectory() {
  MemoryDisk disk;
  OneShard shard;
  auto tablet = Must(OpenTablet(disk, shard, Offset{0}, false));
  for (int writer = 0; writer < 3; writer++) {
    std::string batch = BatchOf(writer, 0);
    Must(tablet->Append(record::AsMutableBytes(batch), kNow));
  }
  Must(shard.Await(tablet->Close()));
  return disk.files();
}

}  // namespace

void Run(Bytes input) {
  static const bool kSilent = (spdlog::set_level(spdlog::level::off), true);
  (void)kSilent;
  static const MemoryDisk::Files kGood = GoodDirectory();
  auto files = kGood;
  const std::string path = SegmentPath(9, ".writer_snapshot");
  MILLRACE_CHECK(files.contains(path), "the closed log has no snapshot at its end");
  files[path] = AsText(input);

  MemoryDisk disk(files);
  OneShard shard;
  auto tablet = Must(OpenTablet(disk, shard, Offset{9}, /*clean=*/true));
  MILLRACE_CHECK(tablet->end_offset() == Offset{9}, "the end");
  size_t writers = tablet->writer_count();
  Must(shard.Await(tablet->Close()));
  auto again = Must(OpenTablet(disk, shard, Offset{9}, /*clean=*/true));
  MILLRACE_CHECK(again->writer_count() == writers, "writers lost by being written and read");
}

}  // namespace millrace::fuzz
