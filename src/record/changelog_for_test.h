// What the tests of changelogs share.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "record/cells_for_test.h"
#include "record/changelog_reader.h"
#include "record/golden_batches.h"

namespace millrace::record {

inline schema::Cell Text(std::string_view text) {
  return schema::Cell::Of(AsBytes(text));
}

inline schema::TableConfig Config(
    schema::LogFormat format,
    schema::ArrowCompression compression = schema::ArrowCompression::kNone,
    schema::KvFormat kv_format = schema::KvFormat::kCompacted) {
  schema::TableConfig config = ConfigOf(format, compression);
  config.zstd_level = 3;
  config.kv_format = kv_format;
  return config;
}

struct Record {
  ChangeType change;
  std::string row;  // AsRow()
  bool operator==(const Record&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Record& record) {
  out << static_cast<int>(record.change);
  for (char c : record.row) out << ' ' << std::hex << (c & 0xFF);
  return out;
}

// All records of a batch, or its error.
inline Result<std::vector<Record>> ReadAll(ChangelogReader& reader, const schema::Schema& schema,
                                           Bytes bytes) {
  TRY_ASSIGN(LogBatch batch, LogBatch::Parse(bytes));
  TRY(reader.Open(batch));
  std::vector<schema::DataType> types = TypesOf(schema);
  std::vector<Record> records;
  while (true) {
    TRY_ASSIGN(auto record, reader.Next());
    if (!record) return records;
    records.push_back({record->change, AsRow(types, record->cells)});
  }
}

inline Result<std::vector<Record>> ReadAll(const schema::Schema& schema,
                                           const schema::TableConfig& config, Bytes bytes) {
  ChangelogReader reader(schema, config);
  return ReadAll(reader, schema, bytes);
}

}  // namespace millrace::record
