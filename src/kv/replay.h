// Applies a changelog to a store that lacks it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kv/row_store.h"
#include "kv/table_format.h"
#include "record/changelog_reader.h"

namespace millrace::kv {

// Blocks; one thread at a time. All must outlive it.
class Replay {
 public:
  // `from`: up to where the store has the changelog.
  Replay(const TableFormat& format, RowStore& store, const Mark& from);
  ~Replay();

  // Applies log batches that lie one behind the other. kCorruptRecord, kSchemaNotExist, kKvStorage.
  Result<void> Apply(Bytes batches);
  // Writes what is left. All that was applied is in the store then.
  Result<void> Finish();

  const Mark& reached() const { return reached_; }

 private:
  Result<void> ApplyBatch(const record::LogBatch& batch);
  Result<void> ApplyRecord(const record::ChangelogRecord& record, SchemaId schema,
                           TimestampMs timestamp);
  void NoteId(const record::ChangelogRecord& record);
  Result<record::ChangelogReader*> ReaderOf(SchemaId schema);
  Result<void> Write();

  const TableFormat& format_;
  RowStore& store_;
  Mark reached_;
  std::map<SchemaId, std::unique_ptr<record::ChangelogReader>> readers_;
  RowStore::Batch batch_;
  std::vector<schema::Cell> cells_;
  std::string key_, value_;
};

}  // namespace millrace::kv
