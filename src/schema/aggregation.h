// The rules of aggregation functions on columns.
#pragma once

#include "base/result.h"
#include "schema/schema.h"
#include "schema/table_config.h"

namespace millrace::schema {

// Only tables with the aggregation merge engine may have aggregation functions, with parameters the
// function knows and on columns of a type it takes. kInvalidConfig.
Result<void> CheckAggFunctions(const Schema& schema, const TableConfig& config);

}  // namespace millrace::schema
