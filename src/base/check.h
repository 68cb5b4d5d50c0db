// Assertions that stay on in release builds: invariants whose breach would lose data.
#pragma once

#include <string_view>

namespace millrace {

// Prints the broken invariant with its place and stops the process.
[[noreturn]] void CheckFailed(const char* file, int line, std::string_view condition,
                              std::string_view message);

}  // namespace millrace

#define MILLRACE_CHECK(condition, message)                              \
  do {                                                                  \
    if (!(condition)) [[unlikely]]                                      \
      ::millrace::CheckFailed(__FILE__, __LINE__, #condition, message); \
  } while (false)
