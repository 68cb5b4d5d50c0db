// Schemas and single types as JSON.
#include "fuzz/input.h"
#include "schema/schema.h"

namespace millrace::fuzz {
namespace {

void RunType(std::string_view json) {
  auto type = schema::ParseDataType(json);
  if (!type) return;
  std::string printed = schema::DataTypeToJson(*type);
  auto again = Must(schema::ParseDataType(printed));
  MILLRACE_CHECK(again == *type, "a type changed by being written and read");
  MILLRACE_CHECK(schema::DataTypeToJson(again) == printed, "other JSON");
  auto arrow = schema::CountArrow(*type);
  MILLRACE_CHECK(arrow.nodes > 0 && arrow.buffers >= arrow.nodes, "nodes and buffers");
  MILLRACE_CHECK(!type->ToString().empty(), "no text");
  int32_t highest = 0;
  if (auto numbered = schema::AssignFieldIds(*type, highest)) {
    MILLRACE_CHECK(schema::CountArrow(*numbered) == arrow, "numbering changed the type");
  }
}

void RunSchema(std::string_view json) {
  auto schema = schema::ParseSchema(json);
  if (!schema) return;
  std::string printed = schema::SchemaToJson(*schema);
  auto again = Must(schema::ParseSchema(printed));
  MILLRACE_CHECK(again == *schema, "a schema changed by being written and read");
  MILLRACE_CHECK(schema::SchemaToJson(again) == printed, "other JSON");
  MILLRACE_CHECK(Must(schema::NormalizeSchema(*schema)) == *schema,
                 "a schema that was read is not normal");
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  bool type = input.Flag();
  auto json = Exactly(input.Rest());
  type ? RunType(AsText(json)) : RunSchema(AsText(json));
}

}  // namespace millrace::fuzz
