// PREFIX_LOOKUP 1034, versions 0 and 1. Tablet server, the buckets' leader. Needs READ on the
// table, answered per bucket.
//
// Of version 0 come keys in an older encoding (CheckKeyVersion). An empty prefix is one of all
// keys.
#include "coordinator/coordinator.h"
#include "protocol/frame.h"
#include "protocol/lookup.h"
#include "replica/replica_manager.h"
#include "server/api/handlers.h"
#include "server/request_checks.h"

namespace millrace::server {
namespace {

using protocol::LookupRequest;
using protocol::PrefixLookupResult;
using runtime::Task;

// Of all values, which must fit a response together with what is around them.
constexpr uint64_t kValuesMaxBytes = protocol::kResponseBodySizeMax / 2;

// One bucket's part of a request.
struct Part {
  TableBucket bucket;
  std::span<const Bytes> prefixes;
  kv::PrefixMatches matches;
  Result<void> found;
};

Task<> LookupIn(replica::ReplicaManager& replicas, uint64_t most_bytes, Part& part) {
  part.found =
      co_await replicas.LookupPrefixes(part.bucket, part.prefixes, most_bytes, part.matches);
  if (!part.found) part.matches = {};
}

Task<> LookupBeside(replica::ReplicaManager& replicas, uint64_t most_bytes, Part& part,
                    runtime::Gate::Pass) {
  co_await LookupIn(replicas, most_bytes, part);
}

// All buckets at once, each with its share of what a response may hold; then those for which that
// was too little, one after the other, with what is left.
Task<> LookupAll(replica::ReplicaManager& replicas, std::vector<Part>& parts) {
  uint64_t share = kValuesMaxBytes / std::max<size_t>(parts.size(), 1);
  runtime::Gate looking;
  for (auto& part : parts) {
    if (part.found) runtime::Spawn(LookupBeside(replicas, share, part, looking.Enter()));
  }
  co_await looking.WaitEmpty();
  uint64_t left = kValuesMaxBytes;
  for (const auto& part : parts) left -= std::min(left, part.matches.values.size_bytes());
  for (auto& part : parts) {
    if (part.found || part.found.error().code != ErrorCode::kRecordTooLarge) continue;
    co_await LookupIn(replicas, left, part);
    left -= std::min(left, part.matches.values.size_bytes());
  }
}

std::vector<Part> PartsOf(const Call& call, const LookupRequest& request) {
  auto view = call.services.coordinator.view();
  auto known_keys = CheckKeyVersion(*view, request.table_id, call.version);
  std::vector<Part> parts(request.buckets.size());
  for (size_t i = 0; i < parts.size(); i++) {
    const auto& entry = request.buckets[i];
    parts[i].bucket = {request.table_id, entry.partition_id, entry.bucket_id};
    parts[i].prefixes = request.KeysOf(entry);
    parts[i].found =
        known_keys ? CheckRouting(*view, parts[i].bucket, entry.routing_bucket_count) : known_keys;
  }
  return parts;
}

std::string Encode(const std::vector<Part>& parts) {
  size_t count = 0;
  for (const auto& part : parts) count += part.matches.values.size();
  std::vector<Bytes> views;
  views.reserve(count);
  std::vector<PrefixLookupResult> results(parts.size());
  for (size_t i = 0; i < parts.size(); i++) {
    const Part& part = parts[i];
    results[i].partition_id = part.bucket.partition_id;
    results[i].bucket_id = part.bucket.bucket_id;
    if (!part.found) {
      results[i].error = part.found.error();
      continue;
    }
    size_t begin = views.size();
    for (size_t v = 0; v < part.matches.values.size(); v++) {
      views.push_back(*part.matches.values[v]);
    }
    results[i].values = std::span(views).subspan(begin);
    results[i].ends = part.matches.ends;
  }
  return protocol::EncodePrefixLookupResponse(results);
}

}  // namespace

Task<Result<Body>> PrefixLookup(const Call& call) {
  CO_TRY_ASSIGN(auto request, protocol::ParsePrefixLookupRequest(call.body));
  auto parts = PartsOf(call, request);
  co_await LookupAll(call.services.replicas, parts);
  Body body;
  body.emplace_back(Encode(parts));
  co_return body;
}

}  // namespace millrace::server
