// The value that a part of a partition's name stands for (docs/formats/descriptors.md).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/cell.h"
#include "schema/data_type.h"

namespace millrace::schema {

// Reads the value of a partition key of this type, as official clients write it into a partition's
// name. The cell is a view of `text`, or of `bytes`, which must not be written to again.
// kPartitionSpecInvalid.
Result<Cell> ParsePartitionValue(const DataType& type, std::string_view text, std::string& bytes);

}  // namespace millrace::schema
