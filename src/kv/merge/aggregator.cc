#include "kv/merge/aggregator.h"

#include <utility>

namespace millrace::kv::internal {
namespace {

using schema::AggFunctionType;

std::string DelimiterOf(const schema::AggFunction& function) {
  auto delimiter = function.parameters.find("delimiter");
  return delimiter == function.parameters.end() ? "," : delimiter->second;
}

std::unique_ptr<Aggregator> Make(const schema::AggFunction& function,
                                 const schema::DataType& type) {
  switch (function.type) {
    case AggFunctionType::kSum:
      return MakeSum(type);
    case AggFunctionType::kProduct:
      return MakeProduct(type);
    case AggFunctionType::kMax:
      return MakeMax(type);
    case AggFunctionType::kMin:
      return MakeMin(type);
    case AggFunctionType::kListAgg:
    case AggFunctionType::kStringAgg:
      return MakeListAgg(type, DelimiterOf(function));
    case AggFunctionType::kBoolAnd:
      return MakeBoolAnd(type);
    case AggFunctionType::kBoolOr:
      return MakeBoolOr(type);
    case AggFunctionType::kRbm32:
      return MakeBitmap32(type);
    case AggFunctionType::kRbm64:
      return MakeBitmap64(type);
    default:
      return nullptr;
  }
}

}  // namespace

Result<std::unique_ptr<Aggregator>> MakeAggregator(const schema::Column& column) {
  std::unique_ptr<Aggregator> aggregator = Make(*column.agg, column.type);
  if (aggregator) return aggregator;
  return Error{ErrorCode::kInvalidConfig, "aggregation function " +
                                              std::string(AggFunctionName(column.agg->type)) +
                                              " of column '" + column.name +
                                              "' does not take the type " + column.type.ToString()};
}

}  // namespace millrace::kv::internal
