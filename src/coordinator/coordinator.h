// The coordinator: the only writer of metadata.
//
// Writes run on one shard, one at a time, in order of arrival. Each is decided from the state in
// memory (decide.h), committed to the store as one transaction, so that a crash leaves all of it or
// none, then published as a new MetadataView, and carried out on the tablet server. Reads take the
// view, from any shard, and never wait.
//
// When a write has been answered, every later view shows it, and its buckets serve.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "coordinator/decide/decide.h"
#include "coordinator/metadata_view.h"
#include "coordinator/tablet_control.h"
#include "metastore/producer_offsets.h"
#include "metastore/store.h"
#include "runtime/clock.h"
#include "runtime/event.h"
#include "runtime/serializer.h"
#include "runtime/shard.h"

namespace millrace::coordinator {

struct CoordinatorOptions {
  Limits limits;
  // The tablet server that gets all replicas.
  ServerId tablet_server{0};
  // Root of remote storage that new tables and partitions get.
  std::optional<std::string> remote_data_dir = std::nullopt;
  std::chrono::milliseconds auto_partition_check_interval = std::chrono::minutes(10);
  ConfigRules config_rules;
  // Called on the coordinator's shard with the values set at run time: once in Start, and after
  // each AlterConfigs, before it is answered.
  std::function<void(const metastore::ServerConfigs&)> on_configs_changed = {};
};

// One line of DESCRIBE_CLUSTER_CONFIGS.
struct ConfigEntry {
  std::string key;
  std::optional<std::string> value;
  bool dynamic = false;  // set at run time; else from server.yaml
};

class Coordinator {
 public:
  // All references must outlive the coordinator. `clock` gives the wall time of records and of
  // auto-partitioning.
  Coordinator(runtime::Shard& shard, runtime::Clock& clock, metastore::Store& store,
              TabletControl& tablets, CoordinatorOptions options);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  runtime::Shard& shard() { return shard_; }

  // ---- Any thread ----

  // The newest metadata; never null. Empty before Start.
  std::shared_ptr<const MetadataView> view() const;
  // Static options and those set at run time, sorted by key.
  std::vector<ConfigEntry> DescribeConfigs() const;

  // ---- On shard() only: use runtime::RunOn(coordinator.shard(), coordinator.X(...)) ----

  // Loads the catalog, makes the database `fluss` when there is none, hands all replicas to the
  // tablet server, deletes what dropped tables left, and begins auto-partitioning. Once, before the
  // others.
  runtime::Task<Result<void>> Start();
  // Ends the auto-partitioning and waits for what is under way. Call it before the destructor.
  runtime::Task<> Stop();

  // kInvalidDatabase, kDatabaseAlreadyExist.
  runtime::Task<Result<void>> CreateDatabase(std::string name,
                                             schema::DatabaseDescriptor descriptor,
                                             bool ignore_if_exists);
  // Changes custom properties. An empty comment removes it, none leaves it. kDatabaseNotExist.
  runtime::Task<Result<void>> AlterDatabase(std::string name,
                                            std::vector<schema::PropertyChange> changes,
                                            std::optional<std::string> comment,
                                            bool ignore_if_not_exists);
  // kDatabaseNotExist, kDatabaseNotEmpty without cascade, kUnknownServerError for `fluss`.
  runtime::Task<Result<void>> DropDatabase(std::string name, bool ignore_if_not_exists,
                                           bool cascade);

  // kInvalidDatabase, kInvalidTable, kInvalidConfig,
  // kInvalidReplicationFactor, kBucketMaxNum, kDatabaseNotExist, kTableAlreadyExist.
  runtime::Task<Result<void>> CreateTable(TablePath path, schema::TableDescriptor descriptor,
                                          bool ignore_if_exists);
  // kTableNotExist, kInvalidAlterTable, kInvalidConfig, kInvalidTable; kUnknownServerError for
  // changes that no Fluss server makes.
  runtime::Task<Result<void>> AlterTable(TablePath path, TableChanges changes,
                                         bool ignore_if_not_exists);
  // kTableNotExist.
  runtime::Task<Result<void>> DropTable(TablePath path, bool ignore_if_not_exists);

  // kTableNotExist, kTableNotPartitioned, kPartitionSpecInvalid, kPartitionAlreadyExists,
  // kPartitionMaxNum, kBucketMaxNum.
  runtime::Task<Result<void>> CreatePartition(TablePath path, schema::PartitionSpec spec,
                                              bool ignore_if_exists);
  // kTableNotExist, kTableNotPartitioned, kPartitionSpecInvalid, kPartitionNotExists.
  runtime::Task<Result<void>> DropPartition(TablePath path, schema::PartitionSpec spec,
                                            bool ignore_if_not_exists);

  // Never the same twice, also across restarts.
  runtime::Task<Result<WriterId>> NextWriterId();

  // The first of `count` numbers for an auto-increment column: never the same twice, also across
  // restarts. kTableNotExist.
  runtime::Task<Result<int64_t>> TakeIds(TablePath path, int32_t column_id, int64_t count);

  // Keeps where a producer begins, until it expires; false if it is known already, and then nothing
  // changes. kInvalidProducerId.
  runtime::Task<Result<bool>> RegisterProducer(std::string id, metastore::ProducerOffsets offsets);
  // None for one that is not known, or has expired.
  runtime::Task<Result<std::optional<metastore::ProducerOffsets>>> FindProducer(std::string id);
  // Done, too, for one that is not known.
  runtime::Task<Result<void>> DeleteProducer(std::string id);

  // All changes or none. kConfig.
  runtime::Task<Result<void>> AlterConfigs(std::vector<ConfigChange> changes);

  // What the check interval does: partitions due are made, those past retention dropped. Failures
  // are logged, per partition.
  runtime::Task<> CheckAutoPartitions();

 private:
  Context Now() const;
  runtime::Task<Result<void>> Execute(Decision decision);
  runtime::Task<> StartReplicas(std::vector<ReplicaSpec> replicas);
  runtime::Task<> DeleteReplicas(std::vector<DroppedReplicas> dropped, runtime::Gate::Pass pass);
  // In the caller's turn.
  runtime::Task<> AutoPartition(TableId id);
  runtime::Task<> AutoPartitionLoop(runtime::Gate::Pass pass);
  void Publish();
  runtime::Task<Result<void>> DeleteExpiredProducers();

  runtime::Shard& shard_;
  runtime::Clock& clock_;
  metastore::Store& store_;
  TabletControl& tablets_;
  const CoordinatorOptions options_;

  // Of the shard.
  State state_;
  runtime::Serializer writes_;
  // Deletions and the auto-partition loop.
  runtime::Gate under_way_;
  runtime::Event stopping_;

  // Apart from state_ too.
  runtime::Serializer producers_;

  // Writer ids are taken from the store in blocks. Of the shard; apart from state_, so that a new
  // writer does not wait for a DDL.
  runtime::Serializer writer_ids_;
  metastore::Counter writer_counter_;
  int64_t next_writer_id_ = 0;

  // Guards the pointer alone.
  mutable std::mutex view_mutex_;
  std::shared_ptr<const MetadataView> view_;
};

}  // namespace millrace::coordinator
