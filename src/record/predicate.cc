#include "record/predicate.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <optional>
#include <string_view>

#include "record/statistics.h"
#include "schema/schema.h"

namespace millrace::record {
namespace {

using schema::TypeRoot;

// NaN is above all other numbers. Zeros of different sign are not ordered: writers have -0.0 below
// 0.0, a query may take them for equal.
std::partial_ordering CompareNumbers(double a, double b) {
  bool a_nan = std::isnan(a);
  bool b_nan = std::isnan(b);
  if (a_nan || b_nan) return a_nan <=> b_nan;
  if (a == 0 && b == 0 && std::signbit(a) != std::signbit(b)) {
    return std::partial_ordering::unordered;
  }
  return a <=> b;
}

// How a literal compares with a bound; unordered if it can not be said.
std::partial_ordering Compare(const Literal& literal, const StatisticsValue& bound) {
  return std::visit(
      [&]<class T>(const T& value) -> std::partial_ordering {
        if constexpr (std::is_same_v<T, std::monostate>) {
          return std::partial_ordering::unordered;
        } else if constexpr (std::is_same_v<T, std::string_view>) {
          const auto* text = std::get_if<std::string>(&literal.value);
          // char_traits compares bytes as unsigned.
          return text ? std::string_view(*text) <=> value : std::partial_ordering::unordered;
        } else {
          const T* number = std::get_if<T>(&literal.value);
          if (!number) return std::partial_ordering::unordered;
          if constexpr (std::is_same_v<T, double>)
            return CompareNumbers(*number, value);
          else
            return *number <=> value;
        }
      },
      bound);
}

bool IsText(TypeRoot root) {
  return root == TypeRoot::kChar || root == TypeRoot::kString;
}
bool IsBinary(TypeRoot root) {
  return root == TypeRoot::kBinary || root == TypeRoot::kBytes;
}

bool Comparable(TypeRoot column, TypeRoot literal) {
  return column == literal || (IsText(column) && IsText(literal)) ||
         (IsBinary(column) && IsBinary(literal));
}

// Whether the order is `less` or can not be said, and so on.
bool MayBeLess(std::partial_ordering order) {
  return !(order >= 0);
}
bool MayBeGreater(std::partial_ordering order) {
  return !(order <= 0);
}
bool MayBeLessOrEqual(std::partial_ordering order) {
  return !(order > 0);
}
bool MayBeGreaterOrEqual(std::partial_ordering order) {
  return !(order < 0);
}

bool MayBeWithin(const Literal& literal, const ColumnStatistics& column) {
  return MayBeGreaterOrEqual(Compare(literal, column.min)) &&
         MayBeLessOrEqual(Compare(literal, column.max));
}

// All values are the literal.
bool IsOnly(const Literal& literal, const ColumnStatistics& column) {
  return Compare(literal, column.min) == 0 && Compare(literal, column.max) == 0;
}

bool MayStartWith(const Literal& literal, const ColumnStatistics& column) {
  const auto* prefix = std::get_if<std::string>(&literal.value);
  const auto* min = std::get_if<std::string_view>(&column.min);
  const auto* max = std::get_if<std::string_view>(&column.max);
  if (!prefix || !min || !max) return true;
  return (min->starts_with(*prefix) || *min <= *prefix) && *max >= *prefix;
}

// Of a column that has rows other than nulls, all between its bounds; no literal is null.
bool MayMatchBounds(const LeafPredicate& leaf, const ColumnStatistics& column) {
  const auto& literals = leaf.literals;
  switch (leaf.function) {
    case LeafFunction::kEqual:
      return MayBeWithin(literals[0], column);
    case LeafFunction::kNotEqual:
      return !IsOnly(literals[0], column);
    case LeafFunction::kLessThan:
      return MayBeGreater(Compare(literals[0], column.min));
    case LeafFunction::kLessOrEqual:
      return MayBeGreaterOrEqual(Compare(literals[0], column.min));
    case LeafFunction::kGreaterThan:
      return MayBeLess(Compare(literals[0], column.max));
    case LeafFunction::kGreaterOrEqual:
      return MayBeLessOrEqual(Compare(literals[0], column.max));
    case LeafFunction::kStartsWith:
      return MayStartWith(literals[0], column);
    case LeafFunction::kIn:
      return std::ranges::any_of(literals, [&](const Literal& literal) {
        return !literal.IsNull() && MayBeWithin(literal, column);
      });
    case LeafFunction::kNotIn:
      return std::ranges::none_of(literals, [&](const Literal& literal) {
        return literal.IsNull() || IsOnly(literal, column);
      });
    case LeafFunction::kIsNull:
    case LeafFunction::kIsNotNull:
    case LeafFunction::kContains:
    case LeafFunction::kEndsWith:
      return true;
  }
  return true;
}

bool IsNaN(const StatisticsValue& value) {
  const auto* number = std::get_if<double>(&value);
  return number && std::isnan(*number);
}

// Bounds that do not say where the values are. A minimum of NaN is from a writer that sorts NaN
// with a sign below all numbers.
bool InDoubt(const ColumnStatistics& column) {
  return column.min.index() == 0 || column.max.index() == 0 || IsNaN(column.min);
}

bool MayMatchLeaf(const LeafPredicate& leaf, const schema::DataType& type,
                  const ColumnStatistics& column, int64_t rows) {
  auto fits = [&](const Literal& literal) {
    return literal.IsNull() || Comparable(type.root, literal.type);
  };
  if (!std::ranges::all_of(leaf.literals, fits)) return true;
  if (column.null_count < 0 || column.null_count > rows) return true;
  bool all_null = column.null_count == rows;

  if (leaf.function == LeafFunction::kIsNull) return column.null_count > 0;
  if (leaf.function == LeafFunction::kIsNotNull) return !all_null;
  bool many = leaf.function == LeafFunction::kIn || leaf.function == LeafFunction::kNotIn;
  if (!many && leaf.literals.size() != 1) return true;
  if (all_null) return false;
  if (!many && leaf.literals[0].IsNull()) return false;
  return InDoubt(column) || MayMatchBounds(leaf, column);
}

struct Evaluation {
  const schema::Schema& schema;
  const Statistics& statistics;
  int64_t rows;

  bool MayMatch(const Predicate& predicate, int depth) const {
    if (depth > kPredicateDepthMax) return true;
    if (const auto* leaf = std::get_if<LeafPredicate>(&predicate.node)) return MayMatch(*leaf);
    const auto& compound = std::get<CompoundPredicate>(predicate.node);
    auto child_may = [&](const Predicate& child) { return MayMatch(child, depth + 1); };
    switch (compound.function) {
      case CompoundFunction::kAnd:
        return std::ranges::all_of(compound.children, child_may);
      case CompoundFunction::kOr:
        return std::ranges::any_of(compound.children, child_may) || compound.children.empty();
    }
    return true;
  }

  bool MayMatch(const LeafPredicate& leaf) const {
    auto column = std::ranges::find(schema.columns, leaf.field_id, &schema::Column::id);
    if (column == schema.columns.end()) return true;
    auto found =
        statistics.Find(static_cast<size_t>(column - schema.columns.begin()), column->type);
    return !found || MayMatchLeaf(leaf, column->type, *found, rows);
  }
};

}  // namespace

bool MayMatch(const Predicate& predicate, const schema::Schema& batch_schema,
              const LogBatch& batch) {
  auto statistics = Statistics::Parse(batch.statistics(), batch_schema.columns.size());
  if (!statistics) return true;
  return Evaluation{batch_schema, *statistics, batch.record_count()}.MayMatch(predicate, 1);
}

}  // namespace millrace::record
