// What a produced batch must look like inside before it is stored.
#pragma once

#include "base/result.h"
#include "record/log_batch.h"

namespace millrace::schema {
struct Schema;
struct TableConfig;
}  // namespace millrace::schema

namespace millrace::record {

// Checks the structure of a whole batch whose header and checksum are good, without looking at
// values: that readers will find in it what its header and `schema`, the one with its schema id,
// promise. In detail:
//
// * the last offset delta is that of the record count;
// * ARROW: change types are known ones; the Arrow metadata is well-formed; its rows, nodes and
// buffers are
//   as many as records and columns say; buffers lie in the body, in order and apart, which
//   projection relies on; the compression is the table's;
// * INDEXED, COMPACTED: records fill the batch, are as many as the header says, and have known
// change types.
//
// What writers do differently passes: padding, no buffer for columns without nulls, empty buffers.
// So does a batch that is only a header, of any format. Takes well below a microsecond for ARROW,
// and time per record for the others. kCorruptRecord.
Result<void> CheckBatch(const LogBatch& batch, const schema::Schema& schema,
                        const schema::TableConfig& config);

}  // namespace millrace::record
