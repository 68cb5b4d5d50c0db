// PbAlterConfig as the coordinator takes it.
#pragma once

#include <vector>

#include "base/result.h"
#include "coordinator/decide/decide.h"
#include "protocol/basic.pb.h"

namespace millrace::server {

template <class Changes>
Result<std::vector<coordinator::ConfigChange>> ToConfigChanges(const Changes& changes) {
  std::vector<coordinator::ConfigChange> result;
  for (const proto::PbAlterConfig& change : changes) {
    if (change.op_type() < 0 || change.op_type() > 3) {
      return Error{ErrorCode::kInvalidConfig, "unknown operation " +
                                                  std::to_string(change.op_type()) + " on option " +
                                                  change.config_key()};
    }
    coordinator::ConfigChange converted;
    converted.key = change.config_key();
    if (change.has_config_value()) converted.value = change.config_value();
    converted.kind = static_cast<coordinator::ConfigChange::Kind>(change.op_type());
    result.push_back(std::move(converted));
  }
  return result;
}

// Of tables and databases: a value is set or goes back to its default.
template <class Changes>
Result<std::vector<schema::PropertyChange>> ToPropertyChanges(const Changes& changes) {
  std::vector<schema::PropertyChange> result;
  TRY_ASSIGN(auto converted, ToConfigChanges(changes));
  for (auto& change : converted) {
    using Kind = coordinator::ConfigChange::Kind;
    if (change.kind == Kind::kDelete) {
      result.push_back({std::move(change.key), std::nullopt});
    } else if (change.kind == Kind::kSet && change.value) {
      result.push_back({std::move(change.key), std::move(change.value)});
    } else {
      return Error{ErrorCode::kInvalidConfig,
                   "option " + change.key + " can only be set to a value or reset"};
    }
  }
  return result;
}

}  // namespace millrace::server
