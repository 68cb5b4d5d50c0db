#include "record/changelog_reader.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/endian.h"
#include "record/arrow_columns_reader.h"
#include "record/row_format.h"
#include "schema/row_codec.h"

namespace millrace::record {

class ChangelogReader::Format {
 public:
  virtual ~Format() = default;
  // Of a batch that is whole and has records.
  virtual Result<void> Open(const LogBatch& batch) = 0;
  // The next record; there is one.
  virtual Result<ChangeType> Next(std::span<schema::Cell> cells) = 0;
  // After the last record.
  virtual Result<void> End() = 0;
};

namespace {

using schema::Cell;

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

Result<ChangeType> ChangeTypeOf(std::byte byte, size_t record) {
  auto change = static_cast<ChangeType>(byte);
  if (change <= ChangeType::kDelete) return change;
  return Corrupt(
      fmt::format("record {} has unknown change type {}", record, std::to_integer<int>(byte)));
}

class ArrowFormat : public ChangelogReader::Format {
 public:
  ArrowFormat(const schema::Schema& schema, const schema::TableConfig& config)
      : columns_(schema, config.kv_format) {}

  Result<void> Open(const LogBatch& batch) override {
    TRY(columns_.Open(batch));
    changes_ = {};
    // There is room for them: the message comes after.
    if (!batch.append_only()) {
      changes_ = batch.bytes().subspan(batch.records_position(),
                                       static_cast<size_t>(batch.record_count()));
    }
    row_ = 0;
    return {};
  }

  Result<ChangeType> Next(std::span<Cell> cells) override {
    size_t row = row_++;
    TRY(columns_.Read(row, cells));
    if (changes_.empty()) return ChangeType::kAppendOnly;
    return ChangeTypeOf(changes_[row], row);
  }

  Result<void> End() override { return {}; }

 private:
  ArrowColumnsReader columns_;
  Bytes changes_;
  size_t row_ = 0;
};

class RowFormat : public ChangelogReader::Format {
 public:
  RowFormat(const schema::Schema& schema, const schema::TableConfig& config)
      : codec_(RowFormatOf(config.log_format), TypesOf(schema)),
        nested_(codec_.format(), config.kv_format, codec_.types()) {}

  Result<void> Open(const LogBatch& batch) override {
    rest_ = batch.bytes().subspan(batch.records_position());
    record_ = 0;
    return {};
  }

  Result<ChangeType> Next(std::span<Cell> cells) override {
    size_t record = record_++;
    if (rest_.size() < kHeadSize)
      return Corrupt(fmt::format("log batch without record {}", record));
    auto length = LoadLittle<int32_t>(rest_.data());
    size_t room = rest_.size() - kLengthSize;
    if (length < 1 || static_cast<size_t>(length) > room) {
      return Corrupt(
          fmt::format("record {} of {} bytes, {} are left in its batch", record, length, room));
    }
    TRY_ASSIGN(ChangeType change, ChangeTypeOf(rest_[kLengthSize], record));
    size_t size = kLengthSize + static_cast<size_t>(length);
    if (auto decoded = codec_.Decode(rest_.subspan(kHeadSize, size - kHeadSize), cells); !decoded) {
      return Corrupt(fmt::format("record {}: {}", record, decoded.error().message));
    }
    rest_ = rest_.subspan(size);
    if (nested_.needed()) nested_.Convert(cells);
    return change;
  }

  Result<void> End() override {
    if (rest_.empty()) return {};
    return Corrupt(fmt::format("{} bytes after the last of {} records", rest_.size(), record_));
  }

 private:
  static constexpr size_t kLengthSize = sizeof(int32_t);
  static constexpr size_t kHeadSize = kLengthSize + 1;  // with the change type

  schema::RowCodec codec_;
  NestedConverter nested_;
  Bytes rest_;
  size_t record_ = 0;
};

}  // namespace

ChangelogReader::ChangelogReader(const schema::Schema& schema, const schema::TableConfig& config)
    : cells_(schema.columns.size()) {
  if (config.log_format == schema::LogFormat::kArrow) {
    format_ = std::make_unique<ArrowFormat>(schema, config);
  } else {
    format_ = std::make_unique<RowFormat>(schema, config);
  }
}

ChangelogReader::~ChangelogReader() = default;

Result<void> ChangelogReader::Open(const LogBatch& batch) {
  records_left_ = 0;
  if (batch.bytes().size() < batch.size()) {
    return Corrupt(fmt::format("log batch of {} bytes, only {} are there", batch.size(),
                               batch.bytes().size()));
  }
  if (batch.record_count() == 0) return {};
  TRY(format_->Open(batch));
  records_left_ = batch.record_count();
  return {};
}

Result<std::optional<ChangelogRecord>> ChangelogReader::Next() {
  if (records_left_ == 0) return std::nullopt;
  --records_left_;
  TRY_ASSIGN(ChangeType change, format_->Next(cells_));
  if (records_left_ == 0) TRY(format_->End());
  return ChangelogRecord{change, cells_};
}

}  // namespace millrace::record
