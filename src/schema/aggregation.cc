#include "schema/aggregation.h"

#include <string>

namespace millrace::schema {
namespace {

bool IsNumeric(TypeRoot root) {
  return (root >= TypeRoot::kTinyInt && root <= TypeRoot::kDouble) || root == TypeRoot::kDecimal;
}

bool IsOrdered(TypeRoot root) {
  bool is_temporal = root >= TypeRoot::kDate && root <= TypeRoot::kTimestampLtz;
  return IsNumeric(root) || is_temporal || root == TypeRoot::kChar || root == TypeRoot::kString;
}

bool Takes(AggFunctionType function, TypeRoot root) {
  switch (function) {
    case AggFunctionType::kSum:
    case AggFunctionType::kProduct:
      return IsNumeric(root);
    case AggFunctionType::kMax:
    case AggFunctionType::kMin:
      return IsOrdered(root);
    case AggFunctionType::kListAgg:
    case AggFunctionType::kStringAgg:
      return root == TypeRoot::kString || root == TypeRoot::kChar;
    case AggFunctionType::kBoolAnd:
    case AggFunctionType::kBoolOr:
      return root == TypeRoot::kBoolean;
    case AggFunctionType::kRbm32:
    case AggFunctionType::kRbm64:
      return root == TypeRoot::kBytes;
    case AggFunctionType::kLastValue:
    case AggFunctionType::kLastValueIgnoreNulls:
    case AggFunctionType::kFirstValue:
    case AggFunctionType::kFirstValueIgnoreNulls:
      return true;
  }
  return false;
}

Result<void> CheckColumn(const Column& column) {
  const AggFunction& function = *column.agg;
  std::string where = "aggregation function " + std::string(AggFunctionName(function.type)) +
                      " of column '" + column.name + "'";
  bool has_delimiter =
      function.type == AggFunctionType::kListAgg || function.type == AggFunctionType::kStringAgg;
  for (const auto& [name, value] : function.parameters) {
    if (!has_delimiter || name != "delimiter") {
      return Error{ErrorCode::kInvalidConfig, where + " has no parameter '" + name + "'"};
    }
    if (value.empty()) {
      return Error{ErrorCode::kInvalidConfig, where + ": the delimiter is empty"};
    }
  }
  if (!Takes(function.type, column.type.root)) {
    return Error{ErrorCode::kInvalidConfig,
                 where + " does not take the type " + column.type.ToString()};
  }
  return {};
}

}  // namespace

Result<void> CheckAggFunctions(const Schema& schema, const TableConfig& config) {
  for (const Column& column : schema.columns) {
    if (!column.agg) continue;
    if (!schema.HasPrimaryKey()) {
      return Error{ErrorCode::kInvalidConfig,
                   "column '" + column.name + "' has the aggregation function " +
                       std::string(AggFunctionName(column.agg->type)) +
                       ", which needs 'table.merge-engine' = aggregation"};
    }
    // With another merge engine it says nothing.
    if (config.merge_engine == MergeEngine::kAggregation) TRY(CheckColumn(column));
  }
  return {};
}

}  // namespace millrace::schema
