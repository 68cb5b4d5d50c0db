// Slots of eight bytes, as arrays and PAIMON keys have them: a value, or where it lies
// (docs/formats/rows.md).
#pragma once

#include <cstring>

#include "base/bytes.h"
#include "base/endian.h"
#include "schema/cell.h"
#include "schema/row_writer.h"
#include "schema/value_form.h"

namespace millrace::schema {

inline constexpr size_t kSlotSize = 8;
inline constexpr size_t kInlineSizeMax = 7;
inline constexpr uint64_t kInlineMark = uint64_t{1} << 63;
inline constexpr size_t kDecimalAreaSize = 16;

inline size_t PaddedToSlots(size_t size) {
  return (size + kSlotSize - 1) / kSlotSize * kSlotSize;
}

// Whether slots hold the value itself, in their first bytes.
inline bool IsInSlot(ValueForm form) {
  return form <= ValueForm::kDouble;
}

// The value of a form that IsInSlot(), from its own size of bytes.
Cell LoadInSlot(ValueForm form, const std::byte* slot);

// The bytes after the slots that a value of another form takes.
inline size_t SizeOutsideSlot(ValueForm form, Cell cell) {
  switch (form) {
    case ValueForm::kDecimal:
      return kDecimalAreaSize;
    case ValueForm::kTimestampNanos:
      return kSlotSize;
    case ValueForm::kNested:
      return PaddedToSlots(cell.bytes().size());
    default:
      return cell.bytes().size() > kInlineSizeMax ? PaddedToSlots(cell.bytes().size()) : 0;
  }
}

// The value of a form that is not IsInSlot(), whose slot is at `slot` of `whole`.
Cell LoadSlot(ValueForm form, Bytes whole, size_t slot);

// Whether LoadSlot() would read a value, and only from `whole`. What it takes outside the slot is
// taken from `spare`, the bytes that no value has yet: so that a few bytes can't be many values.
bool CheckSlot(ValueForm form, Bytes whole, size_t slot, size_t& spare);

// Writes a value of a form that is not IsInSlot(), and returns `outside` and what it took there.
// Both are positions in `whole`, which is zeros and has room for SizeOutsideSlot().
size_t StoreSlot(ValueForm form, Cell cell, std::byte* whole, size_t slot, size_t outside);

}  // namespace millrace::schema
