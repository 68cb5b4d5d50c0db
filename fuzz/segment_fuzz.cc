// Recovery: whatever a tablet's directory holds, it opens or says what is wrong with it, and loses
// no good batch.
#include <spdlog/spdlog.h>

#include "fuzz/tablet.h"

namespace millrace::fuzz {
namespace {

struct Case {
  MemoryDisk::Files files;
  Offset recovery_point;
  bool clean = false;
  // Whether every batch is looked at.
  bool checked = false;
};

Case Read(Input input) {
  Case c;
  auto flags = input.Take<uint8_t>();
  c.clean = (flags & 1) != 0;
  bool fix_checksums = (flags & 2) != 0, with_indexes = (flags & 4) != 0;
  c.recovery_point = {input.Take<uint8_t>()};
  auto second = input.Take<uint8_t>();
  auto snapshot_at = input.Take<uint8_t>();
  auto first_log = Exactly(input.Piece());
  Bytes index = input.Piece(), time_index = input.Piece(), snapshot = input.Piece();
  auto second_log = Exactly(input.Rest());
  if (fix_checksums) FixChecksums(first_log);
  if (fix_checksums) FixChecksums(second_log);
  c.files[SegmentPath(0, ".log")] = AsText(first_log);
  if (with_indexes) c.files[SegmentPath(0, ".index")] = AsText(index);
  if (with_indexes) c.files[SegmentPath(0, ".timeindex")] = AsText(time_index);
  if (!snapshot.empty()) c.files[SegmentPath(snapshot_at, ".writer_snapshot")] = AsText(snapshot);
  if (second > 0) c.files[SegmentPath(second, ".log")] = AsText(second_log);
  c.checked = !c.clean && (second == 0 || c.recovery_point.value < second);
  return c;
}

// Logs were cut at most, and not before a good batch that goes on from where the log ends now.
void CheckNothingLost(const MemoryDisk::Files& before, const MemoryDisk::Files& after) {
  for (const auto& [path, content] : before) {
    if (!path.ends_with(".log")) continue;
    MILLRACE_CHECK(after.contains(path), "a log is gone");
    const std::string& now = after.at(path);
    MILLRACE_CHECK(content.starts_with(now), "a log has other bytes");
    Offset end;
    record::BatchIterator batches(AsBytes(now));
    for (auto batch = batches.Next(); batch && *batch; batch = batches.Next())
      end = (*batch)->next_offset();
    auto lost = record::LogBatch::Parse(AsBytes(content).subspan(now.size()));
    bool good = lost && lost->CrcValid() && lost->base_offset() >= end &&
                lost->next_offset() > lost->base_offset();
    MILLRACE_CHECK(!good || batches.position() != now.size(), "a good batch was cut off");
  }
}

// Good batches in the order of their offsets.
void CheckBatches(const std::string& bytes, Offset end) {
  record::BatchIterator batches(AsBytes(bytes));
  Offset next;
  for (auto batch = Must(batches.Next()); batch; batch = Must(batches.Next())) {
    MILLRACE_CHECK(batch->CrcValid(), "a bad checksum is read");
    MILLRACE_CHECK(batch->base_offset() >= next, "offsets go back");
    next = batch->next_offset();
  }
  MILLRACE_CHECK(batches.position() == bytes.size(), "a part of a batch is read");
  MILLRACE_CHECK(next == end || bytes.empty(), "the last batch does not end where the log does");
}

// What stopped and comes back is the same.
void CheckReopened(MemoryDisk& disk, OneShard& shard, Offset recovery_point, bool clean,
                   const log::LogTablet& was, const std::string& bytes) {
  auto tablet = Must(OpenTablet(disk, shard, recovery_point, clean));
  MILLRACE_CHECK(tablet->start_offset() == was.start_offset(), "another start");
  MILLRACE_CHECK(tablet->end_offset() == was.end_offset(), "another end");
  MILLRACE_CHECK(tablet->writer_count() == was.writer_count(), "other writers");
  MILLRACE_CHECK(Must(ReadAll(*tablet, shard)) == bytes, "other batches");
}

}  // namespace

void Run(Bytes bytes) {
  static const bool kSilent = (spdlog::set_level(spdlog::level::off), true);
  (void)kSilent;
  Case c = Read(Input(bytes));
  MemoryDisk disk(c.files);
  OneShard shard;
  auto opened = OpenTablet(disk, shard, c.recovery_point, c.clean);
  CheckNothingLost(c.files, disk.files());
  if (!opened) return;
  auto& tablet = **opened;
  MILLRACE_CHECK(tablet.start_offset() <= tablet.end_offset(), "the log ends before it starts");
  auto batches = ReadAll(tablet, shard);
  if (!c.checked) return;

  CheckBatches(Must(std::move(batches)), tablet.end_offset());
  std::string batch = BatchOf(-1, -1);
  Offset end = tablet.end_offset();
  if (auto appended = tablet.Append(record::AsMutableBytes(batch), kNow)) {
    MILLRACE_CHECK(appended->base_offset == end && tablet.end_offset() == end + 3,
                   "appended elsewhere");
    (void)shard.Await(tablet.Sync(tablet.end_offset()));
  }
  std::string all = Must(ReadAll(tablet, shard));
  CheckReopened(disk, shard, c.recovery_point, /*clean=*/false, tablet, all);
  if (shard.Await(tablet.Close()))
    CheckReopened(disk, shard, tablet.end_offset(), /*clean=*/true, tablet, all);
}

}  // namespace millrace::fuzz
