// The filter of a fetch request, as record/ evaluates it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "record/predicate.h"

namespace millrace::protocol {

// Most predicates and literals one filter may consist of.
inline constexpr size_t kPredicatePartsMax = 100'000;

// Reads a PbPredicate of log.proto. Fails with MalformedMessage() when the bytes are none, a
// required field or a literal's value is missing, a function or type is unknown, or it nests deeper
// than record::kPredicateDepthMax or has more than kPredicatePartsMax parts. Whether it fits a
// table is not looked at. A filter only saves work, so that whoever can't read one may do without.
Result<record::Predicate> ParsePredicate(Bytes message);

}  // namespace millrace::protocol
