// Filters of fetches: that they are read as written, and that no batch is skipped that has a row
// for them.
#include <array>
#include <optional>

#include "fuzz/input.h"
#include "fuzz/predicate_proto.h"
#include "protocol/message_codec.h"
#include "protocol/predicate_message.h"
#include "record/golden_batches.h"
#include "record/predicate.h"

namespace millrace::fuzz {
namespace {

using record::LeafFunction;
using record::Literal;
using record::Predicate;
using schema::TypeRoot;

// A row of kArrowStatistics; nullopt is null.
struct Row {
  std::optional<int64_t> id;
  std::optional<std::string> name;
  std::optional<int64_t> v;
};
const std::array<Row, 3> kRows = {Row{1, "alice", 10}, Row{2, std::nullopt, std::nullopt},
                                  Row{3, "carol-is-long", 300}};

// Whether a value passes, for literals of the column's own type. What is in doubt does not pass.
template <class Value>
bool Passes(LeafFunction function, const std::optional<Value>& value,
            const std::vector<Literal>& literals, TypeRoot type) {
  if (function == LeafFunction::kIsNull) return !value;
  if (!value) return false;
  if (function == LeafFunction::kIsNotNull) return true;
  std::vector<Value> others;
  for (const Literal& literal : literals) {
    const auto* other = literal.type == type ? std::get_if<Value>(&literal.value) : nullptr;
    if (!other) return false;
    others.push_back(*other);
  }
  bool among = std::ranges::find(others, *value) != others.end();
  if (function == LeafFunction::kIn) return among;
  if (function == LeafFunction::kNotIn) return !among;
  if (others.size() != 1) return false;
  const Value& other = others[0];
  if constexpr (std::is_same_v<Value, std::string>) {
    if (function == LeafFunction::kStartsWith) return value->starts_with(other);
    if (function == LeafFunction::kEndsWith) return value->ends_with(other);
    if (function == LeafFunction::kContains) return value->find(other) != std::string::npos;
  }
  switch (function) {
    case LeafFunction::kEqual:
      return *value == other;
    case LeafFunction::kNotEqual:
      return *value != other;
    case LeafFunction::kLessThan:
      return *value < other;
    case LeafFunction::kLessOrEqual:
      return *value <= other;
    case LeafFunction::kGreaterThan:
      return *value > other;
    case LeafFunction::kGreaterOrEqual:
      return *value >= other;
    default:
      return false;
  }
}

bool Passes(const Predicate& predicate, const Row& row) {
  if (const auto* leaf = std::get_if<record::LeafPredicate>(&predicate.node)) {
    switch (leaf->field_id) {
      case 0:
        return Passes(leaf->function, row.id, leaf->literals, TypeRoot::kInteger);
      case 1:
        return Passes(leaf->function, row.name, leaf->literals, TypeRoot::kString);
      case 2:
        return Passes(leaf->function, row.v, leaf->literals, TypeRoot::kBigInt);
      default:
        return false;
    }
  }
  const auto& compound = std::get<record::CompoundPredicate>(predicate.node);
  auto passes = [&](const Predicate& child) { return Passes(child, row); };
  return compound.function == record::CompoundFunction::kAnd
             ? std::ranges::all_of(compound.children, passes)
             : std::ranges::any_of(compound.children, passes);
}

std::string Written(const Predicate& predicate) {
  proto::PbPredicate message;
  WritePredicate(predicate, message);
  return protocol::Serialize(message);
}

}  // namespace

void Run(Bytes input) {
  static const std::string kBatch = record::FromHex(record::kArrowStatistics);
  static const schema::Schema kSchema = record::SmallSchema();
  auto predicate = protocol::ParsePredicate(input);
  if (!predicate) return;
  std::string bytes = Written(*predicate);
  auto again = Must(protocol::ParsePredicate(AsBytes(bytes)));
  MILLRACE_CHECK(Written(again) == bytes, "a predicate changed by being written and read");

  auto batch = Must(record::LogBatch::Parse(AsBytes(kBatch)));
  bool passes = std::ranges::any_of(kRows, [&](const Row& row) { return Passes(*predicate, row); });
  MILLRACE_CHECK(record::MayMatch(*predicate, kSchema, batch) || !passes,
                 "a batch with a matching row is skipped");
}

}  // namespace millrace::fuzz
