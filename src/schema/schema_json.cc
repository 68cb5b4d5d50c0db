#include "schema/schema_json.h"

#include <limits>
#include <utility>

namespace millrace::schema {
namespace internal {
namespace {

Result<int32_t> GetIntBetween(const Json& object, const char* key, int32_t low, int32_t high,
                              const Place& place) {
  TRY_ASSIGN(int32_t value, GetInt(object, key, place));
  if (value < low || value > high) {
    return place.Key(key).Fail("must be between " + std::to_string(low) + " and " +
                               std::to_string(high) + ", not " + std::to_string(value));
  }
  return value;
}

// A type at `depth` levels: 1 is a column's own.
Result<DataType> ReadType(const Json& json, int depth, const Place& place);

Result<DataType> ReadChild(const Json& object, const char* key, int depth, const Place& place) {
  TRY_ASSIGN(const Json* json, Require(object, key, place));
  return ReadType(*json, depth, place.Key(key));
}

Result<DataField> ReadField(const Json& json, int depth, const Place& place) {
  DataField field;
  TRY_ASSIGN(field.name, GetString(json, "name", place));
  TRY_ASSIGN(field.type, ReadChild(json, "field_type", depth, place));
  TRY_ASSIGN(field.description, GetOptionalString(json, "description", place));
  TRY_ASSIGN(auto id, GetOptionalInt(json, "field_id", place));
  field.field_id = id.value_or(kNoFieldId);
  return field;
}

Result<DataType> ReadRow(const Json& json, int depth, const Place& place) {
  TRY_ASSIGN(const Json* array, GetArray(json, "fields", place));
  std::vector<DataField> fields;
  for (const Json& element : *array) {
    TRY_ASSIGN(DataField field,
               ReadField(element, depth + 1, place.Key("fields").Index(fields.size())));
    fields.push_back(std::move(field));
  }
  return DataType::Row(std::move(fields));
}

Result<DataType> ReadNullableType(const Json& json, int depth, const Place& place) {
  TRY_ASSIGN(std::string name, GetString(json, "type", place));
  std::optional<TypeRoot> root = TypeRootFromName(name);
  if (!root) return place.Key("type").Fail("unknown data type '" + name + "'");
  DataType type = DataType::Of(*root);
  switch (*root) {
    case TypeRoot::kChar:
    case TypeRoot::kBinary: {
      TRY_ASSIGN(type.length, GetIntBetween(json, "length", 1, INT32_MAX, place));
      return type;
    }
    case TypeRoot::kDecimal: {
      TRY_ASSIGN(type.precision, GetIntBetween(json, "precision", 1, 38, place));
      TRY_ASSIGN(type.scale, GetIntBetween(json, "scale", 0, type.precision, place));
      return type;
    }
    case TypeRoot::kTime:
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz: {
      TRY_ASSIGN(type.precision, GetIntBetween(json, "precision", 0, 9, place));
      return type;
    }
    case TypeRoot::kArray: {
      TRY_ASSIGN(DataType element, ReadChild(json, "element_type", depth + 1, place));
      return DataType::Array(std::move(element));
    }
    case TypeRoot::kMap: {
      TRY_ASSIGN(DataType key, ReadChild(json, "key_type", depth + 1, place));
      TRY_ASSIGN(DataType value, ReadChild(json, "value_type", depth + 1, place));
      return DataType::Map(std::move(key), std::move(value));
    }
    case TypeRoot::kRow:
      return ReadRow(json, depth, place);
    default:
      return type;
  }
}

Result<DataType> ReadType(const Json& json, int depth, const Place& place) {
  if (depth > kMaxTypeDepth) {
    return place.Fail("data types nested deeper than " + std::to_string(kMaxTypeDepth) + " levels");
  }
  TRY_ASSIGN(DataType type, ReadNullableType(json, depth, place));
  const Json* nullable = Find(json, "nullable");
  if (nullable != nullptr) {
    if (!nullable->is_boolean()) return place.Key("nullable").Fail("expected true or false");
    type.nullable = nullable->get<bool>();
  }
  return type;
}

// A function this version does not know is dropped: it only tells how to merge, not what is stored.
Result<std::optional<AggFunction>> ReadAgg(const Json& column, const Place& place) {
  const Json* json = Find(column, "agg_function");
  if (json == nullptr) return std::optional<AggFunction>();
  Place here = place.Key("agg_function");
  TRY_ASSIGN(std::string name, GetString(*json, "type", here));
  std::optional<AggFunctionType> type = AggFunctionFromName(name);
  if (!type) return std::optional<AggFunction>();
  AggFunction function{.type = *type};
  if (Find(*json, "parameters") != nullptr) {
    TRY_ASSIGN(function.parameters, GetStringMap(*json, "parameters", here));
  }
  return std::optional<AggFunction>(std::move(function));
}

Result<Column> ReadColumn(const Json& json, const Place& place) {
  Column column;
  TRY_ASSIGN(column.name, GetString(json, "name", place));
  TRY_ASSIGN(column.type, ReadChild(json, "data_type", 1, place));
  TRY_ASSIGN(column.comment, GetOptionalString(json, "comment", place));
  TRY_ASSIGN(column.agg, ReadAgg(json, place));
  TRY_ASSIGN(auto id, GetOptionalInt(json, "id", place));
  column.id = id.value_or(kNoFieldId);
  return column;
}

OrderedJson WriteField(const DataField& field) {
  OrderedJson json = {{"name", field.name}, {"field_type", WriteDataType(field.type)}};
  if (field.description) json["description"] = *field.description;
  json["field_id"] = field.field_id;
  return json;
}

OrderedJson WriteColumn(const Column& column) {
  OrderedJson json = {{"name", column.name}, {"data_type", WriteDataType(column.type)}};
  if (column.comment) json["comment"] = *column.comment;
  if (column.agg) {
    json["agg_function"]["type"] = AggFunctionName(column.agg->type);
    if (!column.agg->parameters.empty()) {
      json["agg_function"]["parameters"] = column.agg->parameters;
    }
  }
  json["id"] = column.id;
  return json;
}

}  // namespace

Result<DataType> ReadDataType(const Json& json, const Place& place) {
  return ReadType(json, 1, place);
}

Result<Schema> ReadSchema(const Json& json, const Place& place) {
  Schema schema;
  TRY_ASSIGN(const Json* columns, GetArray(json, "columns", place));
  for (const Json& element : *columns) {
    Place here = place.Key("columns").Index(schema.columns.size());
    TRY_ASSIGN(Column column, ReadColumn(element, here));
    schema.columns.push_back(std::move(column));
  }
  TRY_ASSIGN(schema.primary_key, GetStrings(json, "primary_key", place));
  if (schema.primary_key.empty() && Find(json, "primary_key") != nullptr) {
    return place.Key("primary_key").Fail("must name at least one column");
  }
  TRY_ASSIGN(schema.auto_increment, GetStrings(json, "auto_increment_column", place));
  TRY_ASSIGN(auto highest, GetOptionalInt(json, "highest_field_id", place));
  schema.highest_field_id = highest.value_or(kNoFieldId);
  return NormalizeSchema(std::move(schema));
}

OrderedJson WriteDataType(const DataType& type) {
  OrderedJson json = {{"type", TypeRootName(type.root)}};
  if (!type.nullable) json["nullable"] = false;
  switch (type.root) {
    case TypeRoot::kChar:
    case TypeRoot::kBinary:
      json["length"] = type.length;
      break;
    case TypeRoot::kDecimal:
      json["precision"] = type.precision;
      json["scale"] = type.scale;
      break;
    case TypeRoot::kTime:
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      json["precision"] = type.precision;
      break;
    case TypeRoot::kArray:
      json["element_type"] = WriteDataType(type.children[0].type);
      break;
    case TypeRoot::kMap:
      json["key_type"] = WriteDataType(type.children[0].type);
      json["value_type"] = WriteDataType(type.children[1].type);
      break;
    case TypeRoot::kRow:
      json["fields"] = OrderedJson::array();
      for (const DataField& field : type.children) json["fields"].push_back(WriteField(field));
      break;
    default:
      break;
  }
  return json;
}

OrderedJson WriteSchema(const Schema& schema) {
  OrderedJson json = {{"version", 1}, {"columns", OrderedJson::array()}};
  for (const Column& column : schema.columns) json["columns"].push_back(WriteColumn(column));
  if (!schema.primary_key.empty()) json["primary_key"] = schema.primary_key;
  if (!schema.auto_increment.empty()) json["auto_increment_column"] = schema.auto_increment;
  json["highest_field_id"] = schema.highest_field_id;
  return json;
}

}  // namespace internal

Result<Schema> ParseSchema(std::string_view json) {
  internal::Place place{ErrorCode::kInvalidTable, ""};
  TRY_ASSIGN(internal::Json document, internal::ParseObject(json, place));
  return internal::ReadSchema(document, place);
}

Result<DataType> ParseDataType(std::string_view json) {
  internal::Place place{ErrorCode::kInvalidTable, ""};
  TRY_ASSIGN(internal::Json document, internal::ParseObject(json, place));
  return internal::ReadDataType(document, place);
}

std::string SchemaToJson(const Schema& schema) {
  return internal::Write(internal::WriteSchema(schema));
}

std::string DataTypeToJson(const DataType& type) {
  return internal::Write(internal::WriteDataType(type));
}

}  // namespace millrace::schema
