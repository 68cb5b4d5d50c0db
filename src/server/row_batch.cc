#include "server/row_batch.h"

#include <algorithm>

#include "record/value_batch.h"

namespace millrace::server {

Result<RowBatch> ReadRowBatch(kv::RowScan& scan, int64_t& rows_left, uint64_t most_bytes) {
  auto& rows = *scan.scan;
  record::ValueBatchWriter writer;
  auto more = [&] { return rows_left > 0 && rows.Valid(); };
  while (more() && (writer.count() == 0 || writer.size() < most_bytes)) {
    Bytes value = rows.value();
    writer.Add(value.subspan(std::min(scan.skip, value.size())));
    rows.Next();
    --rows_left;
  }
  TRY(rows.Status());
  RowBatch batch;
  batch.count = writer.count();
  batch.more = more();
  batch.records = writer.Finish();
  return batch;
}

}  // namespace millrace::server
