// The coordinator's decisions: pure functions from the state and a request to what is to happen.
// They look at no clock, disk or network, so every rule is tested as a table of cases.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "coordinator/metadata_view.h"
#include "coordinator/tablet_control.h"
#include "metastore/catalog.h"
#include "schema/alter.h"
#include "schema/partition.h"
#include "schema/validation.h"

namespace millrace::coordinator {

// Clients expect it to be there: made at start, never dropped.
inline constexpr std::string_view kDefaultDatabase = "fluss";

// What the coordinator keeps in memory: the view that readers get, and what only it needs.
struct State {
  MetadataView view;
  metastore::Counter next_table;
  metastore::Counter next_partition;
  bool has_server_configs = false;
};

// Options of the server that bound what may be created, with Fluss's defaults.
struct Limits {
  schema::ClusterLimits tables;
  int32_t max_partition_num = 1000;  // of a table
};

// What a decision may know besides the state.
struct Context {
  const Limits& limits;
  // Gets all replicas: the only tablet server there is.
  ServerId tablet_server;
  std::optional<std::string> remote_data_dir;
  TimestampMs now;
};

// One line of ALTER_CLUSTER_CONFIGS. Append and subtract are for options that are lists or maps.
struct ConfigChange {
  enum class Kind : int32_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };
  std::string key;
  std::optional<std::string> value;
  Kind kind = Kind::kSet;
};

// ALTER_TABLE: properties or columns, not both.
struct TableChanges {
  std::vector<schema::PropertyChange> properties = {};
  std::vector<schema::AddColumn> add_columns = {};
  // A change of columns that is asked for besides and that no Fluss server makes, such as "drop
  // column 'a'"; refused with these words.
  std::optional<std::string> unsupported = std::nullopt;
};

// Options that ALTER_CLUSTER_CONFIGS may change.
struct ConfigRules {
  // Of server.yaml.
  std::map<std::string, std::string> initial;
  // Whether the value is one for the option, e.g. that it parses. kConfig. None: any is.
  std::function<Result<void>(const std::string& key, const std::string& value)> validate = {};
};

// The replicas of a dropped table (unpartitioned) or partition, and the node to delete after them.
struct DroppedReplicas {
  std::string assignment_node;
  std::vector<TabletControl::StopRequest> replicas;
};

// What is to happen, in this order. Nothing at all when `ops` is empty: the state is already as
// asked.
struct Decision {
  // One transaction; the rest holds only if it commits.
  std::vector<metastore::Op> ops;
  // The state after it.
  State next;
  std::vector<ReplicaSpec> start;
  std::shared_ptr<const metastore::TableMetadata> update;
  std::vector<DroppedReplicas> drop;
  // A table whose partitions are to be checked right away.
  std::optional<TableId> auto_partition;
};

// ---- Databases: decide/database.cc ----

Result<Decision> DecideCreateDatabase(const State& state, const Context& context,
                                      const std::string& name,
                                      const schema::DatabaseDescriptor& descriptor,
                                      bool ignore_if_exists);
Result<Decision> DecideAlterDatabase(const State& state, const Context& context,
                                     const std::string& name,
                                     const std::vector<schema::PropertyChange>& changes,
                                     const std::optional<std::string>& comment,
                                     bool ignore_if_not_exists);
Result<Decision> DecideDropDatabase(const State& state, const std::string& name,
                                    bool ignore_if_not_exists, bool cascade);

// ---- Tables: decide/table.cc ----

Result<Decision> DecideCreateTable(const State& state, const Context& context,
                                   const TablePath& path, schema::TableDescriptor descriptor,
                                   bool ignore_if_exists);
Result<Decision> DecideAlterTable(const State& state, const Context& context, const TablePath& path,
                                  const TableChanges& changes, bool ignore_if_not_exists);
Result<Decision> DecideDropTable(const State& state, const TablePath& path,
                                 bool ignore_if_not_exists);

// ---- Partitions: decide/partition.cc ----

Result<Decision> DecideCreatePartition(const State& state, const Context& context,
                                       const TablePath& path, const schema::PartitionSpec& spec,
                                       bool ignore_if_exists);
Result<Decision> DecideDropPartition(const State& state, const TablePath& path,
                                     const schema::PartitionSpec& spec, bool ignore_if_not_exists);

// What auto-partitioning wants of one table. Empty for tables that don't have it on.
struct AutoPartitionPlan {
  std::vector<std::string> drop;
  std::vector<std::string> create;
};
AutoPartitionPlan PlanAutoPartition(const TableEntry& table, const Context& context);
// Creates or drops a partition by its name. The table and, to drop it, the partition must exist.
Result<Decision> DecideCreateNamedPartition(const State& state, const Context& context,
                                            const TablePath& path, const std::string& name);
Decision DecideDropNamedPartition(const State& state, const TablePath& path,
                                  const std::string& name);

// ---- Options: decide/configs.cc ----

// kConfig.
Result<Decision> DecideAlterConfigs(const State& state, const ConfigRules& rules,
                                    const std::vector<ConfigChange>& changes);
// The option's value as DESCRIBE_CLUSTER_CONFIGS may show it: secrets masked.
std::string RedactConfig(const std::string& key, const std::string& value);

}  // namespace millrace::coordinator
