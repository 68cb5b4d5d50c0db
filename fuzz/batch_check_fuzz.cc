// Which produced batches are taken. One that is can be projected to any columns, and the result is
// as good.
#include "fuzz/input.h"
#include "fuzz/tables.h"
#include "record/arrow_message.h"
#include "record/batch_check.h"
#include "record/projection.h"

namespace millrace::fuzz {
namespace {

void CheckProjections(const record::LogBatch& batch, const Table& table, uint32_t mask) {
  auto positions = ColumnsOf(table.schema, mask);
  auto projection = Must(record::Projection::Make(table.schema, positions));
  auto projected = Must(projection.Project(batch.bytes()));
  std::string bytes = record::Assemble(projected, AsText(batch.bytes()));
  schema::Schema columns;
  for (int32_t position : positions) columns.columns.push_back(table.schema.columns[position]);
  auto result = Must(record::LogBatch::Parse(AsBytes(bytes)));
  MILLRACE_CHECK(result.size() == bytes.size(), "length of the projected batch");
  MILLRACE_CHECK(result.record_count() == batch.record_count(), "records of the projected batch");
  Must(record::CheckBatch(result, columns, table.config));
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  const Table& table = Tables()[input.Below(Tables().size())];
  auto mask = input.Take<uint32_t>();
  auto batch_bytes = Exactly(input.Rest());
  auto batch = record::LogBatch::Parse(batch_bytes);
  if (!batch || !record::CheckBatch(*batch, table.schema, table.config)) return;
  if (table.config.log_format == schema::LogFormat::kArrow) CheckProjections(*batch, table, mask);
}

}  // namespace millrace::fuzz
