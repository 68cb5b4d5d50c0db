// sum and product of decimals.
#include <boost/multiprecision/cpp_int.hpp>

#include "kv/merge/aggregator.h"
#include "kv/merge/decimal.h"

namespace millrace::kv::internal {
namespace {

using schema::Cell;

class DecimalAggregator : public Aggregator {
 public:
  explicit DecimalAggregator(const schema::DataType& type) : type_(type), writer_(type) {}

  Result<Cell> Merge(const Cell& stored, const Cell& sent) final {
    std::optional<Unscaled> a = ReadDecimal(stored, type_);
    std::optional<Unscaled> b = ReadDecimal(sent, type_);
    if (!a || !b) return a ? stored : b ? sent : Cell();
    std::optional<Unscaled> result = Compute(*a, *b);
    return result ? writer_.Write(*result) : Cell();
  }

 protected:
  // None: more than 127 bits.
  virtual std::optional<Unscaled> Compute(Unscaled a, Unscaled b) const = 0;
  const schema::DataType& type() const { return type_; }

 private:
  schema::DataType type_;
  DecimalWriter writer_;
};

class DecimalSum final : public DecimalAggregator {
 public:
  using DecimalAggregator::DecimalAggregator;

 private:
  std::optional<Unscaled> Compute(Unscaled a, Unscaled b) const override {
    Unscaled sum;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
  }
};

// The exact product has twice the scale; it is rounded to the nearest, from the middle away from 0.
class DecimalProduct final : public DecimalAggregator {
 public:
  explicit DecimalProduct(const schema::DataType& type)
      : DecimalAggregator(type), divisor_(PowerOfTen(type.scale)) {}

 private:
  using Wide = boost::multiprecision::uint256_t;  // in place, two factors of 127 bits fit

  std::optional<Unscaled> Compute(Unscaled a, Unscaled b) const override {
    Unscaled product;
    if (!__builtin_mul_overflow(a, b, &product)) return Rounded(product);
    bool is_negative = (a < 0) != (b < 0);
    Wide wide = Magnitude(a) * Magnitude(b);
    Wide quotient = (wide + Wide(Magnitude(divisor_) / 2)) / Magnitude(divisor_);
    if (quotient >= Magnitude(PowerOfTen(38))) return std::nullopt;
    Unscaled rounded = static_cast<Unscaled>(static_cast<unsigned __int128>(quotient));
    return is_negative ? -rounded : rounded;
  }

  Unscaled Rounded(Unscaled product) const {
    Unscaled quotient = product / divisor_;
    Unscaled rest = product % divisor_;
    if (rest < 0) rest = -rest;
    if (rest >= divisor_ - rest) quotient += product < 0 ? -1 : 1;
    return quotient;
  }

  static Wide Magnitude(Unscaled value) {
    unsigned __int128 bits = static_cast<unsigned __int128>(value);
    return Wide(value < 0 ? -bits : bits);
  }

  Unscaled divisor_;
};

}  // namespace

std::unique_ptr<Aggregator> MakeDecimalSum(const schema::DataType& type) {
  return std::make_unique<DecimalSum>(type);
}

std::unique_ptr<Aggregator> MakeDecimalProduct(const schema::DataType& type) {
  return std::make_unique<DecimalProduct>(type);
}

}  // namespace millrace::kv::internal
