// Keys of primary-key tables: the bytes under which a row is found (docs/formats/rows.md).
//
// Immutable after construction: any shard.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "schema/cell.h"
#include "schema/schema.h"
#include "schema/table_config.h"
#include "schema/value_form.h"

namespace millrace::schema {

enum class KeyFormat : uint8_t { kCompacted, kPaimon, kIceberg };

class KeyCodec {
 public:
  // Types of the key's columns, in its order; none is nested. ICEBERG has keys of one column and of
  // some types only. Official clients refuse tables with others; here they have COMPACTED keys, and
  // format() says so.
  KeyCodec(KeyFormat format, std::vector<DataType> types);

  KeyFormat format() const { return format_; }
  size_t column_count() const { return types_.size(); }

  // Appends the key to `to`, which the first column_count() of `cells` don't point into. They must
  // fit the types and are not NULL.
  void Encode(std::span<const Cell> cells, std::string& to) const;
  // Reads a whole key into the first column_count() of `cells`, which point into it where they are
  // views. Allocates nothing for a good key. What ICEBERG keys don't hold of a timestamp, the
  // nanoseconds below a microsecond, is 0. kCorruptRecord says what is wrong with which column.
  Result<void> Decode(Bytes key, std::span<Cell> cells) const;

 private:
  KeyFormat format_;
  std::vector<DataType> types_;
  std::vector<ColumnForm> forms_;  // of the types
};

// Of a table's primary key, without the partition columns.
struct PrimaryKeyLayout {
  KeyFormat format;
  std::vector<int> columns;  // positions in the schema, in the key's order

  bool operator==(const PrimaryKeyLayout&) const = default;
};

// Which encoder the table's keys have, and of which columns: those of the primary key but for the
// partition keys. `bucket_keys` and `partition_keys` are the normalised descriptor's, and the
// schema has a primary key.
PrimaryKeyLayout LayoutOfPrimaryKey(const Schema& schema, const TableConfig& config,
                                    const std::vector<std::string>& bucket_keys,
                                    const std::vector<std::string>& partition_keys);

}  // namespace millrace::schema
