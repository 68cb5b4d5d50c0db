// Reads batch by batch: chosen columns only, or only batches that may match a filter.
#pragma once

#include "log/log_tablet.h"
#include "replica/file_window.h"
#include "replica/replica.h"

namespace millrace::replica {

class BatchWalk {
 public:
  // All must outlive the walk but `table`, which it shares.
  BatchWalk(runtime::BlockingPool& pool, const FetchPart& part,
            std::shared_ptr<const TableFacts> table, ProjectionCache& projections)
      : pool_(pool), part_(part), table_(std::move(table)), projections_(projections) {}

  // Adds to `fetched` whole batches from the one that holds `from`, up to `below`, until
  // part.max_bytes would be passed; with `at_least_one` the first goes in anyway. Long stretches
  // that don't match are left for the next fetch, which filtered_end tells where to begin.
  runtime::Task<Result<void>> Run(log::LogTablet& log, Offset from, Offset below, bool at_least_one,
                                  FetchedPart& fetched);

 private:
  enum class Step { kGoOn, kFull };

  // Looks at the batch at `position` of the slice, and adds `size` to it.
  runtime::Task<Result<Step>> Take(FileWindow& window, const runtime::FileRange& slice,
                                   uint64_t& position, FetchedPart& fetched);
  runtime::Task<Result<Step>> TakeProjected(FileWindow& window, const runtime::FileRange& slice,
                                            uint64_t position, SchemaId schema,
                                            FetchedPart& fetched);
  bool Fits(uint64_t size, const FetchedPart& fetched) const {
    return fetched.size_bytes + size <= part_.max_bytes ||
           (must_take_one_ && fetched.records.empty());
  }

  runtime::BlockingPool& pool_;
  const FetchPart& part_;
  const std::shared_ptr<const TableFacts> table_;
  ProjectionCache& projections_;
  bool must_take_one_ = false;
};

}  // namespace millrace::replica
