// Makes the log batch of a primary-key table's changes, in any log format
// (docs/formats/log-batch.md).
//
// For one schema: a table's latest. Keeps its buffers from batch to batch, so that a record
// allocates nothing. Single-threaded.
#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/ids.h"
#include "record/change_type.h"
#include "schema/cell.h"
#include "schema/schema.h"
#include "schema/table_config.h"

namespace millrace::record {

class ChangelogWriter {
 public:
  // Of `config` the log format, the KV format (of nested cells) and the Arrow compression matter.
  // Log format INDEXED is not for primary-key tables.
  ChangelogWriter(SchemaId schema_id, const schema::Schema& schema,
                  const schema::TableConfig& config);
  ~ChangelogWriter();

  // Adds a record. `cells` has a cell for each column of the schema; what they refer to is copied.
  void Add(ChangeType change, std::span<const schema::Cell> cells);
  int32_t count() const;
  // Of the batch so far, if nothing in it can be compressed. Must stay below 2 GiB, the most that a
  // batch's header and Arrow's offsets can tell: a caller whose rows may amount to so much refuses
  // them before. Takes a few nanoseconds per column.
  size_t size() const;

  // The batch (magic 0, not append-only) with this writer and sequence, and offset and timestamp 0
  // for the log to stamp. Without records it is a header whose last offset delta is 0: it takes an
  // offset all the same. Valid until the next call of Add(), with which the next batch begins, or
  // of Finish() or Discard(); count() is 0 again.
  MutableBytes Finish(WriterId writer, int32_t sequence);
  // Forgets what was added.
  void Discard();

  // The implementation.
  class Format;

 private:
  SchemaId schema_id_;
  std::unique_ptr<Format> format_;
};

}  // namespace millrace::record
