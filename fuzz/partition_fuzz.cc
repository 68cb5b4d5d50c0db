// Partition names, and the time formats and zones of auto-partitioning, all of which clients
// choose.
#include "fuzz/input.h"
#include "schema/partition.h"
#include "schema/validation.h"

namespace millrace::fuzz {
namespace {

// Until the year 6000, so that the offset stays within 0001 to 9999.
constexpr uint64_t kSecondsMax = uint64_t{4030} * 365 * 86'400;

void RunName(Input input) {
  schema::TableDescriptor table;
  table.partition_keys = {"day", "hour"};
  table.partition_keys.resize(1 + input.Below(2));
  schema::PartitionSpec spec;
  for (const auto& key : table.partition_keys) spec[key] = AsText(input.Piece());
  auto name = schema::PartitionName(table, spec, input.Flag());
  if (!name) return;
  MILLRACE_CHECK(schema::PartitionSpecOf(table.partition_keys, *name) == spec,
                 "a name stands for another partition");
  MILLRACE_CHECK(Must(schema::PartitionMatches(table.partition_keys, *name, spec)),
                 "a partition is not its own");
}

void RunAuto(Input input) {
  schema::AutoPartitionConfig config;
  config.enabled = true;
  config.unit = static_cast<schema::AutoPartitionUnit>(input.Below(5));
  TimestampMs now{static_cast<int64_t>(input.Take<uint64_t>() % kSecondsMax) * 1000};
  int offset = input.Take<int16_t>() % 1900;
  config.num_precreate = static_cast<int32_t>(input.Below(8));
  config.num_retention = static_cast<int32_t>(input.Below(8)) - 1;
  std::string format(AsText(input.Piece())), zone(AsText(input.Piece())),
      existing(AsText(input.Rest()));
  if (!format.empty()) {
    if (!schema::ValidateTimeFormat(format, config.unit)) return;
    config.time_format = format;
  }
  config.time_zone = schema::IsKnownTimeZone(zone) ? zone : "UTC";

  std::string name = schema::AutoPartitionName(config, now, offset);
  Must(schema::ValidatePartitionValue(name, /*creating=*/true));
  if (config.num_retention < 0)
    Must(schema::CheckAutoPartitionValue(config, {"day"}, {{"day", name}}, now));
  (void)schema::CheckAutoPartitionValue(config, {"day"}, {{"day", existing}}, now);
  auto created = schema::PartitionsToCreate(config, {"day"}, {existing}, now, 100);
  MILLRACE_CHECK(created.size() <= static_cast<size_t>(config.num_precreate),
                 "too many partitions");
  MILLRACE_CHECK(schema::PartitionsToDrop(config, {"day"}, created, now).empty(),
                 "made and dropped at once");
  (void)schema::PartitionsToDrop(config, {"day"}, {existing, name}, now);
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  if (input.Flag()) return RunName(input);
  RunAuto(input);
}

}  // namespace millrace::fuzz
