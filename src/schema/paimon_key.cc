#include "schema/lake_key.h"
#include "schema/row_reader.h"
#include "schema/slot.h"

namespace millrace::schema {
namespace {

// In front of the slots, a byte that says what became of the row, and a null bit per column.
constexpr size_t kRowKindBits = 8;

size_t HeadSize(size_t columns) {
  return (columns + 63 + kRowKindBits) / 64 * 8;
}

}  // namespace

void EncodePaimonKey(std::span<const ColumnForm> forms, const Cell* cells, std::string& to) {
  size_t slot = HeadSize(forms.size());
  size_t outside = slot + forms.size() * kSlotSize;
  size_t size = outside;
  for (size_t i = 0; i < forms.size(); i++) {
    if (!IsInSlot(forms[i].form)) size += SizeOutsideSlot(forms[i].form, cells[i]);
  }
  size_t before = to.size();
  to.resize(before + size);
  auto* key = reinterpret_cast<std::byte*>(to.data() + before);
  for (size_t i = 0; i < forms.size(); i++, slot += kSlotSize) {
    if (IsInSlot(forms[i].form)) {
      StoreFixed(key + slot, forms[i].form, cells[i]);
    } else {
      outside = StoreSlot(forms[i].form, cells[i], key, slot, outside);
    }
  }
}

Result<void> DecodePaimonKey(std::span<const ColumnForm> forms, std::span<const DataType> types,
                             Bytes key, Cell* cells) {
  size_t slot = HeadSize(forms.size());
  size_t fixed_size = slot + forms.size() * kSlotSize;
  if (key.size() < fixed_size) return RowCutShort(key.size());
  size_t spare = key.size() - fixed_size;
  for (size_t i = 0; i < forms.size(); i++, slot += kSlotSize) {
    if (NullBit(key.data(), kRowKindBits + i)) return ColumnIsNull(i, types[i].NotNull());
    if (IsInSlot(forms[i].form)) {
      cells[i] = LoadInSlot(forms[i].form, key.data() + slot);
    } else {
      if (!CheckSlot(forms[i].form, key, slot, spare)) return ColumnIsBad(i, types[i]);
      cells[i] = LoadSlot(forms[i].form, key, slot);
    }
  }
  return {};
}

}  // namespace millrace::schema
