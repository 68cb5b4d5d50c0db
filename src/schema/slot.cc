#include "schema/slot.h"

namespace millrace::schema {
namespace {

// What a slot says of a value elsewhere: its position, and its size or its nanoseconds.
struct Place {
  size_t position;
  uint32_t number;

  explicit Place(uint64_t slot) : position(slot >> 32), number(static_cast<uint32_t>(slot)) {}
};

size_t InlineSize(uint64_t slot) {
  return (slot & ~kInlineMark) >> 56;
}

}  // namespace

Cell LoadInSlot(ValueForm form, const std::byte* slot) {
  switch (form) {
    case ValueForm::kBoolean:
      return Cell::Number(*slot != std::byte{0});
    case ValueForm::kInt8:
      return Cell::Number(LoadLittle<int8_t>(slot));
    case ValueForm::kInt16:
      return Cell::Number(LoadLittle<int16_t>(slot));
    case ValueForm::kInt32:
      return Cell::Number(LoadLittle<int32_t>(slot));
    case ValueForm::kFloat:
      return Cell::Number(LoadLittle<uint32_t>(slot));
    default:
      return Cell::Number(LoadLittle<int64_t>(slot));
  }
}

Cell LoadSlot(ValueForm form, Bytes whole, size_t slot) {
  auto word = LoadLittle<uint64_t>(whole.data() + slot);
  Place place(word);
  switch (form) {
    case ValueForm::kDecimal:
      return Cell::Of(TrimDecimal(whole.subspan(place.position, place.number)));
    case ValueForm::kTimestampNanos:
      return Cell::Timestamp(LoadLittle<int64_t>(whole.data() + place.position),
                             static_cast<int32_t>(place.number));
    default:
      if ((word & kInlineMark) != 0) return Cell::Of(whole.subspan(slot, InlineSize(word)));
      return Cell::Of(whole.subspan(place.position, place.number));
  }
}

bool CheckSlot(ValueForm form, Bytes whole, size_t slot, size_t& spare) {
  auto word = LoadLittle<uint64_t>(whole.data() + slot);
  Place place(word);
  size_t size = place.number;
  if (form == ValueForm::kTimestampNanos) {
    if (place.number >= static_cast<uint32_t>(kNanosPerMs)) return false;
    size = sizeof(int64_t);
  } else if (form != ValueForm::kDecimal && (word & kInlineMark) != 0) {
    return InlineSize(word) <= kInlineSizeMax;
  }
  if (size > spare || place.position > whole.size() - size) return false;
  spare -= size;
  return form != ValueForm::kDecimal || !TrimDecimal(whole.subspan(place.position, size)).empty();
}

size_t StoreSlot(ValueForm form, Cell cell, std::byte* whole, size_t slot, size_t outside) {
  uint64_t position = static_cast<uint64_t>(outside) << 32;
  if (form == ValueForm::kTimestampNanos) {
    StoreLittle(whole + slot, position | static_cast<uint32_t>(cell.timestamp_nanos()));
    StoreLittle(whole + outside, cell.timestamp_ms());
    return outside + kSlotSize;
  }
  Bytes bytes = cell.bytes();
  size_t size_outside = SizeOutsideSlot(form, cell);
  if (size_outside == 0 && form != ValueForm::kNested) {
    StoreBytes(whole + slot, bytes);
    whole[slot + kInlineSizeMax] = static_cast<std::byte>(0x80 | bytes.size());
    return outside;
  }
  StoreLittle(whole + slot, position | bytes.size());
  StoreBytes(whole + outside, bytes);
  return outside + size_outside;
}

}  // namespace millrace::schema
