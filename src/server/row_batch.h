// Rows of a scan as clients get them.
#pragma once

#include <string>

#include "base/result.h"
#include "kv/kv_tablet.h"

namespace millrace::server {

struct RowBatch {
  std::string records;  // a value batch (docs/formats/kv-batch.md)
  int32_t count = 0;
  bool more = false;  // whether the scan has rows behind these
};

// Reads the scan's next rows: at least one if there is one, then until they take `most_bytes` or
// there are `rows_left`, which becomes less by what was read. kKvStorage. Blocks.
Result<RowBatch> ReadRowBatch(kv::RowScan& scan, int64_t& rows_left, uint64_t most_bytes);

}  // namespace millrace::server
