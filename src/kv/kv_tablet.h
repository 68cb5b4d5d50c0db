// The rows of one bucket of a primary-key table: written through their changelog, read by key.
//
// A write merges into the rows that are there, and appends what changes to the bucket's log. Once
// that is committed, Apply() brings the rows into the store, where readers find them. Until then
// only later writes see them. The store opens when it is first needed, and closes when it was not
// for long; what it lacks is applied from the log.
//
// Belongs to its log's shard; called there only. It must outlive the tasks that its calls return.
// Formats and recovery: docs/formats/kv-tablet.md.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kv/batch_merge.h"
#include "kv/change_batch.h"
#include "kv/row_merger.h"
#include "kv/row_store.h"
#include "kv/table_format.h"
#include "log/log_tablet.h"
#include "runtime/blocking_pool.h"
#include "runtime/serializer.h"

namespace millrace::kv {

struct TabletOptions {
  // Changes that a reopening may have to apply again; beyond, the store is flushed.
  int64_t replay_most = 200'000;
  // Writes wait while changes that are not committed take more memory.
  uint64_t uncommitted_most_bytes = 256 << 20;
};

// Takes new ids for an auto-increment column, at least `count`: they are this bucket's alone.
using IdSource = std::function<runtime::Task<Result<IdRange>>(int64_t count)>;

struct PutRequest {
  SchemaId schema;
  WriterId writer{record::kNoWriterId};
  int32_t sequence = record::kNoSequence;
  // Views that live as long as the put.
  std::vector<record::KvRecord> records;
  // Positions of the columns that are written; empty: all.
  std::vector<int32_t> targets;
  MergeMode mode = MergeMode::kDefault;
};

// The rows under each of several prefixes.
struct PrefixMatches {
  FoundValues values;
  std::vector<size_t> ends;  // for each prefix, the index in `values` behind its last
};

// A reader of all rows as they were at one moment. Holds the store open.
struct RowScan {
  std::shared_ptr<RowStore> store;
  std::unique_ptr<RowStore::Scan> scan;
  Offset log_offset;  // of the changelog behind what the scan sees
  size_t skip = 0;    // bytes in front of each value that no client sees
};

class KvTablet {
 public:
  struct Environment {
    runtime::Disk& disk;
    runtime::BlockingPool& pool;
    const StoreResources& resources;
    IdSource ids;
    TabletOptions options = {};
  };

  // `directory` is the bucket's kv-<n>. `log` holds committed batches up to its end now.
  KvTablet(std::string directory, std::shared_ptr<const TableFormat> format, log::LogTablet& log,
           Environment environment);
  ~KvTablet();

  // The table has a new schema or options.
  void UpdateFormat(std::shared_ptr<const TableFormat> format) { format_ = std::move(format); }

  // Merges the records in order, all or none, and appends the changelog: one batch, also if nothing
  // changes. Puts are done in the order in which they were called. What the log refuses, and:
  //   kSchemaNotExist      the table has no such schema
  //   kCorruptRecord       a row can't be read
  //   kInvalidTargetColumn, kDeletionDisabled
  runtime::Task<Result<log::Appended>> Put(const PutRequest& request);

  // Brings all changes below `committed` into the store. kKvStorage when it can't write, as on a
  // full disk; then the changes stay for the next call.
  runtime::Task<Result<void>> Apply(Offset committed);
  // Rows are visible up to here.
  Offset applied() const { return applied_.offset; }

  // The rows of the keys. From memory where they are there; other reads wait in the pool.
  // kRecordTooLarge when they are over the values' budget.
  runtime::Task<Result<void>> Lookup(std::span<const Bytes> keys, FoundValues& values);
  // At most `most_bytes` of values, else kRecordTooLarge.
  runtime::Task<Result<void>> LookupPrefixes(std::span<const Bytes> prefixes, uint64_t most_bytes,
                                             PrefixMatches& matches);
  runtime::Task<Result<RowScan>> NewScan();
  runtime::Task<Result<int64_t>> CountRows();

  // Brings what was applied to the device and closes the store.
  runtime::Task<Result<void>> Close();
  // The same, if nobody has used it since `since`.
  runtime::Task<> CloseIfIdle(runtime::Instant since);
  // Closes without a flush: the data are about to be deleted.
  runtime::Task<> Abandon();

  // Of the store: 0 while it is closed.
  uint64_t memory_bytes() const;

 private:
  using StorePtr = std::shared_ptr<RowStore>;

  runtime::Task<Result<StorePtr>> Opened();
  runtime::Task<Result<StorePtr>> Open();
  Result<std::unique_ptr<RowStore>> OpenOrMakeAnew(const RowStore::Setup& setup,
                                                   runtime::Clock& clock);
  runtime::Task<Result<void>> CatchUp(RowStore& store);
  runtime::Task<Result<void>> ReplayInto(RowStore& store, const Mark& from);
  runtime::Task<Result<void>> CloseStore(bool flush);

  runtime::Task<Result<log::Appended>> PutNow(const PutRequest& request);
  Result<void> PrepareTools(const PutRequest& request);
  runtime::Task<Result<void>> ReadRows(RowStore& store, ChangeBatch& batch);
  runtime::Task<Result<void>> MergeAll(const PutRequest& request, BatchMerge& merge,
                                       ChangeBatch& batch, const std::vector<uint32_t>& states);
  runtime::Task<MutableBytes> FinishChangelog(const PutRequest& request);
  runtime::Task<Result<void>> TakeIds(int64_t count);
  runtime::Task<Result<void>> WriteBatch(RowStore& store, const ChangeBatch& batch);
  void FlushIfLong(RowStore& store);

  const std::string directory_;
  std::shared_ptr<const TableFormat> format_;
  log::LogTablet& log_;
  const Environment environment_;

  StorePtr store_;  // null while closed
  runtime::Serializer opening_;
  runtime::Instant last_used_;
  bool closed_ = false;

  runtime::Serializer puts_;
  runtime::Serializer applies_;
  PreWriteBuffer buffer_;
  Mark applied_;  // what the store has
  Mark written_;  // what it will have once all of the buffer is applied
  std::vector<IdRange> ids_;
  Offset flush_begun_;  // at the last one

  // What puts need, made by one for the next. The put under way alone touches it.
  struct Tools {
    std::shared_ptr<const TableFormat> format;
    std::unique_ptr<record::ChangelogWriter> changelog;
    std::unique_ptr<RowMerger> merger;
    std::vector<int32_t> targets;  // the merger's
    MergeMode mode = MergeMode::kDefault;
    FoundValues found;
  };
  Tools tools_;
  RowStore::Batch store_batch_;
};

}  // namespace millrace::kv
