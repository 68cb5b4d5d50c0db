// Predicates as messages, the way a client writes them.
#pragma once

#include <algorithm>
#include <string>

#include "protocol/log.pb.h"
#include "record/predicate.h"

namespace millrace::fuzz {

// literal_type on the wire.
inline int32_t WireType(schema::TypeRoot type) {
  using enum schema::TypeRoot;
  constexpr schema::TypeRoot kTypes[] = {
      kBoolean, kTinyInt, kSmallInt, kInteger, kBigInt,    kFloat,        kDouble, kChar,
      kString,  kDecimal, kDate,     kTime,    kTimestamp, kTimestampLtz, kBinary, kBytes};
  return static_cast<int32_t>(std::ranges::find(kTypes, type) - std::begin(kTypes));
}

inline std::string BigEndian(record::Decimal value) {
  std::string bytes(sizeof(value), '\0');
  for (size_t i = bytes.size(); i-- > 0; value >>= 8) bytes[i] = static_cast<char>(value & 0xff);
  return bytes;
}

inline void WriteLiteral(const record::Literal& literal, proto::PbLiteralValue& to) {
  using enum schema::TypeRoot;
  to.set_literal_type(WireType(literal.type));
  to.set_is_null(literal.IsNull());
  if (const auto* boolean = std::get_if<bool>(&literal.value)) to.set_boolean_value(*boolean);
  if (const auto* number = std::get_if<int64_t>(&literal.value)) {
    bool wide = literal.type == kBigInt || literal.type == kDate;
    if (wide) to.set_bigint_value(*number);
    if (!wide) to.set_int_value(static_cast<int32_t>(*number));
  }
  if (const auto* number = std::get_if<double>(&literal.value)) {
    if (literal.type == kFloat) to.set_float_value(static_cast<float>(*number));
    if (literal.type == kDouble) to.set_double_value(*number);
  }
  if (const auto* text = std::get_if<std::string>(&literal.value)) {
    bool binary = literal.type == kBinary || literal.type == kBytes;
    if (binary) to.set_binary_value(*text);
    if (!binary) to.set_string_value(*text);
  }
  if (const auto* decimal = std::get_if<record::Decimal>(&literal.value))
    to.set_decimal_bytes(BigEndian(*decimal));
  if (const auto* time = std::get_if<record::Timestamp>(&literal.value)) {
    to.set_timestamp_millis_value(time->millis);
    to.set_timestamp_nano_of_millis_value(time->nanos_of_milli);
  }
}

inline void WritePredicate(const record::Predicate& predicate, proto::PbPredicate& to) {
  if (const auto* leaf = std::get_if<record::LeafPredicate>(&predicate.node)) {
    to.set_type(0);
    to.mutable_leaf()->set_function(static_cast<int32_t>(leaf->function));
    to.mutable_leaf()->set_field_id(leaf->field_id);
    for (const auto& literal : leaf->literals)
      WriteLiteral(literal, *to.mutable_leaf()->add_literals());
    return;
  }
  const auto& compound = std::get<record::CompoundPredicate>(predicate.node);
  to.set_type(1);
  to.mutable_compound()->set_function(static_cast<int32_t>(compound.function));
  for (const auto& child : compound.children)
    WritePredicate(child, *to.mutable_compound()->add_children());
}

}  // namespace millrace::fuzz
