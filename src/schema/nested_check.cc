#include <string_view>

#include "schema/array_layout.h"
#include "schema/nested_value.h"
#include "schema/row_reader.h"
#include "schema/slot.h"

namespace millrace::schema {
namespace {

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

std::string Named(std::string_view what, size_t position) {
  return std::string(what) + " " + std::to_string(position);
}

// The fields of a nested row, whose values nobody wants.
struct FieldColumns {
  const std::vector<DataField>& fields;
  size_t lengths;
  Cell* any;

  size_t count() const { return fields.size(); }
  size_t with_length() const { return lengths; }
  ColumnForm form(size_t column) const { return ColumnForm::Of(fields[column].type); }
  const DataType& type(size_t column) const { return fields[column].type; }
  Cell& cell(size_t) const { return *any; }
};

Result<void> CheckRow(KvFormat format, const DataType& type, Bytes row) {
  Cell any;
  FieldColumns columns{type.children, 0, &any};
  if (format == KvFormat::kCompacted) return ReadRow<CompactedReader>(format, row, columns);
  for (const DataField& field : type.children) {
    if (HasIndexedLength(FormOf(field.type))) columns.lengths++;
  }
  return ReadRow<IndexedReader>(format, row, columns);
}

// `what` names an element in errors. The number of elements.
Result<size_t> CheckArray(KvFormat format, const DataType& element, Bytes array,
                          std::string_view what) {
  if (array.size() < kArraySizeSize)
    return Corrupt("an array of " + std::to_string(array.size()) + " bytes");
  size_t size = LoadLittle<uint32_t>(array.data());
  ValueForm form = FormOf(element);
  size_t slot = ArrayHeadSize(size), fixed_size = slot + size * ElementSize(form);
  if (size > INT32_MAX || fixed_size > array.size())
    return Corrupt("an array of " + std::to_string(array.size()) + " bytes for " +
                   std::to_string(size) + " elements");
  if (IsInSlot(form)) return size;
  size_t spare = array.size() - fixed_size;
  for (size_t i = 0; i < size; i++, slot += kSlotSize) {
    if (NullBit(array.data() + kArraySizeSize, i)) continue;
    if (!CheckSlot(form, array, slot, spare))
      return Corrupt(Named(what, i) + " (" + element.ToString() + ") is malformed");
    if (form != ValueForm::kNested) continue;
    auto checked = CheckNested(format, element, LoadSlot(form, array, slot).bytes());
    if (!checked) return Corrupt(Named(what, i) + ": " + checked.error().message);
  }
  return size;
}

Result<void> CheckMap(KvFormat format, const DataType& type, Bytes map) {
  if (map.size() < kMapHeadSize || LoadLittle<uint32_t>(map.data()) > map.size() - kMapHeadSize)
    return Corrupt("a map of " + std::to_string(map.size()) + " bytes is cut short");
  size_t keys_size = LoadLittle<uint32_t>(map.data());
  map = map.subspan(kMapHeadSize);
  TRY_ASSIGN(size_t keys, CheckArray(format, type.children[0].type, map.first(keys_size), "key"));
  TRY_ASSIGN(size_t values,
             CheckArray(format, type.children[1].type, map.subspan(keys_size), "value"));
  if (keys != values)
    return Corrupt("a map of " + std::to_string(keys) + " keys and " + std::to_string(values) +
                   " values");
  return {};
}

}  // namespace

Result<void> CheckNested(KvFormat format, const DataType& type, Bytes value) {
  if (type.root == TypeRoot::kRow) return CheckRow(format, type, value);
  if (type.root == TypeRoot::kMap) return CheckMap(format, type, value);
  TRY(CheckArray(format, type.children[0].type, value, "element"));
  return {};
}

Error RowCutShort(size_t size) {
  return Corrupt("a row of " + std::to_string(size) + " bytes is cut short");
}

Error RowTooLong(size_t left) {
  return Corrupt(std::to_string(left) + " bytes are left over after the row's last column");
}

Error ColumnIsNull(size_t column, const DataType& type) {
  return Corrupt(Named("column", column) + " is NULL, but " + type.ToString());
}

Error ColumnIsBad(size_t column, const DataType& type) {
  return Corrupt(Named("column", column) + " (" + type.ToString() +
                 ") is malformed or goes on past the row's end");
}

Error InColumn(size_t column, const Error& nested) {
  return Corrupt(Named("column", column) + ": " + nested.message);
}

}  // namespace millrace::schema
