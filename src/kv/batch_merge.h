// Merges the records of a request into the rows that are there: what the keys' rows are then, and
// the changelog that says so (docs/formats/kv-tablet.md).
#pragma once

#include <string>
#include <vector>

#include "kv/change_batch.h"
#include "kv/row_merger.h"
#include "kv/table_format.h"
#include "record/changelog_writer.h"
#include "record/kv_batch.h"

namespace millrace::kv {

// Ids of an auto-increment column that are this bucket's to give.
struct IdRange {
  int64_t next = 0;
  int64_t last = -1;

  int64_t left() const { return last - next + 1; }
};

// For one request; all must outlive it. On one shard.
class BatchMerge {
 public:
  BatchMerge(const TableFormat& format, RowMerger& merger, record::ChangelogWriter& changelog,
             Arena& arena, TimestampMs now);

  // Rows that are written whole, whatever was there: their keys' states are not known, and all of
  // them are updates. Only where the changelog has no images of old rows.
  void set_blind() { blind_ = true; }
  // Ids for rows that are inserted; there must be one for each record.
  void set_ids(std::vector<IdRange>& ids) { ids_ = &ids; }

  // Merges a record, written under `schema`, into its key's state. kSchemaNotExist, kCorruptRecord,
  // kDeletionDisabled; kRecordTooLarge for a changelog of more than a GiB; kUnknownServerError when
  // ids have run out.
  Result<void> Merge(SchemaId schema, const record::KvRecord& record, KeyState& state);

  // How many rows there are more than before.
  int64_t row_delta() const { return row_delta_; }

 private:
  Result<void> Upsert(SchemaId schema, Bytes row, KeyState& state);
  Result<void> Insert(SchemaId schema, Bytes row, KeyState& state);
  Result<void> Update(SchemaId schema, Bytes row, KeyState& state);
  Result<void> Delete(KeyState& state);
  Result<void> DecodeOld(const KeyState& state);
  Result<void> SetNextId(MutableRow row);

  // What the key's row is now; `cells` are those of the same row.
  void Store(KeyState& state, Row cells, SchemaId schema, Bytes row);
  void StoreMerged(KeyState& state);
  void EmitUpdate(Row now);

  const TableFormat& format_;
  RowMerger& merger_;
  record::ChangelogWriter& changelog_;
  Arena& arena_;
  const TimestampMs now_;
  const bool with_old_images_;
  bool blind_ = false;
  std::vector<IdRange>* ids_ = nullptr;
  int64_t row_delta_ = 0;
  size_t row_bytes_ = 0;  // of rows that were read or made

  std::vector<schema::Cell> old_, sent_, merged_;
  std::string head_, encoded_;  // of values, reused
};

}  // namespace millrace::kv
