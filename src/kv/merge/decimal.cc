#include "kv/merge/decimal.h"

#include "schema/value_form.h"

namespace millrace::kv::internal {
namespace {

bool IsCompact(const schema::DataType& type) {
  return type.precision <= schema::kCompactDecimalDigits;
}

constexpr auto kPowersOfTen = [] {
  std::array<Unscaled, 39> powers = {1};
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

}  // namespace

Unscaled PowerOfTen(int exponent) {
  return kPowersOfTen[exponent];
}

std::optional<Unscaled> ReadDecimal(const schema::Cell& cell, const schema::DataType& type) {
  if (IsCompact(type)) return cell.number();
  Bytes bytes = schema::TrimDecimal(cell.bytes());
  if (bytes.empty()) return std::nullopt;
  auto value = static_cast<unsigned __int128>(static_cast<int8_t>(bytes[0]) >> 7);
  for (std::byte byte : bytes) value = value << 8 | std::to_integer<uint8_t>(byte);
  Unscaled limit = PowerOfTen(type.precision);
  Unscaled unscaled = static_cast<Unscaled>(value);
  if (unscaled >= limit || unscaled <= -limit) return std::nullopt;
  return unscaled;
}

DecimalWriter::DecimalWriter(const schema::DataType& type)
    : is_compact_(IsCompact(type)), limit_(PowerOfTen(type.precision)) {}

schema::Cell DecimalWriter::Write(Unscaled value) {
  if (value >= limit_ || value <= -limit_) return {};
  if (is_compact_) return schema::Cell::Number(static_cast<int64_t>(value));
  for (size_t i = bytes_.size(); i-- > 0; value >>= 8) bytes_[i] = static_cast<std::byte>(value);
  return schema::Cell::Of(schema::TrimDecimal(bytes_));
}

}  // namespace millrace::kv::internal
