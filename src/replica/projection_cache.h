// Projections a replica made lately, so that a fetch need not make them again. On the replica's
// shard.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "record/projection.h"
#include "replica/table_facts.h"

namespace millrace::replica {

class ProjectionCache {
 public:
  // The projection of batches of `batch_schema` to `positions` of the table's newest schema.
  // kInvalidColumnProjection, kCorruptRecord for a schema the table never had.
  Result<std::shared_ptr<const record::Projection>> Get(const TableFacts& table,
                                                        SchemaId batch_schema,
                                                        const std::vector<int32_t>& positions);
  // To be called when the table changes.
  void Clear() { entries_.clear(); }

 private:
  struct Entry {
    SchemaId batch_schema;
    std::vector<int32_t> positions;
    std::shared_ptr<const record::Projection> projection;
  };
  // A bucket is read with few different projections at a time.
  static constexpr size_t kEntriesMax = 8;
  std::list<Entry> entries_;  // lately used first
};

}  // namespace millrace::replica
