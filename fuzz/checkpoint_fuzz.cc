// The text files with an offset per bucket.
#include "fuzz/input.h"
#include "fuzz/memory_disk.h"
#include "log/checkpoint_file.h"

namespace millrace::fuzz {

void Run(Bytes input) {
  const std::string path = "/data/recovery-point-offset-checkpoint";
  MemoryDisk disk({{path, std::string(AsText(input))}});
  auto checkpoint = log::ReadCheckpointFile(disk, path);
  if (!checkpoint) return;
  Must(log::WriteCheckpointFile(disk, path, *checkpoint));
  MILLRACE_CHECK(Must(log::ReadCheckpointFile(disk, path)) == *checkpoint,
                 "changed by being written and read");
}

}  // namespace millrace::fuzz
