// The JSON of schemas as parts of larger documents: for the .cc files of this folder only.
#pragma once

#include "schema/json_internal.h"
#include "schema/schema.h"

namespace millrace::schema::internal {

Result<DataType> ReadDataType(const Json& json, const Place& place);
Result<Schema> ReadSchema(const Json& json, const Place& place);
OrderedJson WriteDataType(const DataType& type);
OrderedJson WriteSchema(const Schema& schema);

}  // namespace millrace::schema::internal
