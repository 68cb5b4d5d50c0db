// Column types that an input chooses, for the targets of rows and keys.
#pragma once

#include <vector>

#include "fuzz/input.h"
#include "schema/test_values.h"

namespace millrace::fuzz {

inline schema::DataType TakeFlatType(Input& input) {
  static const std::vector<schema::DataType> kTypes = schema::FlatTypes();
  return kTypes[input.Below(kTypes.size())];
}

// Array, map, row or what else; which of the others; whether it is NOT NULL.
inline schema::DataType TakeType(Input& input, int depth) {
  uint8_t root = depth > 0 ? input.Take<uint8_t>() : 0;
  schema::DataType type;
  if (root == 1) {
    type = schema::DataType::Array(TakeType(input, depth - 1));
  } else if (root == 2) {
    auto key = TakeType(input, depth - 1);
    type = schema::DataType::Map(std::move(key), TakeType(input, depth - 1));
  } else if (root == 3) {
    std::vector<schema::DataType> types(input.Below(4));
    for (schema::DataType& field : types) field = TakeType(input, depth - 1);
    type = schema::RowOf(std::move(types));
  } else {
    type = TakeFlatType(input);
  }
  return type.WithNullable(!input.Flag());
}

}  // namespace millrace::fuzz
