#include "schema/json_internal.h"

#include <limits>

namespace millrace::schema::internal {
namespace {

// Counts brackets outside of strings; says nothing about whether the text is JSON.
bool IsTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

std::string TypeOf(const Json& value) {
  return std::string("found ") + value.type_name();
}

Result<std::string> AsString(const Json& value, const Place& place) {
  if (!value.is_string()) return place.Fail("expected a string, " + TypeOf(value));
  return value.get_ref<const std::string&>();
}

Result<int32_t> AsInt(const Json& value, const Place& place) {
  if (!value.is_number_integer()) return place.Fail("expected an integer, " + TypeOf(value));
  constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int32_t>::min();
  bool fits = value.is_number_unsigned()
                  ? value.get<uint64_t>() <= uint64_t{kMax}
                  : value.get<int64_t>() >= kMin && value.get<int64_t>() <= kMax;
  if (!fits) return place.Fail("the number " + value.dump() + " does not fit 32 bits");
  return value.get<int32_t>();
}

}  // namespace

Place Place::Key(std::string_view key) const {
  return {code, path.empty() ? std::string(key) : path + "." + std::string(key)};
}

Place Place::Index(size_t index) const {
  return {code, path + "[" + std::to_string(index) + "]"};
}

Error Place::Fail(std::string_view what) const {
  return {code, path.empty() ? std::string(what) : path + ": " + std::string(what)};
}

Result<Json> ParseObject(std::string_view text, const Place& place) {
  if (IsTooDeep(text)) {
    return place.Fail("JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  try {
    Json json = Json::parse(text);
    if (!json.is_object()) return place.Fail("expected a JSON object, " + TypeOf(json));
    return json;
  } catch (const Json::parse_error& error) {
    return place.Fail("not JSON: stopped at byte " + std::to_string(error.byte) + " of " +
                      std::to_string(text.size()));
  } catch (const Json::exception&) {
    return place.Fail("not JSON: a number is out of range");
  }
}

const Json* Find(const Json& object, const char* key) {
  auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

Result<const Json*> Require(const Json& object, const char* key, const Place& place) {
  if (!object.is_object()) return place.Fail("expected an object, " + TypeOf(object));
  const Json* value = Find(object, key);
  if (value == nullptr) return place.Key(key).Fail("missing");
  return value;
}

Result<std::string> GetString(const Json& object, const char* key, const Place& place) {
  TRY_ASSIGN(const Json* value, Require(object, key, place));
  return AsString(*value, place.Key(key));
}

Result<std::optional<std::string>> GetOptionalString(const Json& object, const char* key,
                                                     const Place& place) {
  const Json* value = Find(object, key);
  if (value == nullptr) return std::optional<std::string>();
  TRY_ASSIGN(std::string text, AsString(*value, place.Key(key)));
  return std::optional<std::string>(std::move(text));
}

Result<int32_t> GetInt(const Json& object, const char* key, const Place& place) {
  TRY_ASSIGN(const Json* value, Require(object, key, place));
  return AsInt(*value, place.Key(key));
}

Result<std::optional<int32_t>> GetOptionalInt(const Json& object, const char* key,
                                              const Place& place) {
  const Json* value = Find(object, key);
  if (value == nullptr) return std::optional<int32_t>();
  TRY_ASSIGN(int32_t number, AsInt(*value, place.Key(key)));
  return std::optional<int32_t>(number);
}

Result<const Json*> GetArray(const Json& object, const char* key, const Place& place) {
  TRY_ASSIGN(const Json* value, Require(object, key, place));
  if (!value->is_array()) return place.Key(key).Fail("expected an array, " + TypeOf(*value));
  return value;
}

Result<std::vector<std::string>> GetStrings(const Json& object, const char* key,
                                            const Place& place) {
  std::vector<std::string> strings;
  if (Find(object, key) == nullptr) return strings;
  TRY_ASSIGN(const Json* array, GetArray(object, key, place));
  for (const Json& element : *array) {
    TRY_ASSIGN(std::string text, AsString(element, place.Key(key).Index(strings.size())));
    strings.push_back(std::move(text));
  }
  return strings;
}

Result<std::map<std::string, std::string>> GetStringMap(const Json& object, const char* key,
                                                        const Place& place) {
  TRY_ASSIGN(const Json* value, Require(object, key, place));
  Place here = place.Key(key);
  if (!value->is_object()) return here.Fail("expected an object, " + TypeOf(*value));
  std::map<std::string, std::string> strings;
  for (const auto& [name, element] : value->items()) {
    if (element.is_number() || element.is_boolean()) {
      strings[name] = element.dump();
    } else {
      TRY_ASSIGN(strings[name], AsString(element, here.Key(name)));
    }
  }
  return strings;
}

std::string Write(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace millrace::schema::internal
