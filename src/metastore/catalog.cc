#include "metastore/catalog.h"

#include <fmt/format.h>

#include <charconv>
#include <unordered_map>

namespace millrace::metastore {
namespace {

using Tree = std::vector<std::pair<std::string, Node>>;

// The components of `path` below `root`: for "/a/b/c" below "/a", {"b", "c"}.
std::vector<std::string_view> ComponentsBelow(std::string_view root, std::string_view path) {
  std::vector<std::string_view> components;
  if (path.size() <= root.size()) return components;
  path.remove_prefix(root.size() + 1);
  while (true) {
    size_t slash = path.find('/');
    components.push_back(path.substr(0, slash));
    if (slash == path.npos) return components;
    path.remove_prefix(slash + 1);
  }
}

template <class Int>
Result<Int> ParseId(std::string_view path, std::string_view text) {
  Int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    return Error{ErrorCode::kUnknownServerError,
                 fmt::format("metadata node {}: '{}' is no number", path, text)};
  }
  return value;
}

// Reads the nodes below /metadata/databases.
class DatabasesReader {
 public:
  explicit DatabasesReader(Catalog& catalog) : catalog_(catalog) {}

  // Nodes come parents first. A table node without a value does not exist yet, or not any more:
  // Fluss makes the schema, and with it the empty table node, first.
  Result<void> Add(const std::string& path, const Node& node) {
    auto parts = ComponentsBelow(paths::kDatabases, path);
    if (parts.size() == 1 && !node.value.empty()) {
      TRY_ASSIGN(auto database, DecodeDatabase(parts[0], node.value));
      catalog_.databases.push_back(std::move(database));
    } else if (parts.size() == 3 && parts[1] == "tables" && !node.value.empty()) {
      TablePath table{std::string(parts[0]), std::string(parts[2])};
      TRY_ASSIGN(TableInfo info, DecodeTable(table, node.value));
      tables_[table].info = std::move(info);
    } else if (parts.size() == 5 && parts[3] == "schemas") {
      return AddSchema({std::string(parts[0]), std::string(parts[2])}, parts[4], path, node);
    } else if (parts.size() == 5 && parts[3] == "partitions") {
      TRY_ASSIGN(auto partition, DecodePartition(parts[4], node.value));
      partitions_.emplace_back(TablePath{std::string(parts[0]), std::string(parts[2])},
                               std::move(partition));
    }
    return {};
  }

  Result<void> Finish() {
    for (auto& [path, table] : tables_) {
      if (table.schemas.empty()) {
        return Error{ErrorCode::kUnknownServerError,
                     fmt::format("metadata of table {} has no schema", path.ToString())};
      }
      const auto& [id, current] = *table.schemas.rbegin();
      table.info.schema_id = id;
      table.info.descriptor.schema = *current;
      table.descriptor_json = schema::TableDescriptorToJson(table.info.descriptor);
      catalog_.tables.push_back(std::make_shared<const TableMetadata>(std::move(table)));
    }
    for (auto& [path, partition] : partitions_) {
      if (tables_.contains(path)) catalog_.partitions.push_back(std::move(partition));
    }
    return {};
  }

 private:
  Result<void> AddSchema(const TablePath& path, std::string_view id_text,
                         const std::string& node_path, const Node& node) {
    auto table = tables_.find(path);
    if (table == tables_.end()) return {};
    TRY_ASSIGN(int32_t id, ParseId<int32_t>(node_path, id_text));
    auto parsed = schema::ParseSchema(node.value);
    if (!parsed) {
      return Error{ErrorCode::kUnknownServerError,
                   fmt::format("metadata of schema {} of table {}: {}", id, path.ToString(),
                               parsed.error().message)};
    }
    table->second.schemas[SchemaId{id}] =
        std::make_shared<const schema::Schema>(*std::move(parsed));
    return {};
  }

  Catalog& catalog_;
  std::unordered_map<TablePath, TableMetadata> tables_;
  std::vector<std::pair<TablePath, PartitionInfo>> partitions_;
};

// Reads the nodes below /tabletservers/tables or /tabletservers/partitions.
template <class Id>
Result<void> ReadBuckets(std::string_view root, const Tree& tree, std::map<Id, BucketStates>& to) {
  for (const auto& [path, node] : tree) {
    auto parts = ComponentsBelow(root, path);
    if (parts.empty() || node.value.empty()) continue;
    TRY_ASSIGN(int64_t id, ParseId<int64_t>(path, parts[0]));
    if (parts.size() == 1) {
      TRY_ASSIGN(auto decoded, DecodeAssignment(path, node.value));
      to[Id{id}].table_id = decoded.table_id.value_or(TableId{id});
      to[Id{id}].assignment = std::move(decoded.buckets);
    } else if (parts.size() == 4 && parts[1] == "buckets" && parts[3] == "leader_isr") {
      TRY_ASSIGN(int32_t bucket, ParseId<int32_t>(path, parts[2]));
      TRY_ASSIGN(auto state, DecodeLeaderIsr(path, node.value));
      to[Id{id}].leader_isr[BucketId{bucket}] = std::move(state);
    }
  }
  return {};
}

}  // namespace

runtime::Task<Result<Counter>> LoadCounter(Store& store, std::string path) {
  CO_TRY_ASSIGN(auto node, co_await store.Get(path));
  if (!node) co_return Counter{};
  CO_TRY_ASSIGN(int64_t next, DecodeCounter(path, node->value));
  co_return Counter{next, node->version};
}

Op AdvanceCounterOp(std::string_view path, const Counter& counter, int64_t next) {
  if (!counter.version) return CreateOp(std::string(path), EncodeCounter(next), Parents::kCreate);
  return SetOp(std::string(path), EncodeCounter(next), *counter.version);
}

Counter Advanced(const Counter& counter, int64_t next) {
  return {next, counter.version ? *counter.version + 1 : 0};
}

std::vector<Op> CreateAssignmentOps(TableId table, std::optional<PartitionId> partition,
                                    const Assignment& assignment,
                                    const std::map<BucketId, LeaderIsr>& state) {
  std::vector<Op> ops;
  if (partition) {
    ops.push_back(CreateOp(paths::PartitionAssignment(*partition),
                           EncodePartitionAssignment(table, assignment), Parents::kCreate));
  } else {
    ops.push_back(CreateOp(paths::TableAssignment(table), EncodeTableAssignment(assignment),
                           Parents::kCreate));
  }
  for (const auto& [id, replicas] : assignment) {
    ops.push_back(CreateOp(paths::LeaderIsr({table, partition, id}), EncodeLeaderIsr(state.at(id)),
                           Parents::kCreate));
  }
  return ops;
}

runtime::Task<Result<Catalog>> LoadCatalog(Store& store) {
  Catalog catalog;
  CO_TRY_ASSIGN(Tree databases, co_await store.GetTree(std::string(paths::kDatabases)));
  DatabasesReader reader(catalog);
  for (const auto& [path, node] : databases) CO_TRY(reader.Add(path, node));
  CO_TRY(reader.Finish());

  CO_TRY_ASSIGN(Tree tables, co_await store.GetTree(std::string(paths::kTableAssignments)));
  CO_TRY(ReadBuckets(paths::kTableAssignments, tables, catalog.table_buckets));
  CO_TRY_ASSIGN(Tree partitions, co_await store.GetTree(std::string(paths::kPartitionAssignments)));
  CO_TRY(ReadBuckets(paths::kPartitionAssignments, partitions, catalog.partition_buckets));

  CO_TRY_ASSIGN(catalog.next_table, co_await LoadCounter(store, std::string(paths::kTableCounter)));
  CO_TRY_ASSIGN(catalog.next_partition,
                co_await LoadCounter(store, std::string(paths::kPartitionCounter)));
  CO_TRY_ASSIGN(catalog.next_writer,
                co_await LoadCounter(store, std::string(paths::kWriterCounter)));

  CO_TRY_ASSIGN(auto configs, co_await store.Get(std::string(paths::kServerConfigs)));
  if (configs && !configs->value.empty()) {
    CO_TRY_ASSIGN(catalog.server_configs, DecodeServerConfigs(configs->value));
  }
  catalog.has_server_configs = configs.has_value();
  co_return catalog;
}

}  // namespace millrace::metastore
