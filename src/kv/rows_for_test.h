// Rows written as text, as CellText() has it, for tests of merging.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "kv/row_merger.h"
#include "schema/schema.h"
#include "schema/test_values.h"

namespace millrace::kv {

// A row's cells, and the bytes they point to.
class TestRow {
 public:
  // A text per column: null, 12, -1.5, 'text', x0102, 1700000000123+456000 (ms and ns).
  TestRow(const schema::Schema& schema, const std::vector<std::string>& texts) {
    for (size_t i = 0; i < texts.size(); ++i) {
      cells_.push_back(Parse(schema.columns[i].type, texts[i]));
    }
  }

  Row cells() const { return cells_; }

 private:
  schema::Cell Parse(const schema::DataType& type, const std::string& text) {
    using schema::Cell;
    using schema::TypeRoot;
    if (text == "null") return {};
    if (text.starts_with("'")) return Keep(text.substr(1, text.size() - 2));
    if (text.starts_with("x")) return Keep(schema::Unhex(text.substr(1)));
    if (type.root == TypeRoot::kFloat) return Cell::Float(std::stof(text));
    if (type.root == TypeRoot::kDouble) return Cell::Double(std::stod(text));
    size_t end = 0;
    int64_t number = std::stoll(text, &end);
    if (type.root != TypeRoot::kTimestamp && type.root != TypeRoot::kTimestampLtz) {
      return Cell::Number(number);
    }
    return Cell::Timestamp(number, end == text.size() ? 0 : std::stoi(text.substr(end + 1)));
  }
  schema::Cell Keep(std::string bytes) {
    return schema::Cell::Of(AsBytes(kept_.emplace_back(std::move(bytes))));
  }

  std::deque<std::string> kept_;
  std::vector<schema::Cell> cells_;
};

inline std::vector<std::string> Texts(const schema::Schema& schema, Row row) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < row.size(); ++i) {
    texts.push_back(schema::CellText(schema::KvFormat::kCompacted, schema.columns[i].type, row[i]));
  }
  return texts;
}

}  // namespace millrace::kv
