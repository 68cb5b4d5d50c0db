#include "protocol/predicate_message.h"

#include <optional>

#include "protocol/pbf.h"

namespace millrace::protocol {
namespace {

using record::Literal;
using schema::TypeRoot;

constexpr std::string_view kName = "PbPredicate";

// Index: literal_type on the wire.
constexpr TypeRoot kLiteralTypes[] = {
    TypeRoot::kBoolean,   TypeRoot::kTinyInt,      TypeRoot::kSmallInt, TypeRoot::kInteger,
    TypeRoot::kBigInt,    TypeRoot::kFloat,        TypeRoot::kDouble,   TypeRoot::kChar,
    TypeRoot::kString,    TypeRoot::kDecimal,      TypeRoot::kDate,     TypeRoot::kTime,
    TypeRoot::kTimestamp, TypeRoot::kTimestampLtz, TypeRoot::kBinary,   TypeRoot::kBytes,
};

constexpr int32_t kNanosOfMilliMax = 999'999;

// All values a literal may have; its type says which one counts.
struct RawLiteral {
  std::optional<int32_t> type;
  std::optional<bool> is_null;
  std::optional<bool> boolean;
  std::optional<int32_t> integer;
  std::optional<int64_t> big_integer;
  std::optional<float> single;
  std::optional<double> real;
  std::optional<std::string_view> text;
  std::optional<std::string_view> binary;
  std::optional<int64_t> decimal;
  std::optional<int64_t> timestamp_millis;
  int32_t nanos_of_milli = 0;
  std::optional<Bytes> decimal_bytes;
};

RawLiteral ReadLiteral(protozero::pbf_reader reader) {
  RawLiteral raw;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case VarintField(1):
        raw.type = reader.get_int32();
        break;
      case VarintField(2):
        raw.is_null = ReadBool(reader);
        break;
      case VarintField(3):
        raw.boolean = ReadBool(reader);
        break;
      case VarintField(4):
        raw.integer = reader.get_int32();
        break;
      case VarintField(5):
        raw.big_integer = reader.get_int64();
        break;
      case Fixed32Field(6):
        raw.single = reader.get_float();
        break;
      case Fixed64Field(7):
        raw.real = reader.get_double();
        break;
      case BytesField(8):
        raw.text = ReadText(reader);
        break;
      case BytesField(9):
        raw.binary = ReadText(reader);
        break;
      case VarintField(10):
        raw.decimal = reader.get_int64();
        break;
      case VarintField(11):
        raw.timestamp_millis = reader.get_int64();
        break;
      case VarintField(12):
        raw.nanos_of_milli = reader.get_int32();
        break;
      case BytesField(13):
        raw.decimal_bytes = ReadBytes(reader);
        break;
      default:
        reader.skip();
    }
  }
  return raw;
}

// Big-endian two's complement of 1 to 16 bytes.
std::optional<record::Decimal> ReadDecimal(Bytes bytes) {
  if (bytes.empty() || bytes.size() > sizeof(record::Decimal)) return std::nullopt;
  bool negative = (bytes[0] & std::byte{0x80}) != std::byte{0};
  auto value = negative ? ~static_cast<unsigned __int128>(0) : 0;
  for (std::byte byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return static_cast<record::Decimal>(value);
}

std::optional<record::Decimal> DecimalOf(const RawLiteral& raw) {
  if (raw.decimal) return *raw.decimal;
  return raw.decimal_bytes ? ReadDecimal(*raw.decimal_bytes) : std::nullopt;
}

std::optional<record::Timestamp> TimestampOf(const RawLiteral& raw) {
  if (!raw.timestamp_millis || raw.nanos_of_milli < 0 || raw.nanos_of_milli > kNanosOfMilliMax) {
    return std::nullopt;
  }
  return record::Timestamp{*raw.timestamp_millis, raw.nanos_of_milli};
}

// Stores the value, converted to T, if there is one.
template <class T, class Raw>
bool Store(Literal& literal, const std::optional<Raw>& value) {
  if (value) literal.value.emplace<T>(*value);
  return value.has_value();
}

bool StoreValue(Literal& literal, const RawLiteral& raw) {
  switch (literal.type) {
    case TypeRoot::kBoolean:
      return Store<bool>(literal, raw.boolean);
    case TypeRoot::kTinyInt:
    case TypeRoot::kSmallInt:
    case TypeRoot::kInteger:
    case TypeRoot::kTime:
      return Store<int64_t>(literal, raw.integer);
    case TypeRoot::kBigInt:
    case TypeRoot::kDate:
      return Store<int64_t>(literal, raw.big_integer);
    case TypeRoot::kFloat:
      return Store<double>(literal, raw.single);
    case TypeRoot::kDouble:
      return Store<double>(literal, raw.real);
    case TypeRoot::kChar:
    case TypeRoot::kString:
      return Store<std::string>(literal, raw.text);
    case TypeRoot::kBinary:
    case TypeRoot::kBytes:
      return Store<std::string>(literal, raw.binary);
    case TypeRoot::kDecimal:
      return Store<record::Decimal>(literal, DecimalOf(raw));
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      return Store<record::Timestamp>(literal, TimestampOf(raw));
    default:
      return false;
  }
}

Result<Literal> ParseLiteral(protozero::pbf_reader reader) {
  RawLiteral raw = ReadLiteral(reader);
  if (!raw.type || !raw.is_null)
    return MalformedMessage(kName, "a literal without type or is_null");
  if (*raw.type < 0 || *raw.type >= static_cast<int32_t>(std::size(kLiteralTypes))) {
    return MalformedMessage(kName, "a literal of unknown type");
  }
  Literal literal;
  literal.type = kLiteralTypes[*raw.type];
  if (!*raw.is_null && !StoreValue(literal, raw)) {
    return MalformedMessage(kName, "a literal without a value of its type");
  }
  return literal;
}

// Parses one predicate tree, counting its parts.
class Parser {
 public:
  Result<record::Predicate> Parse(protozero::pbf_reader reader, int depth) {
    if (depth > record::kPredicateDepthMax) return MalformedMessage(kName, "nested too deep");
    TRY(Count());
    std::optional<int32_t> type;
    std::optional<Bytes> leaf, compound;
    while (reader.next()) {
      switch (reader.tag_and_type()) {
        case VarintField(1):
          type = reader.get_int32();
          break;
        case BytesField(2):
          leaf = ReadBytes(reader);
          break;
        case BytesField(3):
          compound = ReadBytes(reader);
          break;
        default:
          reader.skip();
      }
    }
    if (type == 0 && leaf) return ParseLeaf(ReaderOf(*leaf));
    if (type == 1 && compound) return ParseCompound(ReaderOf(*compound), depth);
    return MalformedMessage(kName, "neither a leaf nor a compound");
  }

 private:
  Result<void> Count() {
    if (++parts_ > kPredicatePartsMax) return MalformedMessage(kName, "too many parts");
    return {};
  }

  Result<record::Predicate> ParseLeaf(protozero::pbf_reader reader) {
    record::LeafPredicate leaf;
    std::optional<int32_t> function, field_id;
    while (reader.next()) {
      switch (reader.tag_and_type()) {
        case VarintField(1):
          function = reader.get_int32();
          break;
        case VarintField(2):
          field_id = reader.get_int32();
          break;
        case BytesField(3): {
          TRY(Count());
          TRY_ASSIGN(auto literal, ParseLiteral(reader.get_message()));
          leaf.literals.push_back(std::move(literal));
          break;
        }
        default:
          reader.skip();
      }
    }
    if (!function || !field_id)
      return MalformedMessage(kName, "a leaf without function or field_id");
    if (*function < 0 || *function > static_cast<int32_t>(record::LeafFunction::kNotIn)) {
      return MalformedMessage(kName, "a leaf of unknown function");
    }
    leaf.function = static_cast<record::LeafFunction>(*function);
    leaf.field_id = *field_id;
    return record::Predicate{std::move(leaf)};
  }

  Result<record::Predicate> ParseCompound(protozero::pbf_reader reader, int depth) {
    record::CompoundPredicate compound;
    std::optional<int32_t> function;
    while (reader.next()) {
      switch (reader.tag_and_type()) {
        case VarintField(1):
          function = reader.get_int32();
          break;
        case BytesField(2): {
          TRY_ASSIGN(auto child, Parse(reader.get_message(), depth + 1));
          compound.children.push_back(std::move(child));
          break;
        }
        default:
          reader.skip();
      }
    }
    if (!function) return MalformedMessage(kName, "a compound without function");
    if (*function < 0 || *function > static_cast<int32_t>(record::CompoundFunction::kOr)) {
      return MalformedMessage(kName, "a compound of unknown function");
    }
    compound.function = static_cast<record::CompoundFunction>(*function);
    return record::Predicate{std::move(compound)};
  }

  size_t parts_ = 0;
};

}  // namespace

Result<record::Predicate> ParsePredicate(Bytes message) {
  return WithoutExceptions(kName, [&] { return Parser().Parse(ReaderOf(message), 1); });
}

}  // namespace millrace::protocol
