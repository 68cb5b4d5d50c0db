#include "schema/row_codec.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "schema/row_reader.h"
#include "schema/row_writer.h"

namespace millrace::schema {
namespace {

// The columns of a codec, as ReadRow() wants them.
struct CodecColumns {
  const std::vector<DataType>& types;
  const ColumnForm* forms;
  size_t lengths;
  Cell* cells;

  size_t count() const { return types.size(); }
  size_t with_length() const { return lengths; }
  ColumnForm form(size_t column) const { return forms[column]; }
  const DataType& type(size_t column) const { return types[column]; }
  Cell& cell(size_t column) const { return cells[column]; }
};

// Appends at most `size_max` bytes, written by `store`, which returns the address after the last.
template <class Store>
void Append(std::string& to, size_t size_max, Store store) {
  size_t before = to.size();
  to.resize_and_overwrite(before + size_max, [&](char* text, size_t) {
    auto* begin = reinterpret_cast<std::byte*>(text);
    return static_cast<size_t>(store(begin + before) - begin);
  });
}

}  // namespace

RowCodec::RowCodec(KvFormat format, std::vector<DataType> types)
    : format_(format), types_(std::move(types)) {
  size_max_ = NullBitsSize(types_.size());
  for (const DataType& type : types_) {
    forms_.push_back(ColumnForm::Of(type));
    if (HasIndexedLength(forms_.back().form)) with_length_++;
    size_max_ += kValueHeadSizeMax;
  }
}

Result<void> RowCodec::Decode(Bytes row, std::span<Cell> cells) const {
  MILLRACE_CHECK(cells.size() >= types_.size(), "a cell for each column");
  CodecColumns columns{types_, forms_.data(), with_length_, cells.data()};
  if (format_ == KvFormat::kCompacted) return ReadRow<CompactedReader>(format_, row, columns);
  return ReadRow<IndexedReader>(format_, row, columns);
}

void RowCodec::Encode(std::span<const Cell> cells, std::string& to) const {
  MILLRACE_CHECK(cells.size() >= types_.size(), "a cell for each column");
  if (format_ == KvFormat::kCompacted) return EncodeCompacted(cells.data(), to);
  EncodeIndexed(cells.data(), to);
}

void RowCodec::EncodeCompacted(const Cell* cells, std::string& to) const {
  size_t size_max = size_max_;
  for (size_t i = 0; i < forms_.size(); i++)
    if (HasBytes(forms_[i].form)) size_max += cells[i].bytes().size();
  Append(to, size_max, [&](std::byte* row) {
    std::byte* at = row + NullBitsSize(forms_.size());
    std::memset(row, 0, NullBitsSize(forms_.size()));
    for (size_t i = 0; i < forms_.size(); i++) {
      if (cells[i].is_null()) {
        SetNullBit(row, i);
      } else {
        at = StoreCompacted(at, forms_[i], cells[i]);
      }
    }
    return at;
  });
}

void RowCodec::EncodeIndexed(const Cell* cells, std::string& to) const {
  size_t size_max = size_max_;
  for (size_t i = 0; i < forms_.size(); i++)
    if (!cells[i].is_null()) size_max += IndexedBytesSize(forms_[i], cells[i]);
  size_t head_size = NullBitsSize(forms_.size()) + with_length_ * sizeof(uint32_t);
  Append(to, size_max, [&](std::byte* row) {
    std::byte* at = row + head_size;
    std::byte* lengths = row + NullBitsSize(forms_.size());
    std::memset(row, 0, head_size);
    for (size_t i = 0; i < forms_.size(); i++) {
      if (cells[i].is_null()) {
        SetNullBit(row, i);
      } else {
        at = StoreIndexed(at, forms_[i], cells[i], lengths);
      }
    }
    return at;
  });
}

}  // namespace millrace::schema
