// The statistics block that a writer may put into a batch: minimum, maximum and null count of
// columns.
//
// Views of the batch's bytes. See docs/formats/log-batch.md for the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "record/predicate.h"
#include "schema/data_type.h"

namespace millrace::record {

// The alternatives are Literal's, for the same types; none for a bound that is null, which the
// bounds of a column of only nulls are, and those that a writer did not keep.
using StatisticsValue =
    std::variant<std::monostate, bool, int64_t, double, std::string_view, Decimal, Timestamp>;

struct ColumnStatistics {
  int32_t null_count = 0;  // as the writer says: negative if unknown
  StatisticsValue min;
  StatisticsValue max;
};

class Statistics {
 public:
  // Reads the frame of a block in a batch of `column_count` columns. None for an empty block, an
  // unknown version, no columns, or anything that does not fit: then the batch has no statistics.
  static std::optional<Statistics> Parse(Bytes block, size_t column_count);

  // Columns that the block has entries for.
  int size() const { return size_; }

  // Statistics of the column at `position` of type `type`. None if there are none, the type has
  // none, or they can not be read.
  std::optional<ColumnStatistics> Find(size_t position, const schema::DataType& type) const;

 private:
  Bytes block_;
  int size_ = 0;
  Bytes min_row_;
  Bytes max_row_;
};

}  // namespace millrace::record
