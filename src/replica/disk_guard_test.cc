#include "replica/disk_guard.h"

#include <gtest/gtest.h>

namespace millrace::replica {
namespace {

// Of which only the space counts.
class SmallDisk final : public runtime::Disk {
 public:
  Result<std::shared_ptr<runtime::File>> Open(const std::string&, runtime::OpenMode) override {
    return None();
  }
  bool Exists(const std::string&) override { return false; }
  Result<std::vector<std::string>> List(const std::string&) override { return None(); }
  Result<void> CreateDirectories(const std::string&) override { return None(); }
  Result<void> Remove(const std::string&) override { return None(); }
  Result<void> RemoveAll(const std::string&) override { return None(); }
  Result<void> Rename(const std::string&, const std::string&) override { return None(); }
  Result<void> SyncDirectory(const std::string&) override { return None(); }
  Result<runtime::DiskSpace> Space(const std::string&) override { return space; }

  Result<runtime::DiskSpace> space = runtime::DiskSpace{100, 100};

 private:
  static Error None() { return {ErrorCode::kStorage, "not here"}; }
};

TEST(DiskGuardTest, LocksAtTheLimitAndOpensBelowTheOther) {
  SmallDisk disk;
  std::atomic<int64_t> limit = std::bit_cast<int64_t>(0.9), recover = std::bit_cast<int64_t>(0.7);
  DiskGuard guard(disk, "/data", {LiveOption<double>(&limit), LiveOption<double>(&recover), {}});
  struct Step {
    std::optional<uint64_t> free;  // of 100; none: unknown
    double limit;
    bool locked;
  };
  const Step steps[] = {
      {100, 0.9, false}, {11, 0.9, false}, {10, 0.9, true},  {0, 0.9, true},   {29, 0.9, true},
      {{}, 0.9, true},   {30, 0.9, false}, {11, 0.9, false}, {{}, 0.9, false}, {5, 0.9, true},
      {5, 1, false},     {0, 1, false},    {0, 0.5, true},
  };
  for (size_t i = 0; i < std::size(steps); i++) {
    SCOPED_TRACE(i);
    disk.space = steps[i].free ? Result<runtime::DiskSpace>(runtime::DiskSpace{100, *steps[i].free})
                               : Error{ErrorCode::kStorage, "statvfs"};
    limit = std::bit_cast<int64_t>(steps[i].limit);
    guard.Check();
    EXPECT_EQ(guard.locked(), steps[i].locked);
    auto admitted = guard.Admit();
    EXPECT_EQ(admitted.has_value(), !steps[i].locked);
    if (!admitted) {
      EXPECT_EQ(admitted.error().code, ErrorCode::kLogStorage);
    }
  }
}

}  // namespace
}  // namespace millrace::replica
