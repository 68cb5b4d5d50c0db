// Descriptors of tables and databases as JSON, and what validation makes of a table's.
#include "fuzz/input.h"
#include "schema/table_config.h"
#include "schema/table_descriptor.h"
#include "schema/validation.h"

namespace millrace::fuzz {
namespace {

schema::TableDescriptor CheckRoundTrip(const schema::TableDescriptor& descriptor) {
  std::string printed = schema::TableDescriptorToJson(descriptor);
  auto again = Must(schema::ParseTableDescriptor(printed));
  MILLRACE_CHECK(again == descriptor, "a descriptor changed by being written and read");
  MILLRACE_CHECK(schema::TableDescriptorToJson(again) == printed, "other JSON");
  return again;
}

void RunTable(std::string_view json) {
  auto descriptor = schema::ParseTableDescriptor(json);
  if (!descriptor) return;
  CheckRoundTrip(*descriptor);
  MILLRACE_CHECK(Must(schema::NormalizeTableDescriptor(*descriptor)) == *descriptor, "not normal");

  schema::ClusterLimits limits;
  auto complete = schema::CompleteAndValidate(*descriptor, limits);
  if (!complete) return;
  CheckRoundTrip(*complete);
  Must(schema::ValidateTable(*complete, limits));
  Must(schema::ParseTableConfig(complete->properties));
  MILLRACE_CHECK(Must(schema::CompleteAndValidate(*complete, limits)) == *complete,
                 "completing it again changes it");
}

void RunDatabase(std::string_view json) {
  auto descriptor = schema::ParseDatabaseDescriptor(json);
  if (!descriptor) return;
  std::string printed = schema::DatabaseDescriptorToJson(*descriptor);
  MILLRACE_CHECK(Must(schema::ParseDatabaseDescriptor(printed)) == *descriptor,
                 "changed by being written and read");
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  bool database = input.Flag();
  auto json = Exactly(input.Rest());
  database ? RunDatabase(AsText(json)) : RunTable(AsText(json));
}

}  // namespace millrace::fuzz
