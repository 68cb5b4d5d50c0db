// Unscaled values of decimals, up to the 38 digits there may be: for the .cc files of this folder
// only.
#pragma once

#include <array>
#include <optional>

#include "base/bytes.h"
#include "schema/cell.h"
#include "schema/data_type.h"

namespace millrace::kv::internal {

// The largest, 10^38 - 1, takes 127 bits.
using Unscaled = __int128;

// 10^exponent; exponent: 0 to 38.
Unscaled PowerOfTen(int exponent);

// The value of a cell of the type; none for one with more digits than the type has, which counts
// as NULL.
std::optional<Unscaled> ReadDecimal(const schema::Cell& cell, const schema::DataType& type);

// Makes cells of one decimal type.
class DecimalWriter {
 public:
  explicit DecimalWriter(const schema::DataType& type);

  // NULL for a value with more digits than the type has. Valid until the next call.
  schema::Cell Write(Unscaled value);

 private:
  bool is_compact_;
  Unscaled limit_;
  std::array<std::byte, sizeof(Unscaled)> bytes_;
};

}  // namespace millrace::kv::internal
