#include "schema/nested_value.h"

#include "schema/array_layout.h"
#include "schema/slot.h"

namespace millrace::schema {

ArrayView::ArrayView(Bytes array, const DataType& element)
    : array_(array), size_(LoadLittle<int32_t>(array.data())), form_(FormOf(element)) {}

Cell ArrayView::operator[](int32_t position) const {
  auto at = static_cast<size_t>(position);
  if (NullBit(array_.data() + kArraySizeSize, at)) return Cell();
  size_t slot = ArrayHeadSize(static_cast<size_t>(size_)) + at * ElementSize(form_);
  if (IsInSlot(form_)) return LoadInSlot(form_, array_.data() + slot);
  return LoadSlot(form_, array_, slot);
}

MapView::MapView(Bytes map, const DataType& type)
    : keys(map.subspan(kMapHeadSize, LoadLittle<uint32_t>(map.data())), type.children[0].type),
      values(map.subspan(kMapHeadSize + LoadLittle<uint32_t>(map.data())), type.children[1].type) {}

std::vector<DataType> NestedRowTypes(const DataType& row) {
  std::vector<DataType> types;
  types.reserve(row.children.size());
  for (const DataField& field : row.children) types.push_back(field.type);
  return types;
}

void EncodeArray(const DataType& element, std::span<const Cell> elements, std::string& to) {
  ValueForm form = FormOf(element);
  size_t head_size = ArrayHeadSize(elements.size());
  size_t outside = PaddedToSlots(head_size + elements.size() * ElementSize(form));
  size_t size = outside;
  if (!IsInSlot(form)) {
    for (const Cell& cell : elements)
      if (!cell.is_null()) size += SizeOutsideSlot(form, cell);
  }
  size_t before = to.size();
  to.resize(before + size);
  auto* array = reinterpret_cast<std::byte*>(to.data() + before);
  StoreLittle(array, static_cast<uint32_t>(elements.size()));
  size_t slot = head_size;
  for (size_t i = 0; i < elements.size(); i++, slot += ElementSize(form)) {
    if (elements[i].is_null()) {
      SetNullBit(array + kArraySizeSize, i);
    } else if (IsInSlot(form)) {
      StoreFixed(array + slot, form, elements[i]);
    } else {
      outside = StoreSlot(form, elements[i], array, slot, outside);
    }
  }
}

void EncodeMap(const DataType& type, std::span<const Cell> keys, std::span<const Cell> values,
               std::string& to) {
  size_t before = to.size();
  to.resize(before + kMapHeadSize);
  EncodeArray(type.children[0].type, keys, to);
  auto keys_size = static_cast<uint32_t>(to.size() - before - kMapHeadSize);
  StoreLittle(reinterpret_cast<std::byte*>(to.data() + before), keys_size);
  EncodeArray(type.children[1].type, values, to);
}

}  // namespace millrace::schema
