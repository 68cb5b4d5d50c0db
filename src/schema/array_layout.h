// Where the parts of binary arrays and maps lie (docs/formats/rows.md).
#pragma once

#include <cstddef>
#include <cstdint>

#include "schema/slot.h"
#include "schema/value_form.h"

namespace millrace::schema {

inline constexpr size_t kArraySizeSize = sizeof(uint32_t);
inline constexpr size_t kMapHeadSize = sizeof(uint32_t);

// The number of elements and their null bits.
inline size_t ArrayHeadSize(size_t elements) {
  return kArraySizeSize + (elements + 31) / 32 * sizeof(uint32_t);
}

inline size_t ElementSize(ValueForm form) {
  switch (form) {
    case ValueForm::kBoolean:
    case ValueForm::kInt8:
      return 1;
    case ValueForm::kInt16:
      return 2;
    case ValueForm::kInt32:
    case ValueForm::kFloat:
      return 4;
    default:
      return kSlotSize;
  }
}

}  // namespace millrace::schema
