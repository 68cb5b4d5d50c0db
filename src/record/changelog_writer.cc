#include "record/changelog_writer.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/endian.h"
#include "record/arrow_columns_writer.h"
#include "record/growing_buffer.h"
#include "record/log_batch.h"
#include "record/row_format.h"
#include "schema/row_codec.h"

namespace millrace::record {
namespace {

using schema::Cell;

// The header of magic 0.
constexpr size_t kLengthAt = 8;
constexpr size_t kCrcAt = 21;
constexpr size_t kSchemaIdAt = 25;
constexpr size_t kLastOffsetDeltaAt = 28;
constexpr size_t kWriterIdAt = 32;
constexpr size_t kBatchSequenceAt = 40;
constexpr size_t kRecordCountAt = 44;
constexpr size_t kHeaderSize = 48;
static_assert(kHeaderSize == kMinHeaderSize);

// A larger batch's memory is not kept for the next one.
constexpr size_t kKeptSizeMax = size_t{4} << 20;

void WriteHeader(MutableBytes batch, SchemaId schema_id, int32_t count, WriterId writer,
                 int32_t sequence) {
  std::byte* to = batch.data();
  std::memset(to, 0, kHeaderSize);
  StoreLittle(to + kLengthAt, static_cast<int32_t>(batch.size() - kLogOverhead));
  StoreLittle(to + kSchemaIdAt, static_cast<int16_t>(schema_id.value));
  StoreLittle(to + kLastOffsetDeltaAt, count == 0 ? 0 : count - 1);
  StoreLittle(to + kWriterIdAt, writer.value);
  StoreLittle(to + kBatchSequenceAt, sequence);
  StoreLittle(to + kRecordCountAt, count);
  StoreLittle(to + kCrcAt, Crc32c(batch.subspan(kSchemaIdAt)));
}

}  // namespace

class ChangelogWriter::Format {
 public:
  virtual ~Format() = default;
  virtual void Add(ChangeType change, std::span<const Cell> cells) = 0;
  virtual int32_t count() const = 0;
  virtual size_t size() const = 0;
  // The batch, whose first kHeaderSize bytes are still to be written, and nothing else if nothing
  // was added. Forgets what was added.
  virtual MutableBytes Finish() = 0;
  virtual void Discard() = 0;
};

namespace {

class ArrowFormat : public ChangelogWriter::Format {
 public:
  ArrowFormat(const schema::Schema& schema, const schema::TableConfig& config)
      : columns_(TypesOf(schema), config.kv_format, config.arrow_compression, config.zstd_level) {}

  void Add(ChangeType change, std::span<const Cell> cells) override {
    changes_.push_back(change);
    columns_.Add(cells);
  }

  int32_t count() const override { return static_cast<int32_t>(changes_.size()); }

  size_t size() const override {
    return kHeaderSize + changes_.size() + columns_.head_size() + columns_.body_size();
  }

  MutableBytes Finish() override {
    if (batch_.capacity() > kKeptSizeMax) batch_.Free();
    batch_.Reserve(kHeaderSize + changes_.size() + columns_.MessageBound());
    size_t size = kHeaderSize;
    if (!changes_.empty()) {
      std::memcpy(batch_.data() + size, changes_.data(), changes_.size());
      size += changes_.size();
      size += columns_.WriteMessage(batch_.data() + size);
    }
    changes_.clear();
    return {batch_.data(), size};
  }

  void Discard() override {
    columns_.Clear();
    changes_.clear();
  }

 private:
  ArrowColumnsWriter columns_;
  std::vector<ChangeType> changes_;
  GrowingBuffer batch_;
};

class RowFormat : public ChangelogWriter::Format {
 public:
  RowFormat(const schema::Schema& schema, const schema::TableConfig& config)
      : codec_(RowFormatOf(config.log_format), TypesOf(schema)),
        nested_(config.kv_format, codec_.format(), codec_.types()) {
    Discard();
  }

  void Add(ChangeType change, std::span<const Cell> cells) override {
    if (finished_) Discard();
    if (nested_.needed()) {
      cells_.assign(cells.begin(), cells.end());
      nested_.Convert(cells_);
      cells = cells_;
    }
    size_t begin = batch_.size();
    batch_.append(sizeof(int32_t), '\0');
    batch_.push_back(static_cast<char>(change));
    codec_.Encode(cells, batch_);
    size_t length = batch_.size() - begin - sizeof(int32_t);
    StoreLittle(data() + begin, static_cast<int32_t>(length));
    ++count_;
  }

  int32_t count() const override { return count_; }
  size_t size() const override { return finished_ ? kHeaderSize : batch_.size(); }

  MutableBytes Finish() override {
    if (finished_) Discard();
    finished_ = true;
    count_ = 0;
    return {data(), batch_.size()};
  }

  void Discard() override {
    if (batch_.capacity() > kKeptSizeMax) batch_ = std::string();
    batch_.assign(kHeaderSize, '\0');
    count_ = 0;
    finished_ = false;
  }

 private:
  std::byte* data() { return reinterpret_cast<std::byte*>(batch_.data()); }

  schema::RowCodec codec_;
  NestedConverter nested_;
  std::vector<Cell> cells_;
  std::string batch_;
  int32_t count_ = 0;
  bool finished_ = false;  // what is in batch_ belongs to the caller
};

}  // namespace

ChangelogWriter::ChangelogWriter(SchemaId schema_id, const schema::Schema& schema,
                                 const schema::TableConfig& config)
    : schema_id_(schema_id) {
  if (config.log_format == schema::LogFormat::kArrow) {
    format_ = std::make_unique<ArrowFormat>(schema, config);
  } else {
    format_ = std::make_unique<RowFormat>(schema, config);
  }
}

ChangelogWriter::~ChangelogWriter() = default;

void ChangelogWriter::Add(ChangeType change, std::span<const Cell> cells) {
  format_->Add(change, cells);
}

int32_t ChangelogWriter::count() const {
  return format_->count();
}

size_t ChangelogWriter::size() const {
  return format_->size();
}

MutableBytes ChangelogWriter::Finish(WriterId writer, int32_t sequence) {
  MILLRACE_CHECK(format_->size() <= INT32_MAX, "a changelog batch of more than 2 GiB");
  int32_t count = format_->count();
  MutableBytes batch = format_->Finish();
  WriteHeader(batch, schema_id_, count, writer, sequence);
  return batch;
}

void ChangelogWriter::Discard() {
  format_->Discard();
}

}  // namespace millrace::record
