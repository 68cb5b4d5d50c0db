// The values of the metadata store's nodes. The first byte says which kind.
#include "fuzz/input.h"
#include "metastore/catalog.h"
#include "metastore/producer_offsets.h"

namespace millrace::fuzz {
namespace {

using namespace metastore;  // NOLINT: all of it is about nodes

// Written again, the value is read as the same.
template <class Decode, class Encode>
void CheckRoundTrip(std::string_view text, Decode decode, Encode encode) {
  auto value = decode(text);
  if (!value) return;
  std::string printed = encode(*value);
  auto again = Must(decode(std::string_view(printed)));
  MILLRACE_CHECK(encode(again) == printed, "a value changed by being written and read");
}

std::string EncodeAssignment(const DecodedAssignment& assignment) {
  return assignment.table_id ? EncodePartitionAssignment(*assignment.table_id, assignment.buckets)
                             : EncodeTableAssignment(assignment.buckets);
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  size_t kind = input.Below(8);
  auto value = Exactly(input.Rest());
  std::string_view text = AsText(value);
  switch (kind) {
    case 0:
      return CheckRoundTrip(
          text, [](auto json) { return DecodeDatabase("db", json); }, EncodeDatabase);
    case 1:
      return CheckRoundTrip(
          text, [](auto json) { return DecodeTable({"db", "t"}, json); }, EncodeTable);
    case 2:
      return CheckRoundTrip(
          text, [](auto json) { return DecodePartition("p", json); }, EncodePartition);
    case 3:
      return CheckRoundTrip(
          text, [](auto json) { return DecodeAssignment("/n", json); }, EncodeAssignment);
    case 4:
      return CheckRoundTrip(
          text, [](auto json) { return DecodeLeaderIsr("/n", json); }, EncodeLeaderIsr);
    case 5:
      return CheckRoundTrip(
          text, [](auto json) { return DecodeCounter("/n", json); }, EncodeCounter);
    case 6:
      return CheckRoundTrip(
          text, [](auto json) { return DecodeProducerOffsets("/n", json); }, EncodeProducerOffsets);
    default:
      return CheckRoundTrip(
          text, [](auto json) { return DecodeServerConfigs(json); }, EncodeServerConfigs);
  }
}

}  // namespace millrace::fuzz
