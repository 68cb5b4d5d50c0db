#include "metastore/producer_offsets.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace millrace::metastore {
namespace {

using Json = nlohmann::ordered_json;

std::optional<int64_t> Integer(const Json& object, const char* name) {
  auto it = object.find(name);
  if (it == object.end() || !it->is_number_integer()) return std::nullopt;
  return it->get<int64_t>();
}

std::optional<ProducerOffsets::Bucket> BucketOf(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  auto table = Integer(json, "table_id"), bucket = Integer(json, "bucket_id");
  auto end = Integer(json, "log_end_offset");
  if (!table || !bucket || !end) return std::nullopt;
  ProducerOffsets::Bucket result = {{{*table}, std::nullopt, {static_cast<int32_t>(*bucket)}},
                                    {*end}};
  if (auto partition = Integer(json, "partition_id")) {
    result.bucket.partition_id = PartitionId{*partition};
  }
  return result;
}

}  // namespace

std::string paths::Producer(std::string_view id) {
  return fmt::format("{}/{}", kProducers, id);
}

std::string EncodeProducerOffsets(const ProducerOffsets& offsets) {
  Json buckets = Json::array();
  for (const auto& [bucket, end] : offsets.buckets) {
    Json json = {{"table_id", bucket.table_id.value}};
    if (bucket.partition_id) json["partition_id"] = bucket.partition_id->value;
    json["bucket_id"] = bucket.bucket_id.value;
    json["log_end_offset"] = end.value;
    buckets.push_back(std::move(json));
  }
  Json json = {
      {"version", 1}, {"expiration_time", offsets.expires.value}, {"buckets", std::move(buckets)}};
  return json.dump();
}

Result<ProducerOffsets> DecodeProducerOffsets(std::string_view path, std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  Error malformed = {ErrorCode::kUnknownServerError,
                     fmt::format("metadata of {} are no producer's offsets", path)};
  if (!json.is_object()) return malformed;
  auto expires = Integer(json, "expiration_time");
  auto buckets = json.find("buckets");
  if (!expires || buckets == json.end() || !buckets->is_array()) return malformed;
  ProducerOffsets offsets = {{*expires}, {}};
  for (const auto& item : *buckets) {
    auto bucket = BucketOf(item);
    if (!bucket) return malformed;
    offsets.buckets.push_back(*bucket);
  }
  return offsets;
}

}  // namespace millrace::metastore
