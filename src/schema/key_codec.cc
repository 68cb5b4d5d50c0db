#include "schema/key_codec.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "schema/lake_key.h"
#include "schema/row_reader.h"
#include "schema/row_writer.h"

namespace millrace::schema {
namespace {

void EncodeCompacted(std::span<const ColumnForm> forms, const Cell* cells, std::string& to) {
  size_t before = to.size(), size_max = before;
  for (size_t i = 0; i < forms.size(); i++) {
    size_max += kValueHeadSizeMax;
    if (HasBytes(forms[i].form)) size_max += cells[i].bytes().size();
  }
  to.resize_and_overwrite(size_max, [&](char* text, size_t) {
    auto* begin = reinterpret_cast<std::byte*>(text);
    std::byte* at = begin + before;
    for (size_t i = 0; i < forms.size(); i++) at = StoreCompacted(at, forms[i], cells[i]);
    return static_cast<size_t>(at - begin);
  });
}

Result<void> DecodeCompacted(std::span<const ColumnForm> forms, std::span<const DataType> types,
                             Bytes key, Cell* cells) {
  CompactedReader reader(key);
  for (size_t i = 0; i < forms.size(); i++) {
    if (!reader.Take(forms[i], cells[i])) return ColumnIsBad(i, types[i]);
  }
  if (reader.left() != 0) return RowTooLong(reader.left());
  return {};
}

}  // namespace

KeyCodec::KeyCodec(KeyFormat format, std::vector<DataType> types)
    : format_(format), types_(std::move(types)) {
  if (format_ == KeyFormat::kIceberg && !IsIcebergKey(types_)) format_ = KeyFormat::kCompacted;
  for (const DataType& type : types_) forms_.push_back(ColumnForm::Of(type));
}

void KeyCodec::Encode(std::span<const Cell> cells, std::string& to) const {
  MILLRACE_CHECK(cells.size() >= types_.size(), "a cell for each column");
  switch (format_) {
    case KeyFormat::kPaimon:
      return EncodePaimonKey(forms_, cells.data(), to);
    case KeyFormat::kIceberg:
      return EncodeIcebergKey(types_[0], cells[0], to);
    case KeyFormat::kCompacted:
      return EncodeCompacted(forms_, cells.data(), to);
  }
}

Result<void> KeyCodec::Decode(Bytes key, std::span<Cell> cells) const {
  MILLRACE_CHECK(cells.size() >= types_.size(), "a cell for each column");
  switch (format_) {
    case KeyFormat::kPaimon:
      return DecodePaimonKey(forms_, types_, key, cells.data());
    case KeyFormat::kIceberg:
      return DecodeIcebergKey(types_[0], key, cells[0]);
    case KeyFormat::kCompacted:
      break;
  }
  return DecodeCompacted(forms_, types_, key, cells.data());
}

PrimaryKeyLayout LayoutOfPrimaryKey(const Schema& schema, const TableConfig& config,
                                    const std::vector<std::string>& bucket_keys,
                                    const std::vector<std::string>& partition_keys) {
  std::vector<std::string> keys;
  PrimaryKeyLayout layout = {KeyFormat::kCompacted, {}};
  for (const std::string& name : schema.primary_key) {
    if (std::ranges::find(partition_keys, name) != partition_keys.end()) continue;
    std::optional<int> column = schema.ColumnIndex(name);
    MILLRACE_CHECK(column.has_value(), "a key column that the schema lacks");
    keys.push_back(name);
    layout.columns.push_back(*column);
  }
  // Rows are looked up by a prefix of the key where the bucket key is one, which takes keys whose
  // beginning doesn't depend on the rest. Tables of version 1 are from before.
  bool is_prefixed = config.kv_format_version.value_or(1) >= 2 && keys != bucket_keys;
  if (is_prefixed || !config.datalake_format) return layout;
  if (*config.datalake_format == DataLakeFormat::kPaimon) layout.format = KeyFormat::kPaimon;
  if (*config.datalake_format == DataLakeFormat::kIceberg) layout.format = KeyFormat::kIceberg;
  return layout;
}

}  // namespace millrace::schema
