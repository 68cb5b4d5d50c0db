// For the .cc files of the hot messages: reading fields with protozero.
//
// The readers below switch over field number and wire type together, so that a known field of the
// wrong type is skipped like an unknown one, and protozero's assertions never fail.
#pragma once

#include <protozero/pbf_reader.hpp>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/error_message.h"

namespace millrace::protocol {

constexpr uint32_t VarintField(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::varint);
}
constexpr uint32_t BytesField(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::length_delimited);
}
constexpr uint32_t Fixed32Field(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::fixed32);
}
constexpr uint32_t Fixed64Field(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::fixed64);
}

inline protozero::pbf_reader ReaderOf(Bytes message) {
  return protozero::pbf_reader(reinterpret_cast<const char*>(message.data()), message.size());
}

inline std::string_view ReadText(protozero::pbf_reader& reader) {
  auto view = reader.get_view();
  return {view.data(), view.size()};
}
inline Bytes ReadBytes(protozero::pbf_reader& reader) {
  return AsBytes(ReadText(reader));
}

// protozero's own get_bool() accepts one-byte values only, and reads past the end of a cut one.
inline bool ReadBool(protozero::pbf_reader& reader) {
  return reader.get_uint64() != 0;
}

// Runs `parse`, which returns a Result, and turns what protozero throws into an Error.
template <class Parse>
auto WithoutExceptions(std::string_view message, Parse parse) -> decltype(parse()) {
  try {
    return parse();
  } catch (const protozero::exception& exception) {
    return MalformedMessage(message, exception.what());
  }
}

}  // namespace millrace::protocol
