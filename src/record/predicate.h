// Filters that a fetch carries, and whether a batch may hold a row that passes, by its statistics.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "record/log_batch.h"
#include "schema/data_type.h"

namespace millrace::schema {
struct Schema;
}

namespace millrace::record {

// An unscaled decimal: at most 38 digits.
using Decimal = __int128;

struct Timestamp {
  int64_t millis = 0;  // since 1970
  int32_t nanos_of_milli = 0;
  auto operator<=>(const Timestamp&) const = default;
};

// A value compared with a column of type `type`, in the alternative that the type uses:
//
//   BOOLEAN                                     bool
//   TINYINT SMALLINT INT BIGINT                 int64_t
//   DATE (days since 1970) TIME (ms of the day) int64_t
//   FLOAT DOUBLE                                double
//   CHAR STRING (UTF-8) BINARY BYTES            std::string
//   DECIMAL, with the column's scale            Decimal
//   TIMESTAMP TIMESTAMP_LTZ                     Timestamp
//   null, of any type                           std::monostate
struct Literal {
  schema::TypeRoot type = schema::TypeRoot::kBoolean;
  std::variant<std::monostate, bool, int64_t, double, std::string, Decimal, Timestamp> value;

  bool IsNull() const { return std::holds_alternative<std::monostate>(value); }
  bool operator==(const Literal&) const = default;
};

// With the numbers that go over the wire.
enum class LeafFunction : uint8_t {
  kEqual = 0,
  kNotEqual = 1,
  kLessThan = 2,
  kLessOrEqual = 3,
  kGreaterThan = 4,
  kGreaterOrEqual = 5,
  kIsNull = 6,
  kIsNotNull = 7,
  kStartsWith = 8,
  kContains = 9,
  kEndsWith = 10,
  kIn = 11,
  kNotIn = 12,
};
enum class CompoundFunction : uint8_t { kAnd = 0, kOr = 1 };

struct LeafPredicate {
  LeafFunction function = LeafFunction::kEqual;
  int32_t field_id = 0;  // of a column, as schemas number them
  std::vector<Literal>
      literals;  // none for kIsNull and kIsNotNull, any number for kIn and kNotIn, else one
};

struct Predicate;
struct CompoundPredicate {
  CompoundFunction function = CompoundFunction::kAnd;
  std::vector<Predicate> children;
};

// A tree. Building and destroying it recurses: whoever makes one of foreign data limits its depth.
struct Predicate {
  std::variant<LeafPredicate, CompoundPredicate> node;
};

// Parts of a predicate deeper than this are taken to match.
inline constexpr int kPredicateDepthMax = 64;

// False only if no row of `batch` can satisfy `predicate`, as far as its statistics tell; rows of a
// batch for which it is true must still be tested. Whatever is in doubt is true: no statistics or
// broken ones, a column that `batch_schema`, the schema of the batch, does not have or keeps no
// statistics of, literals of another type or too few of them. `batch` needs its header and
// statistics only.
//
// Comparisons are those of writers: strings by their UTF-8 bytes, NaN above all other numbers. A
// comparison with a null, literal or value, holds for no row.
bool MayMatch(const Predicate& predicate, const schema::Schema& batch_schema,
              const LogBatch& batch);

}  // namespace millrace::record
