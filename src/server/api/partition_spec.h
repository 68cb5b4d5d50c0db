// PbPartitionSpec as the coordinator takes it, and back.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "protocol/catalog.pb.h"
#include "schema/partition.h"

namespace millrace::server {

// kPartitionSpecInvalid when a key is there twice.
Result<schema::PartitionSpec> ToPartitionSpec(const proto::PbPartitionSpec& spec);

// Splits a partition's name into the values of its keys.
void SetPartitionSpec(proto::PbPartitionSpec& spec, const std::vector<std::string>& keys,
                      const std::string& name);

}  // namespace millrace::server
