#include "schema/table_descriptor.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "schema/schema_json.h"
#include "schema/text.h"

namespace millrace::schema {
namespace {

using internal::Find;
using internal::GetOptionalInt;
using internal::GetOptionalString;
using internal::GetStringMap;
using internal::GetStrings;
using internal::Json;
using internal::OrderedJson;
using internal::Place;

Error Invalid(std::string message) {
  return {ErrorCode::kInvalidTable, std::move(message)};
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<void> CheckKeyColumns(const std::vector<std::string>& keys, const Schema& schema,
                             std::string_view what) {
  std::unordered_set<std::string_view> seen;
  for (const std::string& key : keys) {
    if (!seen.insert(key).second) {
      return Invalid(std::string(what) + " '" + key + "' comes twice in " + Joined(keys));
    }
    if (schema.FindColumn(key) == nullptr) {
      return Invalid(std::string(what) + " '" + key + "' is no column of the table");
    }
  }
  return {};
}

// A primary-key table's partition keys are part of its primary key, and so are its bucket keys.
Result<void> CheckAgainstPrimaryKey(const TableDescriptor& table) {
  const std::vector<std::string>& primary_key = table.schema.primary_key;
  for (const std::string& key : table.partition_keys) {
    if (!Contains(primary_key, key)) {
      return Invalid("partition key '" + key + "' is not part of the primary key " +
                     Joined(primary_key));
    }
  }
  for (const std::string& key : table.bucket_keys) {
    if (!Contains(primary_key, key)) {
      return Invalid("bucket key '" + key + "' is not part of the primary key " +
                     Joined(primary_key));
    }
  }
  return {};
}

Result<std::vector<std::string>> DefaultBucketKeys(const TableDescriptor& table) {
  std::vector<std::string> keys;
  for (const std::string& key : table.schema.primary_key) {
    if (!Contains(table.partition_keys, key)) keys.push_back(key);
  }
  if (keys.empty()) {
    return Invalid("the primary key " + Joined(table.schema.primary_key) +
                   " has no column besides the partition keys");
  }
  return keys;
}

}  // namespace

Result<TableDescriptor> NormalizeTableDescriptor(TableDescriptor table) {
  TRY_ASSIGN(table.schema, NormalizeSchema(std::move(table.schema)));
  TRY(CheckKeyColumns(table.partition_keys, table.schema, "partition key"));
  TRY(CheckKeyColumns(table.bucket_keys, table.schema, "bucket key"));
  for (const std::string& key : table.bucket_keys) {
    if (Contains(table.partition_keys, key)) {
      return Invalid("column '" + key + "' can not be a bucket key and a partition key");
    }
  }
  if (table.HasPrimaryKey()) {
    TRY(CheckAgainstPrimaryKey(table));
    if (table.bucket_keys.empty()) {
      TRY_ASSIGN(table.bucket_keys, DefaultBucketKeys(table));
    }
  }
  return table;
}

Result<TableDescriptor> ParseTableDescriptor(std::string_view text) {
  Place place{ErrorCode::kInvalidTable, ""};
  TRY_ASSIGN(Json json, internal::ParseObject(text, place));
  TableDescriptor table;
  TRY_ASSIGN(const Json* schema, internal::Require(json, "schema", place));
  TRY_ASSIGN(table.schema, internal::ReadSchema(*schema, place.Key("schema")));
  TRY_ASSIGN(table.comment, GetOptionalString(json, "comment", place));
  TRY(internal::Require(json, "partition_key", place));
  TRY_ASSIGN(table.partition_keys, GetStrings(json, "partition_key", place));
  TRY_ASSIGN(table.bucket_count, GetOptionalInt(json, "bucket_count", place));
  if (table.bucket_count && Find(json, "bucket_key") == nullptr) {
    return place.Key("bucket_key").Fail("missing, though bucket_count is given");
  }
  TRY_ASSIGN(table.bucket_keys, GetStrings(json, "bucket_key", place));
  TRY_ASSIGN(table.properties, GetStringMap(json, "properties", place));
  TRY_ASSIGN(table.custom_properties, GetStringMap(json, "custom_properties", place));
  return NormalizeTableDescriptor(std::move(table));
}

std::string TableDescriptorToJson(const TableDescriptor& table) {
  OrderedJson json = {{"version", 1}, {"schema", internal::WriteSchema(table.schema)}};
  if (table.comment) json["comment"] = *table.comment;
  json["partition_key"] = table.partition_keys;
  if (table.bucket_count || !table.bucket_keys.empty()) json["bucket_key"] = table.bucket_keys;
  if (table.bucket_count) json["bucket_count"] = *table.bucket_count;
  json["properties"] = table.properties;
  json["custom_properties"] = table.custom_properties;
  return internal::Write(json);
}

Result<DatabaseDescriptor> ParseDatabaseDescriptor(std::string_view text) {
  Place place{ErrorCode::kInvalidDatabase, ""};
  TRY_ASSIGN(Json json, internal::ParseObject(text, place));
  DatabaseDescriptor database;
  TRY_ASSIGN(database.comment, GetOptionalString(json, "comment", place));
  TRY_ASSIGN(database.custom_properties, GetStringMap(json, "custom_properties", place));
  return database;
}

std::string DatabaseDescriptorToJson(const DatabaseDescriptor& database) {
  OrderedJson json = {{"version", 1}};
  if (database.comment) json["comment"] = *database.comment;
  json["custom_properties"] = database.custom_properties;
  return internal::Write(json);
}

}  // namespace millrace::schema
