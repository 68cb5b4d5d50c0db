#include "server/metrics/snapshot.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace millrace::server {
namespace {

double Seconds(clockid_t clock) {
  timespec time = {};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Fields of /proc/self/stat behind the command's name, which may hold anything: the first is field
// 3, the state.
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream rest(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

uint64_t NumberOf(const std::vector<std::string>& fields, size_t field) {
  constexpr size_t kFirst = 3;
  if (fields.size() <= field - kFirst) return 0;
  return std::strtoull(fields[field - kFirst].c_str(), nullptr, 10);
}

uint64_t CountOpenFds() {
  std::error_code error;
  std::filesystem::directory_iterator files("/proc/self/fd", error);
  uint64_t count = 0;
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) count++;
  return count;
}

}  // namespace

ProcessNumbers ReadProcessNumbers() {
  constexpr size_t kStartTicks = 22, kResidentPages = 24;
  auto fields = StatFields();
  double ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  double boot = Seconds(CLOCK_REALTIME) - Seconds(CLOCK_BOOTTIME);

  ProcessNumbers numbers;
  numbers.cpu_seconds = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  numbers.start_time_seconds =
      boot + static_cast<double>(NumberOf(fields, kStartTicks)) / ticks_per_second;
  numbers.resident_bytes = NumberOf(fields, kResidentPages) * ::sysconf(_SC_PAGESIZE);
  numbers.open_fds = CountOpenFds();
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) numbers.max_fds = limit.rlim_cur;
  return numbers;
}

void RateWindow::Push(Totals totals) {
  if (samples_.size() == kSamplesMax) samples_.pop_front();
  samples_.push_back(std::make_shared<const Totals>(std::move(totals)));
}

std::shared_ptr<const Totals> RateWindow::oldest() const {
  return samples_.empty() ? std::make_shared<const Totals>() : samples_.front();
}

}  // namespace millrace::server
