// How a table's rows, keys and stored values look, under each of its schemas. Immutable and shared;
// a change of the table makes a new one.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "schema/cell.h"
#include "schema/key_codec.h"
#include "schema/row_codec.h"
#include "schema/schema.h"
#include "schema/table_config.h"

namespace millrace::kv {

using SchemaMap = std::map<SchemaId, std::shared_ptr<const schema::Schema>>;

// A value as lookups return it: a row behind the id of the schema that it was written under.
inline constexpr size_t kSchemaIdSize = 2;

class TableFormat {
 public:
  // `bucket_keys` and `partition_keys` as the table's descriptor has them; at least one schema.
  TableFormat(TablePath path, SchemaMap schemas, const schema::TableConfig& config,
              const std::vector<std::string>& bucket_keys,
              const std::vector<std::string>& partition_keys);

  const TablePath& path() const { return path_; }
  const schema::TableConfig& config() const { return config_; }
  SchemaId latest_id() const { return schemas_.rbegin()->first; }
  const schema::Schema& latest() const { return *schemas_.rbegin()->second; }
  size_t column_count() const { return latest().columns.size(); }
  // kSchemaNotExist.
  Result<const schema::Schema*> SchemaOf(SchemaId id) const;

  // Reads a row written under this schema into cells of the latest one's columns: those that are
  // newer than the row are NULL. kSchemaNotExist, kCorruptRecord.
  Result<void> DecodeRow(SchemaId id, Bytes row, std::span<schema::Cell> cells) const;
  // Reads a stored value likewise.
  Result<void> DecodeValue(Bytes value, std::span<schema::Cell> cells) const;
  // Appends a row under the latest schema.
  void EncodeRow(std::span<const schema::Cell> cells, std::string& to) const {
    codecs_.rbegin()->second.Encode(cells, to);
  }

  const schema::KeyCodec& key_codec() const { return key_codec_; }
  // Positions of the key's columns in the latest schema, in the key's order.
  const std::vector<int>& key_columns() const { return key_.columns; }
  // Appends the key of a row that has cells of all columns.
  void EncodeKey(std::span<const schema::Cell> cells, std::string& to) const;

  // Bytes in front of a value in the store, which no client sees: the time of rows that expire.
  size_t tag_size() const { return tagged_ ? sizeof(int64_t) : 0; }
  // The tag of a row with these cells that is written at `now`.
  void AppendTag(std::span<const schema::Cell> cells, TimestampMs now, std::string& to) const;

  // Position of the auto-increment column; -1 if there is none.
  int auto_increment_column() const { return auto_increment_column_; }
  // Whether rows are counted: their changelog has every change of existence.
  bool counts_rows() const;

 private:
  const TablePath path_;
  const SchemaMap schemas_;
  const schema::TableConfig config_;
  std::map<SchemaId, schema::RowCodec> codecs_;
  schema::PrimaryKeyLayout key_;
  schema::KeyCodec key_codec_;
  bool tagged_;
  int ttl_column_ = -1;  // -1: rows expire by the time of writing
  int auto_increment_column_ = -1;
};

}  // namespace millrace::kv
