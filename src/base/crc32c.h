// CRC-32C (Castagnoli), the checksum of log and KV record batches.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace millrace {

// `crc` continues an earlier call's result: Crc32c(b, Crc32c(a)) is the CRC of a followed by b.
uint32_t Crc32c(Bytes bytes, uint32_t crc = 0);

}  // namespace millrace
