// Records of log batches in all formats. What can be read can be written, and is then the same.
#include <string>

#include "base/endian.h"
#include "fuzz/input.h"
#include "fuzz/tables.h"
#include "record/arrow_message.h"
#include "record/changelog_reader.h"
#include "record/changelog_writer.h"
#include "record/row_format.h"
#include "schema/row_codec.h"

namespace millrace::fuzz {
namespace {

using record::ChangelogReader;
using record::LogBatch;

// More would be read too, but takes memory.
constexpr int64_t kDecompressedSizeMax = 1 << 20;

const std::vector<Table>& AllTables() {
  using schema::LogFormat;
  static const std::vector<Table> kTables = [] {
    std::vector<Table> tables = Tables();
    for (LogFormat format : {LogFormat::kIndexed, LogFormat::kCompacted}) {
      tables.push_back({record::AllTypesSchema(), record::ConfigOf(format)});
    }
    Table indexed = tables[4];
    indexed.config.kv_format = schema::KvFormat::kIndexed;
    tables.push_back(indexed);
    for (Table& table : tables) table.config.zstd_level = 1;
    return tables;
  }();
  return kTables;
}

bool IsLarge(const LogBatch& batch, const Table& table) {
  if (table.config.log_format != schema::LogFormat::kArrow) return false;
  auto message = record::ArrowMessage::Parse(batch);
  if (!message || message->compression() == schema::ArrowCompression::kNone) return false;
  auto room = static_cast<int64_t>(message->body_length());
  for (uint32_t i = 0; i < message->buffer_count(); ++i) {
    auto [offset, length] = message->buffer(i);
    if (offset < 0 || length < 8 || offset > room || length > room - offset) continue;
    if (LoadLittle<int64_t>(batch.bytes().data() + message->body_position() + offset) >
        kDecompressedSizeMax) {
      return true;
    }
  }
  return false;
}

// The records as text, and, if asked for, to `writer`. Empty if one of them is broken.
std::string ReadAll(ChangelogReader& reader, const Table& table, const LogBatch& batch,
                    record::ChangelogWriter* writer) {
  if (!reader.Open(batch)) return {};
  schema::RowCodec codec(table.config.kv_format, record::TypesOf(table.schema));
  std::string text = "records";
  while (true) {
    auto record = reader.Next();
    if (!record) return {};
    if (!*record) return text;
    text.push_back(static_cast<char>((*record)->change));
    codec.Encode((*record)->cells, text);
    if (writer != nullptr) writer->Add((*record)->change, (*record)->cells);
  }
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  const Table& table = AllTables()[input.Below(AllTables().size())];
  auto batch_bytes = Exactly(input.Rest());
  auto batch = LogBatch::Parse(batch_bytes);
  if (!batch || IsLarge(*batch, table)) return;

  ChangelogReader reader(table.schema, table.config);
  record::ChangelogWriter writer({1}, table.schema, table.config);
  std::string text = ReadAll(reader, table, *batch, &writer);
  if (text.empty()) return;
  MILLRACE_CHECK(writer.count() == batch->record_count(), "records");
  auto written = Must(LogBatch::Parse(writer.Finish({1}, 1)));
  MILLRACE_CHECK(written.CrcValid(), "checksum");
  MILLRACE_CHECK(ReadAll(reader, table, written, nullptr) == text, "other records");
}

}  // namespace millrace::fuzz
