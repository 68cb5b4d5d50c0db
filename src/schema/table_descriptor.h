// What CREATE_TABLE asks for and GET_TABLE_INFO answers, and the same for databases, with their
// JSON (docs/formats/descriptors.md).
//
// Values: owned by whoever holds them, safe to read from any shard.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/schema.h"

namespace millrace::schema {

using Properties = std::map<std::string, std::string>;

struct TableDescriptor {
  Schema schema;
  std::optional<std::string> comment = std::nullopt;
  std::vector<std::string> partition_keys = {};  // in the order of partition names
  std::vector<std::string> bucket_keys = {};     // empty: rows of a log table go anywhere
  std::optional<int32_t> bucket_count = std::nullopt;
  Properties properties = {};         // `table.*` options, see table_config.h
  Properties custom_properties = {};  // anything; kept for clients

  bool operator==(const TableDescriptor&) const = default;

  bool IsPartitioned() const { return !partition_keys.empty(); }
  bool HasPrimaryKey() const { return schema.HasPrimaryKey(); }
};

// Reads a table's descriptor and normalises it: the schema as ParseSchema does, and a primary-key
// table without bucket keys gets its primary key less the partition keys. Properties are not looked
// at. kInvalidTable for anything else than a descriptor, with the place and what was expected.
Result<TableDescriptor> ParseTableDescriptor(std::string_view json);

// Compact JSON with the keys in Fluss's order and properties sorted, so that equal descriptors give
// equal bytes.
std::string TableDescriptorToJson(const TableDescriptor& descriptor);

// Checks and normalises a descriptor that came another way than by ParseTableDescriptor: the
// schema, and that bucket and partition keys are columns, go together, and fit the primary key.
// kInvalidTable.
Result<TableDescriptor> NormalizeTableDescriptor(TableDescriptor descriptor);

struct DatabaseDescriptor {
  std::optional<std::string> comment = std::nullopt;
  Properties custom_properties = {};

  bool operator==(const DatabaseDescriptor&) const = default;
};

// kInvalidDatabase for anything else than a database's descriptor.
Result<DatabaseDescriptor> ParseDatabaseDescriptor(std::string_view json);
std::string DatabaseDescriptorToJson(const DatabaseDescriptor& descriptor);

}  // namespace millrace::schema
