// What becomes of a key's row when another one is written: the merge engines, partial updates and
// delete behaviours of primary-key tables (docs/formats/kv-merge.md).
//
// All rows are cells of the latest schema's columns; those that a row's own schema doesn't have
// are NULL. A merger is made for one batch, or kept for all batches of the same target columns,
// mode and schema. Single-threaded.
#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "schema/cell.h"
#include "schema/schema.h"
#include "schema/table_config.h"

namespace millrace::kv {

using Row = std::span<const schema::Cell>;
using MutableRow = std::span<schema::Cell>;

// A request's `agg_mode`.
enum class MergeMode : uint8_t {
  kDefault,    // as the table's merge engine and delete behaviour say
  kOverwrite,  // the last row wins, and deletes delete, whatever the table says
};

class RowMerger {
 public:
  virtual ~RowMerger() = default;

  enum class Upserted {
    kKept,    // the old row stays as it is: nothing changes
    kTaken,   // the new row as it was sent, with the schema id it was sent with
    kMerged,  // the row in `merged`, under the latest schema
  };
  // Of a key that has the row `old`, to which `sent` is written. `merged` has a cell per column and
  // is written for kMerged only; its cells are views of `old`, `sent`, or of memory of the merger
  // that is valid until the next call. Fails where a value can't be merged, naming the column:
  //
  //   kUnknownServerError  bytes of rbm32 or rbm64 that are no such bitmap; no code of Fluss that
  //                        fits better keeps writers from sending them again and again
  //   kRecordTooLarge      the merged value would be larger than 2 GiB
  virtual Result<Upserted> Update(Row old, Row sent, MutableRow merged) = 0;
  // Of a key that has no row.
  virtual Result<Upserted> Insert(Row sent, MutableRow merged) = 0;

  enum class Deleted {
    kKept,     // nothing changes
    kRemoved,  // the row is gone
    kMerged,   // the row in `merged` takes its place: a partial delete
  };
  // Deletes the key that has the row `old`. kDeletionDisabled where the table forbids it, also for
  // a key without a row, which CheckDelete() tells.
  virtual Result<Deleted> Delete(Row old, MutableRow merged) = 0;
  // Whether deletes do anything here: false when they are to be ignored, kDeletionDisabled when
  // they are forbidden.
  virtual Result<bool> CheckDelete() const = 0;

  // Whether Update() needs the old row's values, or only that there is one.
  virtual bool reads_old_row() const = 0;
};

// `targets`: positions of the columns that the batch writes, in any order; empty: all.
//
//   kInvalidTargetColumn  a target that is no column, a primary key that is not all among the
//                         targets, another column that is NOT NULL, or a merge engine that doesn't
//                         take targets
//   kInvalidConfig        a table that can't be: first_row or versioned with deletes allowed, no
//                         fitting version column, an aggregation function on a type it doesn't take
Result<std::unique_ptr<RowMerger>> MakeRowMerger(const schema::Schema& latest,
                                                 const schema::TableConfig& config, MergeMode mode,
                                                 std::span<const int32_t> targets);

}  // namespace millrace::kv
