// How values lie in Arrow's buffers: what the types come down to (docs/formats/log-batch.md).
#pragma once

#include <cstddef>
#include <cstdint>

#include "schema/data_type.h"

namespace millrace::record {

enum class ArrowKind : uint8_t {
  kBoolean,  // bits
  kInt8,
  kInt16,
  kInt32,  // DATE, and TIME in ms, too
  kInt64,  // DOUBLE, and TIMESTAMP in ms, too
  kFloat,
  kTimeSeconds,  // i32; the others are i64
  kTimeMicros,
  kTimeNanos,
  kTimestampSeconds,
  kTimestampMicros,
  kTimestampNanos,
  kDecimal,  // i128, of a cell that is a number
  kLargeDecimal,
  kFixedBytes,
  kText,  // i32 offsets, bytes
  kArray,
  kMap,
  kRow,
};

ArrowKind ArrowKindOf(const schema::DataType& type);

// Bytes of a value. 0 for bits and what is not of fixed size.
size_t ArrowWidth(const schema::DataType& type);

inline constexpr size_t kArrowDecimalSize = 16;

}  // namespace millrace::record
