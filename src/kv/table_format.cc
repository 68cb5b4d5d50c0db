#include "kv/table_format.h"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "base/endian.h"

namespace millrace::kv {
namespace {

constexpr int32_t kTaggedLayout = 2;
constexpr size_t kKeyColumnsInline = 16;
// Of a row whose time column is NULL: never.
constexpr int64_t kNeverExpires = std::numeric_limits<int64_t>::max() / 2;

std::vector<schema::DataType> TypesOf(const schema::Schema& schema) {
  std::vector<schema::DataType> types;
  for (const auto& column : schema.columns) types.push_back(column.type);
  return types;
}

std::vector<schema::DataType> KeyTypesOf(const schema::Schema& schema,
                                         const std::vector<int>& columns) {
  std::vector<schema::DataType> types;
  for (int column : columns) types.push_back(schema.columns[column].type);
  return types;
}

}  // namespace

TableFormat::TableFormat(TablePath path, SchemaMap schemas, const schema::TableConfig& config,
                         const std::vector<std::string>& bucket_keys,
                         const std::vector<std::string>& partition_keys)
    : path_(std::move(path)),
      schemas_(std::move(schemas)),
      config_(config),
      key_(schema::LayoutOfPrimaryKey(latest(), config, bucket_keys, partition_keys)),
      key_codec_(key_.format, KeyTypesOf(latest(), key_.columns)),
      tagged_(config.kv_value_layout_version == kTaggedLayout) {
  for (const auto& [id, schema] : schemas_) {
    codecs_.emplace(id, schema::RowCodec(config.kv_format, TypesOf(*schema)));
  }
  if (config.kv_ttl_time_column) {
    ttl_column_ = latest().ColumnIndex(*config.kv_ttl_time_column).value_or(-1);
  }
  if (!latest().auto_increment.empty()) {
    auto_increment_column_ = latest().ColumnIndex(latest().auto_increment.front()).value_or(-1);
  }
}

Result<const schema::Schema*> TableFormat::SchemaOf(SchemaId id) const {
  auto it = schemas_.find(id);
  if (it != schemas_.end()) return it->second.get();
  return Error{ErrorCode::kSchemaNotExist,
               fmt::format("{} has no schema {}", path_.ToString(), id.value)};
}

Result<void> TableFormat::DecodeRow(SchemaId id, Bytes row, std::span<schema::Cell> cells) const {
  auto codec = codecs_.find(id);
  if (codec == codecs_.end()) return SchemaOf(id).error();
  TRY(codec->second.Decode(row, cells));
  for (size_t i = codec->second.column_count(); i < cells.size(); i++) cells[i] = {};
  return {};
}

Result<void> TableFormat::DecodeValue(Bytes value, std::span<schema::Cell> cells) const {
  if (value.size() < kSchemaIdSize) {
    return Error{ErrorCode::kCorruptRecord,
                 fmt::format("{} has a value without a schema id", path_.ToString())};
  }
  return DecodeRow({LoadLittle<int16_t>(value.data())}, value.subspan(kSchemaIdSize), cells);
}

void TableFormat::EncodeKey(std::span<const schema::Cell> cells, std::string& to) const {
  const auto& columns = key_.columns;
  if (columns.size() <= kKeyColumnsInline) {
    std::array<schema::Cell, kKeyColumnsInline> key;
    for (size_t i = 0; i < columns.size(); i++) key[i] = cells[columns[i]];
    return key_codec_.Encode({key.data(), columns.size()}, to);
  }
  std::vector<schema::Cell> key;
  for (int column : columns) key.push_back(cells[column]);
  key_codec_.Encode(key, to);
}

void TableFormat::AppendTag(std::span<const schema::Cell> cells, TimestampMs now,
                            std::string& to) const {
  if (!tagged_) return;
  int64_t time = now.value;
  if (ttl_column_ >= 0) {
    const auto& cell = cells[ttl_column_];
    time = cell.is_null() ? kNeverExpires : cell.number();
  }
  std::byte tag[sizeof(int64_t)];
  StoreBig(tag, time);
  to.append(AsText(tag));
}

bool TableFormat::counts_rows() const {
  return config_.changelog_image == schema::ChangelogImage::kFull && !config_.kv_ttl;
}

}  // namespace millrace::kv
