#include <algorithm>
#include <optional>
#include <string>

#include "schema/validation.h"

namespace millrace::schema {
namespace {

constexpr std::string_view kReservedPrefix = "__";

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// What is wrong with a name; none if it is fine. "." and ".." fail by their characters.
std::optional<std::string> Problem(std::string_view name, bool may_be_reserved) {
  if (name.empty()) return "it is empty";
  if (name.size() > kMaxNameLength) {
    return "it has " + std::to_string(name.size()) + " characters, more than " +
           std::to_string(kMaxNameLength);
  }
  if (!std::ranges::all_of(name, IsNameCharacter)) {
    return "only ASCII letters, digits, '_' and '-' are allowed";
  }
  if (!may_be_reserved && name.starts_with(kReservedPrefix)) {
    return "names that start with \"__\" are reserved";
  }
  return std::nullopt;
}

Result<void> Check(std::string_view what, std::string_view name, bool may_be_reserved,
                   ErrorCode code) {
  std::optional<std::string> problem = Problem(name, may_be_reserved);
  if (!problem) return {};
  // The name is foreign and may be long; its beginning tells which it is.
  std::string shown(name.substr(0, kMaxNameLength));
  return Error{code, "invalid " + std::string(what) + " '" + shown + "': " + *problem};
}

}  // namespace

Result<void> ValidateDatabaseName(std::string_view name) {
  return Check("database name", name, false, ErrorCode::kInvalidDatabase);
}

Result<void> ValidateTableName(std::string_view name) {
  return Check("table name", name, false, ErrorCode::kInvalidTable);
}

Result<void> ValidatePartitionValue(std::string_view value, bool creating) {
  return Check("partition value", value, !creating, ErrorCode::kPartitionSpecInvalid);
}

}  // namespace millrace::schema
