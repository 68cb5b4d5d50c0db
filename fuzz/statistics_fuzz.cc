// Statistics of batches, and what filters make of them.
#include "fuzz/input.h"
#include "fuzz/tables.h"
#include "protocol/predicate_message.h"
#include "record/predicate.h"
#include "record/statistics.h"

namespace millrace::fuzz {
namespace {

void CheckInside(const record::StatisticsValue& value, Bytes block) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (!text || text->empty()) return;
  Bytes bytes = AsBytes(*text);
  MILLRACE_CHECK(
      bytes.data() >= block.data() && bytes.data() + bytes.size() <= block.data() + block.size(),
      "a bound outside the block");
}

// Every column read as every type there is.
void ReadBlock(Bytes block, size_t columns) {
  auto statistics = record::Statistics::Parse(block, columns);
  if (!statistics) return;
  MILLRACE_CHECK(statistics->size() > 0, "statistics of no columns");
  static const schema::Schema kTypes = record::AllTypesSchema();
  for (size_t position = 0; position <= columns; position++) {
    for (const auto& column : kTypes.columns) {
      auto found = statistics->Find(position, column.type);
      if (!found) continue;
      CheckInside(found->min, block);
      CheckInside(found->max, block);
    }
  }
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  const Table& table = Tables()[input.Below(Tables().size())];
  auto predicate = protocol::ParsePredicate(input.Piece());
  auto rest = Exactly(input.Rest());
  ReadBlock(rest, table.schema.columns.size());
  auto batch = record::LogBatch::Parse(rest, /*whole=*/false);
  if (!batch) return;
  ReadBlock(batch->statistics(), table.schema.columns.size());
  if (predicate) (void)record::MayMatch(*predicate, table.schema, *batch);
}

}  // namespace millrace::fuzz
