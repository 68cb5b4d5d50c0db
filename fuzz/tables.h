// Tables whose batches the targets of record/ take.
#pragma once

#include <vector>

#include "record/golden_batches.h"

namespace millrace::fuzz {

struct Table {
  schema::Schema schema;
  schema::TableConfig config;
};

// Order matters: the kept inputs begin with an index into it.
inline const std::vector<Table>& Tables() {
  using record::ConfigOf;
  using schema::ArrowCompression;
  using schema::LogFormat;
  static const std::vector<Table> kTables = {
      {record::SmallSchema(), ConfigOf(LogFormat::kArrow)},
      {record::SmallSchema(), ConfigOf(LogFormat::kArrow, ArrowCompression::kZstd)},
      {record::SmallSchema(), ConfigOf(LogFormat::kArrow, ArrowCompression::kLz4Frame)},
      {record::ChangelogSchema(), ConfigOf(LogFormat::kArrow)},
      {record::AllTypesSchema(), ConfigOf(LogFormat::kArrow)},
      {record::AllTypesSchema(), ConfigOf(LogFormat::kArrow, ArrowCompression::kZstd)},
      {record::SmallSchema(), ConfigOf(LogFormat::kIndexed)},
      {record::SmallSchema(), ConfigOf(LogFormat::kCompacted)},
  };
  return kTables;
}

// Columns that the bits of `mask` choose, at least one; of more than 32, every 32nd goes with the
// first.
inline std::vector<int32_t> ColumnsOf(const schema::Schema& schema, uint32_t mask) {
  std::vector<int32_t> positions;
  for (size_t i = 0; i < schema.columns.size(); i++) {
    if ((mask >> (i % 32) & 1) != 0) positions.push_back(static_cast<int32_t>(i));
  }
  if (positions.empty()) positions.push_back(0);
  return positions;
}

}  // namespace millrace::fuzz
