// Rows of any columns in both row formats, as they come in puts and lie in RocksDB.
#include "fuzz/column_types.h"
#include "fuzz/input.h"
#include "schema/row_codec.h"

namespace millrace::fuzz {

void Run(Bytes bytes) {
  Input input(bytes);
  auto format = input.Flag() ? schema::KvFormat::kIndexed : schema::KvFormat::kCompacted;
  std::vector<schema::DataType> types(input.Below(30));
  for (schema::DataType& type : types) type = TakeType(input, 4);
  schema::RowCodec codec(format, types);
  auto row = Exactly(input.Rest());

  std::vector<schema::Cell> cells(types.size()), cells_again(types.size());
  if (!codec.Decode(row, cells)) return;
  std::string text = schema::CellText(codec, cells);
  std::string again, more;
  codec.Encode(cells, again);
  auto exact = Exactly(AsBytes(again));
  Must(codec.Decode(exact, cells_again));
  MILLRACE_CHECK(schema::CellText(codec, cells_again) == text, "written, a row reads otherwise");
  codec.Encode(cells_again, more);
  MILLRACE_CHECK(more == again, "the same cells are written in two ways");
}

}  // namespace millrace::fuzz
