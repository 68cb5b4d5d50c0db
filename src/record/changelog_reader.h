// Reads the records of log batches as cells, in any log format, whatever server wrote them.
//
// Single-threaded; one reader per log format and schema.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "record/change_type.h"
#include "record/log_batch.h"
#include "schema/cell.h"
#include "schema/schema.h"
#include "schema/table_config.h"

namespace millrace::record {

struct ChangelogRecord {
  ChangeType change;
  // One for each column of the reader's schema. Nested ones are in the binary form of the table's
  // KV format.
  std::span<const schema::Cell> cells;
};

class ChangelogReader {
 public:
  // `schema` is the one the batches name.
  ChangelogReader(const schema::Schema& schema, const schema::TableConfig& config);
  ~ChangelogReader();

  // Begins with a batch, whose bytes must stay until the last record was read. Checks it as far as
  // reading needs; compressed Arrow buffers are decompressed here. kCorruptRecord.
  Result<void> Open(const LogBatch& batch);
  // The next record, none at the end. Its cells are valid until the next call. kCorruptRecord.
  Result<std::optional<ChangelogRecord>> Next();

  // The implementation.
  class Format;

 private:
  std::unique_ptr<Format> format_;
  std::vector<schema::Cell> cells_;
  int32_t records_left_ = 0;
};

}  // namespace millrace::record
