// What a record of a log says about its row.
#pragma once

#include <cstdint>

namespace millrace::record {

// The byte on the wire and on disk.
enum class ChangeType : uint8_t {
  kAppendOnly = 0,    // +A
  kInsert = 1,        // +I
  kUpdateBefore = 2,  // -U
  kUpdateAfter = 3,   // +U
  kDelete = 4,        // -D
};

}  // namespace millrace::record
