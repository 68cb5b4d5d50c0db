// The values of nodes as JSON: compact, `version` first, members in the order that Fluss writes
// them.
#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/bytes.h"
#include "base/endian.h"
#include "metastore/catalog.h"

namespace millrace::metastore {
namespace {

using Json = nlohmann::ordered_json;
using Properties = std::map<std::string, std::string>;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ServersToJson(const std::vector<ServerId>& servers) {
  Json array = Json::array();
  for (ServerId server : servers) array.push_back(server.value);
  return array;
}

Json AssignmentToJson(const Assignment& assignment) {
  Json buckets = Json::object();
  for (const auto& [bucket, replicas] : assignment) {
    buckets[std::to_string(bucket.value)] = ServersToJson(replicas);
  }
  return buckets;
}

// Reads members of one object; the first that is missing or of another type becomes the error.
class Reader {
 public:
  // `what` names the node in errors.
  Reader(std::string what, std::string_view text)
      : what_(std::move(what)), json_(Json::parse(text, nullptr, /*allow_exceptions=*/false)) {
    if (!json_.is_object()) Fail("is no JSON object");
  }

  const std::optional<Error>& error() const { return error_; }
  bool Has(const char* name) const { return json_.is_object() && json_.contains(name); }

  template <class Int = int64_t>
  Int Integer(const char* name) {
    const Json* value = Member(name);
    if (std::optional<Int> integer = IntegerOf<Int>(value)) return *integer;
    Fail(fmt::format("has no integer '{}'", name));
    return 0;
  }

  std::optional<std::string> OptionalText(const char* name) {
    const Json* value = Member(name);
    if (!value || value->is_null()) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    Fail(fmt::format("has a '{}' that is no text", name));
    return std::nullopt;
  }

  std::vector<std::string> OptionalTexts(const char* name) {
    std::vector<std::string> texts;
    const Json* value = Member(name);
    if (!value) return texts;
    if (!value->is_array()) {
      Fail(fmt::format("has a '{}' that is no array", name));
      return texts;
    }
    for (const Json& item : *value) {
      if (!item.is_string()) {
        Fail(fmt::format("has a '{}' that holds more than texts", name));
        break;
      }
      texts.push_back(item.get<std::string>());
    }
    return texts;
  }

  // Values of an object of texts; null ones only where allowed.
  std::map<std::string, std::optional<std::string>> NullableTextMap(const char* name) {
    std::map<std::string, std::optional<std::string>> texts;
    const Json* value = Member(name);
    if (!value || !value->is_object()) {
      Fail(fmt::format("has no object '{}'", name));
      return texts;
    }
    for (const auto& [key, item] : value->items()) {
      if (item.is_null()) {
        texts[key] = std::nullopt;
      } else if (item.is_string()) {
        texts[key] = item.get<std::string>();
      } else if (item.is_structured()) {
        Fail(fmt::format("has no text for '{}' in '{}'", key, name));
      } else {
        texts[key] = item.dump();
      }
    }
    return texts;
  }

  Properties TextMap(const char* name) {
    Properties properties;
    for (auto& [key, value] : NullableTextMap(name)) {
      properties[key] = std::move(value).value_or("null");
    }
    return properties;
  }

  std::vector<ServerId> Servers(const char* name) { return ServersOf(Member(name), name); }

  Assignment Buckets(const char* name) {
    Assignment assignment;
    const Json* value = Member(name);
    if (!value || !value->is_object()) {
      Fail(fmt::format("has no object '{}'", name));
      return assignment;
    }
    for (const auto& [key, replicas] : value->items()) {
      int32_t bucket = -1;
      auto [end, bad] = std::from_chars(key.data(), key.data() + key.size(), bucket);
      if (bad != std::errc() || end != key.data() + key.size() || bucket < 0) {
        Fail(fmt::format("has a bucket '{}'", key));
        break;
      }
      assignment[BucketId{bucket}] = ServersOf(&replicas, key.c_str());
    }
    return assignment;
  }

 private:
  const Json* Member(const char* name) const {
    if (!json_.is_object()) return nullptr;
    auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }

  // Nothing when it is no integer or out of range.
  template <class Int>
  static std::optional<Int> IntegerOf(const Json* value) {
    if (!value || !value->is_number_integer()) return std::nullopt;
    if (value->is_number_unsigned() && !std::in_range<Int>(value->get<uint64_t>())) {
      return std::nullopt;
    }
    if (!std::in_range<Int>(value->get<int64_t>())) return std::nullopt;
    return value->get<Int>();
  }

  std::vector<ServerId> ServersOf(const Json* value, const char* name) {
    std::vector<ServerId> servers;
    bool good = value && value->is_array();
    for (size_t i = 0; good && i < value->size(); i++) {
      std::optional<int32_t> server = IntegerOf<int32_t>(&(*value)[i]);
      good = server.has_value();
      servers.push_back({server.value_or(-1)});
    }
    if (!good) Fail(fmt::format("has no array of server ids '{}'", name));
    return servers;
  }

  void Fail(std::string reason) {
    if (error_) return;
    error_ = Error{ErrorCode::kUnknownServerError, fmt::format("metadata of {} {}", what_, reason)};
  }

  std::string what_;
  Json json_;
  std::optional<Error> error_;
};

}  // namespace

std::string EncodeDatabase(const DatabaseInfo& database) {
  Json json = {{"version", 1}};
  if (database.descriptor.comment) json["comment"] = *database.descriptor.comment;
  json["custom_properties"] = database.descriptor.custom_properties;
  json["created_time"] = database.created.value;
  json["modified_time"] = database.modified.value;
  return Dump(json);
}

Result<DatabaseInfo> DecodeDatabase(std::string_view name, std::string_view text) {
  Reader reader(fmt::format("database {}", name), text);
  DatabaseInfo database{.name = std::string(name),
                        .descriptor = {.comment = reader.OptionalText("comment"),
                                       .custom_properties = reader.TextMap("custom_properties")},
                        .created = {reader.Integer("created_time")},
                        .modified = {reader.Integer("modified_time")}};
  if (reader.error()) return *reader.error();
  return database;
}

std::string EncodeTable(const TableInfo& table) {
  const schema::TableDescriptor& descriptor = table.descriptor;
  Json json = {{"version", 1}, {"table_id", table.id.value}};
  if (descriptor.comment) json["comment"] = *descriptor.comment;
  if (!descriptor.partition_keys.empty()) json["partition_key"] = descriptor.partition_keys;
  if (!descriptor.bucket_keys.empty()) json["bucket_key"] = descriptor.bucket_keys;
  json["bucket_count"] = descriptor.bucket_count.value_or(1);
  json["properties"] = descriptor.properties;
  json["custom_properties"] = descriptor.custom_properties;
  if (table.remote_data_dir) json["remote_data_dir"] = *table.remote_data_dir;
  json["created_time"] = table.created.value;
  json["modified_time"] = table.modified.value;
  return Dump(json);
}

Result<TableInfo> DecodeTable(const TablePath& path, std::string_view text) {
  Reader reader(fmt::format("table {}", path.ToString()), text);
  TableInfo table;
  table.path = path;
  table.id = {reader.Integer("table_id")};
  table.descriptor.comment = reader.OptionalText("comment");
  table.descriptor.partition_keys = reader.OptionalTexts("partition_key");
  table.descriptor.bucket_keys = reader.OptionalTexts("bucket_key");
  table.descriptor.bucket_count = reader.Integer<int32_t>("bucket_count");
  table.descriptor.properties = reader.TextMap("properties");
  table.descriptor.custom_properties = reader.TextMap("custom_properties");
  table.remote_data_dir = reader.OptionalText("remote_data_dir");
  table.created = {reader.Integer("created_time")};
  table.modified = {reader.Integer("modified_time")};
  if (reader.error()) return *reader.error();
  return table;
}

std::string EncodePartition(const PartitionInfo& partition) {
  Json json = {
      {"version", 1}, {"table_id", partition.table_id.value}, {"partition_id", partition.id.value}};
  if (partition.remote_data_dir) json["remote_data_dir"] = *partition.remote_data_dir;
  return Dump(json);
}

Result<PartitionInfo> DecodePartition(std::string_view name, std::string_view text) {
  Reader reader(fmt::format("partition {}", name), text);
  PartitionInfo partition{.id = {reader.Integer("partition_id")},
                          .table_id = {reader.Integer("table_id")},
                          .name = std::string(name),
                          .remote_data_dir = reader.OptionalText("remote_data_dir")};
  if (reader.error()) return *reader.error();
  return partition;
}

std::string EncodeTableAssignment(const Assignment& assignment) {
  return Dump({{"version", 1}, {"buckets", AssignmentToJson(assignment)}});
}

std::string EncodePartitionAssignment(TableId table, const Assignment& assignment) {
  return Dump(
      {{"version", 1}, {"table_id", table.value}, {"buckets", AssignmentToJson(assignment)}});
}

Result<DecodedAssignment> DecodeAssignment(std::string_view path, std::string_view text) {
  Reader reader(std::string(path), text);
  DecodedAssignment assignment;
  if (reader.Has("table_id")) assignment.table_id = TableId{reader.Integer("table_id")};
  assignment.buckets = reader.Buckets("buckets");
  if (reader.error()) return *reader.error();
  return assignment;
}

std::string EncodeLeaderIsr(const LeaderIsr& state) {
  return Dump({{"version", 2},
               {"leader", state.leader.value},
               {"leader_epoch", state.leader_epoch.value},
               {"isr", ServersToJson(state.isr)},
               {"coordinator_epoch", state.coordinator_epoch},
               {"bucket_epoch", state.bucket_epoch},
               {"standby_replicas", ServersToJson(state.standby_replicas)}});
}

Result<LeaderIsr> DecodeLeaderIsr(std::string_view path, std::string_view text) {
  Reader reader(std::string(path), text);
  LeaderIsr state{.leader = {reader.Integer<int32_t>("leader")},
                  .leader_epoch = {reader.Integer<int32_t>("leader_epoch")},
                  .isr = reader.Servers("isr"),
                  .coordinator_epoch = reader.Integer<int32_t>("coordinator_epoch"),
                  .bucket_epoch = reader.Integer<int32_t>("bucket_epoch")};
  // Version 1, of Fluss 0.9, has none.
  if (reader.Has("standby_replicas")) state.standby_replicas = reader.Servers("standby_replicas");
  if (reader.error()) return *reader.error();
  return state;
}

std::string EncodeCounter(int64_t next) {
  std::string value(sizeof(next), '\0');
  StoreBig(reinterpret_cast<std::byte*>(value.data()), next);
  return value;
}

Result<int64_t> DecodeCounter(std::string_view path, std::string_view value) {
  int64_t next = value.size() == sizeof(int64_t) ? LoadBig<int64_t>(AsBytes(value).data()) : -1;
  if (next < 0) {
    return Error{ErrorCode::kUnknownServerError,
                 fmt::format("metadata of {} is no counter of 8 bytes", path)};
  }
  return next;
}

std::string EncodeServerConfigs(const ServerConfigs& configs) {
  Json values = Json::object();
  for (const auto& [key, value] : configs) values[key] = value ? Json(*value) : Json(nullptr);
  return Dump({{"version", 1}, {"configs", values}});
}

Result<ServerConfigs> DecodeServerConfigs(std::string_view text) {
  Reader reader(std::string(paths::kServerConfigs), text);
  ServerConfigs configs = reader.NullableTextMap("configs");
  if (reader.error()) return *reader.error();
  return configs;
}

}  // namespace millrace::metastore
