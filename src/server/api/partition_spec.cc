#include "server/api/partition_spec.h"

namespace millrace::server {

Result<schema::PartitionSpec> ToPartitionSpec(const proto::PbPartitionSpec& spec) {
  schema::PartitionSpec result;
  for (const auto& entry : spec.partition_key_values()) {
    if (!result.emplace(entry.key(), entry.value()).second) {
      return Error{ErrorCode::kPartitionSpecInvalid,
                   "partition key '" + entry.key() + "' is given twice"};
    }
  }
  return result;
}

void SetPartitionSpec(proto::PbPartitionSpec& spec, const std::vector<std::string>& keys,
                      const std::string& name) {
  size_t begin = 0;
  for (const auto& key : keys) {
    size_t end = std::min(name.find('$', begin), name.size());
    auto* entry = spec.add_partition_key_values();
    entry->set_key(key);
    entry->set_value(name.substr(begin, end - begin));
    begin = std::min(end + 1, name.size());
  }
}

}  // namespace millrace::server
