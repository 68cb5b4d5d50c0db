#include "record/arrow_kind.h"

#include <array>

#include "schema/cell.h"

namespace millrace::record {
namespace {

using schema::DataType;
using schema::TypeRoot;

// One of four by the digits of a second's fraction: none, up to 3, up to 6, up to 9.
ArrowKind ByPrecision(int32_t precision, const std::array<ArrowKind, 4>& kinds) {
  return kinds[static_cast<size_t>(precision + 2) / 3];
}

}  // namespace

ArrowKind ArrowKindOf(const DataType& type) {
  switch (type.root) {
    case TypeRoot::kBoolean:
      return ArrowKind::kBoolean;
    case TypeRoot::kTinyInt:
      return ArrowKind::kInt8;
    case TypeRoot::kSmallInt:
      return ArrowKind::kInt16;
    case TypeRoot::kInteger:
    case TypeRoot::kDate:
      return ArrowKind::kInt32;
    case TypeRoot::kBigInt:
    case TypeRoot::kDouble:
      return ArrowKind::kInt64;
    case TypeRoot::kFloat:
      return ArrowKind::kFloat;
    case TypeRoot::kChar:
    case TypeRoot::kString:
    case TypeRoot::kBytes:
      return ArrowKind::kText;
    case TypeRoot::kBinary:
      return ArrowKind::kFixedBytes;
    case TypeRoot::kDecimal:
      return type.precision <= schema::kCompactDecimalDigits ? ArrowKind::kDecimal
                                                             : ArrowKind::kLargeDecimal;
    case TypeRoot::kTime:
      return ByPrecision(type.precision, {ArrowKind::kTimeSeconds, ArrowKind::kInt32,
                                          ArrowKind::kTimeMicros, ArrowKind::kTimeNanos});
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      return ByPrecision(type.precision, {ArrowKind::kTimestampSeconds, ArrowKind::kInt64,
                                          ArrowKind::kTimestampMicros, ArrowKind::kTimestampNanos});
    case TypeRoot::kArray:
      return ArrowKind::kArray;
    case TypeRoot::kMap:
      return ArrowKind::kMap;
    case TypeRoot::kRow:
      return ArrowKind::kRow;
  }
  __builtin_unreachable();
}

size_t ArrowWidth(const DataType& type) {
  switch (ArrowKindOf(type)) {
    case ArrowKind::kInt8:
      return 1;
    case ArrowKind::kInt16:
      return 2;
    case ArrowKind::kInt32:
    case ArrowKind::kFloat:
    case ArrowKind::kTimeSeconds:
      return 4;
    case ArrowKind::kInt64:
    case ArrowKind::kTimeMicros:
    case ArrowKind::kTimeNanos:
    case ArrowKind::kTimestampSeconds:
    case ArrowKind::kTimestampMicros:
    case ArrowKind::kTimestampNanos:
      return 8;
    case ArrowKind::kDecimal:
    case ArrowKind::kLargeDecimal:
      return kArrowDecimalSize;
    case ArrowKind::kFixedBytes:
      return static_cast<size_t>(type.length);
    default:
      return 0;
  }
}

}  // namespace millrace::record
