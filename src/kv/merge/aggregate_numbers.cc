// sum, product, bool_and and bool_or.
#include "kv/merge/aggregator.h"

namespace millrace::kv::internal {
namespace {

using schema::Cell;
using schema::TypeRoot;

// Integers wrap around in the width of their type.
template <class T>
struct IntegerSum {
  Cell operator()(const Cell& a, const Cell& b) const {
    return Cell::Number(static_cast<T>(static_cast<uint64_t>(a.number()) + b.number()));
  }
};
template <class T>
struct IntegerProduct {
  Cell operator()(const Cell& a, const Cell& b) const {
    return Cell::Number(static_cast<T>(static_cast<uint64_t>(a.number()) * b.number()));
  }
};

struct FloatSum {
  Cell operator()(const Cell& a, const Cell& b) const {
    return Cell::Float(a.float_value() + b.float_value());
  }
};
struct FloatProduct {
  Cell operator()(const Cell& a, const Cell& b) const {
    return Cell::Float(a.float_value() * b.float_value());
  }
};

struct DoubleSum {
  Cell operator()(const Cell& a, const Cell& b) const {
    return Cell::Double(a.double_value() + b.double_value());
  }
};
struct DoubleProduct {
  Cell operator()(const Cell& a, const Cell& b) const {
    return Cell::Double(a.double_value() * b.double_value());
  }
};

struct And {
  Cell operator()(const Cell& a, const Cell& b) const {
    return Cell::Number(a.number() != 0 && b.number() != 0);
  }
};
struct Or {
  Cell operator()(const Cell& a, const Cell& b) const {
    return Cell::Number(a.number() != 0 || b.number() != 0);
  }
};

template <template <class> class OfInteger, class OfFloat, class OfDouble>
std::unique_ptr<Aggregator> Make(TypeRoot type) {
  switch (type) {
    case TypeRoot::kTinyInt:
      return std::make_unique<SimpleAggregator<OfInteger<int8_t>>>();
    case TypeRoot::kSmallInt:
      return std::make_unique<SimpleAggregator<OfInteger<int16_t>>>();
    case TypeRoot::kInteger:
      return std::make_unique<SimpleAggregator<OfInteger<int32_t>>>();
    case TypeRoot::kBigInt:
      return std::make_unique<SimpleAggregator<OfInteger<int64_t>>>();
    case TypeRoot::kFloat:
      return std::make_unique<SimpleAggregator<OfFloat>>();
    case TypeRoot::kDouble:
      return std::make_unique<SimpleAggregator<OfDouble>>();
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<Aggregator> MakeSum(const schema::DataType& type) {
  if (type.root == TypeRoot::kDecimal) return MakeDecimalSum(type);
  return Make<IntegerSum, FloatSum, DoubleSum>(type.root);
}

std::unique_ptr<Aggregator> MakeProduct(const schema::DataType& type) {
  if (type.root == TypeRoot::kDecimal) return MakeDecimalProduct(type);
  return Make<IntegerProduct, FloatProduct, DoubleProduct>(type.root);
}

std::unique_ptr<Aggregator> MakeBoolAnd(const schema::DataType& type) {
  if (type.root != TypeRoot::kBoolean) return nullptr;
  return std::make_unique<SimpleAggregator<And>>();
}

std::unique_ptr<Aggregator> MakeBoolOr(const schema::DataType& type) {
  if (type.root != TypeRoot::kBoolean) return nullptr;
  return std::make_unique<SimpleAggregator<Or>>();
}

}  // namespace millrace::kv::internal
