#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "coordinator/decide/decide.h"

namespace millrace::coordinator {
namespace {

namespace paths = metastore::paths;

enum class Shape : uint8_t { kValue, kList, kMap };

struct DynamicOption {
  std::string_view key;
  Shape shape = Shape::kValue;
};

constexpr std::string_view kCredentials = "security.sasl.plain.credentials";
constexpr std::string_view kMasked = "******";

// Options that may be changed at run time, and all that begin with "datalake.".
constexpr std::array kDynamicOptions = {
    DynamicOption{"datalake.format"},
    DynamicOption{"log.retention.roll-active-segment.enabled"},
    DynamicOption{"log.replica.min-in-sync-replicas-number"},
    DynamicOption{"kv.leader-replica.memory-reserved"},
    DynamicOption{"kv.rocksdb.shared-rate-limiter.bytes-per-sec"},
    DynamicOption{"kv.snapshot.interval"},
    DynamicOption{"server.data-disk.write-limit-ratio"},
    DynamicOption{"server.data-disk.write-recover-ratio"},
    DynamicOption{"server.historical-partition.lookup-cache.max-disk-ratio"},
    DynamicOption{"server.historical-partition.lookuper-cache.expire-after-access"},
    DynamicOption{"remote.data.dirs", Shape::kList},
    DynamicOption{"remote.data.dirs.strategy"},
    DynamicOption{"remote.data.dirs.weights", Shape::kList},
    DynamicOption{kCredentials, Shape::kMap},
};

Error Refused(std::string message) {
  return {ErrorCode::kConfig, std::move(message)};
}

Result<Shape> ShapeOf(const std::string& key) {
  for (const DynamicOption& option : kDynamicOptions) {
    if (option.key == key) return option.shape;
  }
  if (key.starts_with("datalake.")) return Shape::kValue;
  return Refused(fmt::format("Option {} can not be changed at run time", key));
}

std::string_view Trim(std::string_view text) {
  size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> Items(std::string_view list) {
  std::vector<std::string> items;
  while (true) {
    size_t comma = list.find(',');
    std::string_view item = Trim(list.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    if (comma == list.npos) return items;
    list.remove_prefix(comma + 1);
  }
}

// What names an item of a list or map: itself, or its part before ':'.
Result<std::string> NameOf(const std::string& key, Shape shape, const std::string& item) {
  if (shape == Shape::kList) return item;
  size_t colon = item.find(':');
  if (colon == 0 || colon == item.npos) {
    return Refused(fmt::format("Option {} is a map: its items have the form key:value", key));
  }
  return item.substr(0, colon);
}

// The option's value with one item more; a second one of the same key is refused in a map.
Result<std::string> Append(const std::string& key, Shape shape, const std::string& current,
                           const std::string& item) {
  if (shape == Shape::kMap) {
    TRY_ASSIGN(std::string name, NameOf(key, shape, item));
    for (const std::string& existing : Items(current)) {
      TRY_ASSIGN(std::string existing_name, NameOf(key, shape, existing));
      if (existing_name == name) {
        return Refused(fmt::format("Option {} has an item '{}' already", key, name));
      }
    }
  }
  return current.empty() ? item : current + "," + item;
}

// The option's value without the item; nothing when no item is left.
Result<std::optional<std::string>> Subtract(const std::string& key, Shape shape,
                                            const std::string& current, const std::string& item) {
  TRY_ASSIGN(std::string name, NameOf(key, shape, item));
  std::string rest;
  for (const std::string& existing : Items(current)) {
    TRY_ASSIGN(std::string existing_name, NameOf(key, shape, existing));
    if (existing_name == name) continue;
    rest += (rest.empty() ? "" : ",") + existing;
  }
  if (rest.empty()) return std::optional<std::string>();
  return std::optional(std::move(rest));
}

// The value in force: the one set at run time, else the one of server.yaml, else "".
std::string Effective(const metastore::ServerConfigs& configs, const ConfigRules& rules,
                      const std::string& key) {
  if (auto set = configs.find(key); set != configs.end()) return set->second.value_or("");
  auto initial = rules.initial.find(key);
  return initial == rules.initial.end() ? "" : initial->second;
}

Result<void> Apply(const ConfigChange& change, const ConfigRules& rules,
                   metastore::ServerConfigs& configs) {
  const std::string& key = change.key;
  TRY_ASSIGN(Shape shape, ShapeOf(key));
  if (change.kind == ConfigChange::Kind::kDelete) {
    configs.erase(key);
    return {};
  }
  if (!change.value) return Refused(fmt::format("Option {}: the new value is missing", key));
  if (change.kind == ConfigChange::Kind::kSet) {
    configs[key] = change.value;
    return {};
  }
  if (shape == Shape::kValue) {
    return Refused(fmt::format(
        "Option {} is neither a list nor a map: nothing can be appended or subtracted", key));
  }
  std::string current = Effective(configs, rules, key);
  if (change.kind == ConfigChange::Kind::kAppend) {
    TRY_ASSIGN(configs[key], Append(key, shape, current, *change.value));
  } else if (change.kind == ConfigChange::Kind::kSubtract) {
    if (current.empty()) return {};
    TRY_ASSIGN(configs[key], Subtract(key, shape, current, *change.value));
  } else {
    return Refused(fmt::format("Option {}: unknown kind of change {}", key,
                               static_cast<int32_t>(change.kind)));
  }
  return {};
}

}  // namespace

Result<Decision> DecideAlterConfigs(const State& state, const ConfigRules& rules,
                                    const std::vector<ConfigChange>& changes) {
  const metastore::ServerConfigs& current = state.view.server_configs();
  metastore::ServerConfigs configs = current;
  for (const ConfigChange& change : changes) TRY(Apply(change, rules, configs));
  for (const auto& [key, value] : configs) {
    auto old = current.find(key);
    bool changed = old == current.end() || old->second != value;
    if (!changed || !value || !rules.validate) continue;
    if (auto valid = rules.validate(key, *value); !valid) return Refused(valid.error().message);
  }
  if (configs == current) return Decision();

  Decision decision{.next = state};
  std::string path(paths::kServerConfigs);
  std::string json = metastore::EncodeServerConfigs(configs);
  decision.ops = {state.has_server_configs
                      ? metastore::SetOp(path, json)
                      : metastore::CreateOp(path, json, metastore::Parents::kCreate)};
  decision.next.has_server_configs = true;
  decision.next.view.SetServerConfigs(std::move(configs));
  return decision;
}

std::string RedactConfig(const std::string& key, const std::string& value) {
  if (key == kCredentials) {
    std::string masked;
    for (const std::string& item : Items(value)) {
      size_t colon = item.find(':');
      if (colon == 0 || colon == item.npos) return std::string(kMasked);
      masked += fmt::format("{}{}:{}", masked.empty() ? "" : ",", item.substr(0, colon), kMasked);
    }
    return masked;
  }
  if (key.starts_with("security.sasl.") && key.ends_with("plain.jaas.config")) {
    return std::string(kMasked);
  }
  return value;
}

}  // namespace millrace::coordinator
