#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kv/merge/aggregator.h"
#include "kv/merge/mergers.h"

namespace millrace::kv::internal {
namespace {

using schema::AggFunctionType;
using schema::Cell;

class Aggregating final : public MergerWithDeletes {
 public:
  struct Column {
    // What becomes of the column's two values. kMerge: of two that are not NULL; of one NULL and
    // another, the other.
    enum class Rule : uint8_t { kOld, kSent, kSentUnlessNull, kOldUnlessNull, kMerge };

    Rule rule = Rule::kOld;
    std::unique_ptr<Aggregator> aggregator = nullptr;  // for kMerge
    std::string name = {};
  };

  Aggregating(std::vector<Column> columns, std::optional<TargetColumns> targets,
              schema::DeleteBehavior deletes)
      : MergerWithDeletes(deletes), columns_(std::move(columns)), targets_(std::move(targets)) {}

  Result<Upserted> Update(Row old, Row sent, MutableRow merged) override {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].rule == Column::Rule::kMerge && !old[i].is_null() && !sent[i].is_null()) {
        Result<Cell> cell = columns_[i].aggregator->Merge(old[i], sent[i]);
        if (!cell) return Named(columns_[i], std::move(cell).error());
        merged[i] = *cell;
      } else {
        merged[i] = Choose(columns_[i].rule, old[i], sent[i]);
      }
    }
    return Upserted::kMerged;
  }

  // The values of columns that are no targets, too.
  Result<Upserted> Insert(Row, MutableRow) override { return Upserted::kTaken; }

  Result<Deleted> Delete(Row old, MutableRow merged) override {
    return targets_ ? targets_->Delete(old, merged) : Deleted::kRemoved;
  }
  bool reads_old_row() const override { return true; }

 private:
  static Cell Choose(Column::Rule rule, const Cell& old, const Cell& sent) {
    switch (rule) {
      case Column::Rule::kOld:
        return old;
      case Column::Rule::kSent:
        return sent;
      case Column::Rule::kSentUnlessNull:
        return sent.is_null() ? old : sent;
      case Column::Rule::kOldUnlessNull:
      case Column::Rule::kMerge:
        return old.is_null() ? sent : old;
    }
    return old;
  }

  static Error Named(const Column& column, Error error) {
    error.message = "column '" + column.name + "': " + error.message;
    return error;
  }

  std::vector<Column> columns_;
  std::optional<TargetColumns> targets_;
};

Result<Aggregating::Column> ColumnOf(const schema::Column& column, bool is_key) {
  using Rule = Aggregating::Column::Rule;
  if (is_key) return Aggregating::Column{.rule = Rule::kSent};
  switch (column.agg ? column.agg->type : AggFunctionType::kLastValueIgnoreNulls) {
    case AggFunctionType::kLastValue:
      return Aggregating::Column{.rule = Rule::kSent};
    case AggFunctionType::kLastValueIgnoreNulls:
      return Aggregating::Column{.rule = Rule::kSentUnlessNull};
    case AggFunctionType::kFirstValue:
    case AggFunctionType::kFirstValueIgnoreNulls:
      return Aggregating::Column{.rule = Rule::kOldUnlessNull};
    default:
      break;
  }
  TRY_ASSIGN(std::unique_ptr<Aggregator> aggregator, MakeAggregator(column));
  return Aggregating::Column{
      .rule = Rule::kMerge, .aggregator = std::move(aggregator), .name = column.name};
}

bool IsKey(const schema::Schema& schema, const std::string& name) {
  for (const std::string& key : schema.primary_key) {
    if (key == name) return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<RowMerger>> MakeAggregating(const schema::Schema& latest,
                                                   std::optional<TargetColumns> targets,
                                                   schema::DeleteBehavior deletes) {
  std::vector<Aggregating::Column> columns;
  columns.reserve(latest.columns.size());
  for (size_t i = 0; i < latest.columns.size(); ++i) {
    const schema::Column& column = latest.columns[i];
    if (targets && !targets->Contains(i)) {
      columns.emplace_back();
      continue;
    }
    TRY_ASSIGN(Aggregating::Column merged, ColumnOf(column, IsKey(latest, column.name)));
    columns.push_back(std::move(merged));
  }
  return std::make_unique<Aggregating>(std::move(columns), std::move(targets), deletes);
}

}  // namespace millrace::kv::internal
