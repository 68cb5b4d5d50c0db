// The rules of aggregation functions on columns.
#pragma once

#include "base/result.h"
#include "schema/schema.h"
#include "schema/table_config.h"

namespace millrace::schema {

// Only tables with a primary key may have aggregation functions. With the aggregation merge engine
// their parameters must be ones the function knows, and their columns of a type it takes.
// kInvalidConfig.
Result<void> CheckAggFunctions(const Schema& schema, const TableConfig& config);

}  // namespace millrace::schema
