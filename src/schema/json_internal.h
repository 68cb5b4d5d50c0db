// Reading foreign JSON without trusting it: for the .cc files of this folder only.
//
// Every getter names the place it failed at ("columns[2].data_type.precision: ..."). A key whose
// value is null counts as absent; unknown keys are ignored.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::schema::internal {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Deeper documents are refused before they are parsed. Enough for every descriptor: a type in a row
// costs three levels, and there are at most schema.h's kMaxTypeDepth of them.
inline constexpr int kMaxJsonDepth = 128;

// Where in the document we are, and the error code for what is wrong with it.
struct Place {
  ErrorCode code;
  std::string path;

  Place Key(std::string_view key) const;
  Place Index(size_t index) const;
  Error Fail(std::string_view what) const;
};

// The document's top-level object.
Result<Json> ParseObject(std::string_view text, const Place& place);

// Null if the key is absent or its value null.
const Json* Find(const Json& object, const char* key);
Result<const Json*> Require(const Json& object, const char* key, const Place& place);

Result<std::string> GetString(const Json& object, const char* key, const Place& place);
Result<std::optional<std::string>> GetOptionalString(const Json& object, const char* key,
                                                     const Place& place);
Result<int32_t> GetInt(const Json& object, const char* key, const Place& place);
Result<std::optional<int32_t>> GetOptionalInt(const Json& object, const char* key,
                                              const Place& place);
Result<const Json*> GetArray(const Json& object, const char* key, const Place& place);
// An absent array is an empty list.
Result<std::vector<std::string>> GetStrings(const Json& object, const char* key,
                                            const Place& place);
// Numbers and booleans are taken as their text, since the values are texts anyway.
Result<std::map<std::string, std::string>> GetStringMap(const Json& object, const char* key,
                                                        const Place& place);

// Compact text; never fails (bytes that are not UTF-8 become U+FFFD).
std::string Write(const OrderedJson& json);

}  // namespace millrace::schema::internal
