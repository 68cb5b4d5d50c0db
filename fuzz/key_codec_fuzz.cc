// Keys of any columns in all key formats: clients send them as they like.
#include "fuzz/column_types.h"
#include "fuzz/input.h"
#include "schema/key_codec.h"

namespace millrace::fuzz {

void Run(Bytes bytes) {
  Input input(bytes);
  auto format = static_cast<schema::KeyFormat>(input.Below(3));
  std::vector<schema::DataType> types(1 + input.Below(4));
  for (schema::DataType& type : types) type = TakeFlatType(input).NotNull();
  schema::KeyCodec codec(format, types);
  schema::RowCodec row(schema::KvFormat::kCompacted, types);
  auto key = Exactly(input.Rest());

  std::vector<schema::Cell> cells(types.size()), cells_again(types.size());
  if (!codec.Decode(key, cells)) return;
  std::string text = schema::CellText(row, cells);
  std::string again, more;
  codec.Encode(cells, again);
  auto exact = Exactly(AsBytes(again));
  Must(codec.Decode(exact, cells_again));
  MILLRACE_CHECK(schema::CellText(row, cells_again) == text, "written, a key reads otherwise");
  codec.Encode(cells_again, more);
  MILLRACE_CHECK(more == again, "the same cells are written in two ways");
}

}  // namespace millrace::fuzz
