// max and min.
#include <bit>
#include <cmath>

#include "kv/merge/aggregator.h"
#include "kv/merge/decimal.h"

namespace millrace::kv::internal {
namespace {

using schema::Cell;
using schema::TypeRoot;

// Negative, 0, or positive.
struct CompareNumbers {
  int operator()(const Cell& a, const Cell& b) const {
    return (a.number() > b.number()) - (a.number() < b.number());
  }
};

struct CompareTimestamps {
  int operator()(const Cell& a, const Cell& b) const {
    if (a.timestamp_ms() != b.timestamp_ms()) return a.timestamp_ms() < b.timestamp_ms() ? -1 : 1;
    return (a.timestamp_nanos() > b.timestamp_nanos()) -
           (a.timestamp_nanos() < b.timestamp_nanos());
  }
};

struct CompareBytes {
  int operator()(const Cell& a, const Cell& b) const {
    return AsText(a.bytes()).compare(AsText(b.bytes()));
  }
};

// -0 is less than 0, and NaN the largest and equal to any NaN.
template <class T>
int CompareFloats(T a, T b) {
  if (a < b) return -1;
  if (a > b) return 1;
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) - std::isnan(b);
  return std::signbit(b) - std::signbit(a);
}

struct CompareFloat {
  int operator()(const Cell& a, const Cell& b) const {
    return CompareFloats(a.float_value(), b.float_value());
  }
};
struct CompareDouble {
  int operator()(const Cell& a, const Cell& b) const {
    return CompareFloats(a.double_value(), b.double_value());
  }
};

// Among equals max keeps what is stored, min takes what was sent.
template <class Compare, bool is_max>
struct Choose {
  Cell operator()(const Cell& stored, const Cell& sent) const {
    return (Compare()(stored, sent) < 0) == is_max ? sent : stored;
  }
};

template <bool is_max>
class LargeDecimals final : public Aggregator {
 public:
  explicit LargeDecimals(const schema::DataType& type) : type_(type) {}

  Result<Cell> Merge(const Cell& stored, const Cell& sent) override {
    std::optional<Unscaled> a = ReadDecimal(stored, type_);
    std::optional<Unscaled> b = ReadDecimal(sent, type_);
    if (!a || !b) return a ? stored : b ? sent : Cell();
    return (*a < *b) == is_max ? sent : stored;
  }

 private:
  schema::DataType type_;
};

template <bool is_max>
std::unique_ptr<Aggregator> Make(const schema::DataType& type) {
  switch (type.root) {
    case TypeRoot::kTinyInt:
    case TypeRoot::kSmallInt:
    case TypeRoot::kInteger:
    case TypeRoot::kBigInt:
    case TypeRoot::kDate:
    case TypeRoot::kTime:
      return std::make_unique<SimpleAggregator<Choose<CompareNumbers, is_max>>>();
    case TypeRoot::kDecimal:
      if (type.precision > schema::kCompactDecimalDigits) {
        return std::make_unique<LargeDecimals<is_max>>(type);
      }
      return std::make_unique<SimpleAggregator<Choose<CompareNumbers, is_max>>>();
    case TypeRoot::kFloat:
      return std::make_unique<SimpleAggregator<Choose<CompareFloat, is_max>>>();
    case TypeRoot::kDouble:
      return std::make_unique<SimpleAggregator<Choose<CompareDouble, is_max>>>();
    case TypeRoot::kChar:
    case TypeRoot::kString:
      return std::make_unique<SimpleAggregator<Choose<CompareBytes, is_max>>>();
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      return std::make_unique<SimpleAggregator<Choose<CompareTimestamps, is_max>>>();
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<Aggregator> MakeMax(const schema::DataType& type) {
  return Make<true>(type);
}

std::unique_ptr<Aggregator> MakeMin(const schema::DataType& type) {
  return Make<false>(type);
}

}  // namespace millrace::kv::internal
