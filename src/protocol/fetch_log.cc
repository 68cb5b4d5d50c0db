#include "protocol/fetch_log.h"

#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

#include "protocol/duplicate_buckets.h"
#include "protocol/pbf.h"

namespace millrace::protocol {
namespace {

constexpr std::string_view kName = "FetchLogRequest";
constexpr size_t kProjectedFieldsMax = 1'000'000;

Result<FetchLogRequest::Bucket> ParseBucket(protozero::pbf_reader reader) {
  FetchLogRequest::Bucket bucket;
  bool has_bucket_id = false, has_offset = false, has_max_bytes = false;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case VarintField(1):
        bucket.partition_id = PartitionId{reader.get_int64()};
        break;
      case VarintField(2):
        bucket.bucket_id = {reader.get_int32()};
        has_bucket_id = true;
        break;
      case VarintField(3):
        bucket.fetch_offset = {reader.get_int64()};
        has_offset = true;
        break;
      case VarintField(4):
        bucket.max_fetch_bytes = reader.get_int32();
        has_max_bytes = true;
        break;
      case VarintField(5):
        bucket.routing_bucket_count = reader.get_int32();
        break;
      default:
        reader.skip();
    }
  }
  if (!has_bucket_id) return MalformedMessage(kName, "a bucket without bucket_id");
  if (!has_offset) return MalformedMessage(kName, "a bucket without fetch_offset");
  if (!has_max_bytes) return MalformedMessage(kName, "a bucket without max_fetch_bytes");
  return bucket;
}

// Counts what is parsed from one request, over all its tables.
struct Totals {
  size_t buckets = 0;
  size_t projected_fields = 0;
};

Result<FetchLogRequest::Table> ParseTable(protozero::pbf_reader reader, Totals& totals) {
  FetchLogRequest::Table table;
  std::vector<int32_t> projected_fields;
  bool has_table_id = false;
  std::optional<bool> projected;
  std::optional<Bytes> predicate;
  std::optional<int32_t> filter_schema_id;
  auto project = [&](int32_t field) {
    projected_fields.push_back(field);
    return ++totals.projected_fields <= kProjectedFieldsMax;
  };

  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case VarintField(1):
        table.table_id = {reader.get_int64()};
        has_table_id = true;
        break;
      case VarintField(2):
        projected = ReadBool(reader);
        break;
      case VarintField(3):
        if (!project(reader.get_int32()))
          return MalformedMessage(kName, "too many projected_fields");
        break;
      case BytesField(3):
        for (int32_t field : reader.get_packed_int32()) {
          if (!project(field)) return MalformedMessage(kName, "too many projected_fields");
        }
        break;
      case BytesField(4): {
        if (++totals.buckets > kBucketsPerRequestMax) {
          return MalformedMessage(kName, "too many buckets");
        }
        TRY_ASSIGN(auto bucket, ParseBucket(reader.get_message()));
        table.buckets.push_back(bucket);
        break;
      }
      case BytesField(5):
        predicate = ReadBytes(reader);
        break;
      case VarintField(6):
        filter_schema_id = reader.get_int32();
        break;
      default:
        reader.skip();
    }
  }
  if (!has_table_id) return MalformedMessage(kName, "a table without table_id");
  if (!projected) return MalformedMessage(kName, "a table without projection_pushdown_enabled");
  if (*projected) table.projected_fields = std::move(projected_fields);
  if (predicate) {
    if (filter_schema_id.value_or(-1) < 0) {
      return MalformedMessage(kName, "filter_predicate without a valid filter_schema_id");
    }
    table.filter = {*predicate, {*filter_schema_id}};
  }
  return table;
}

void KeepLastOfEach(std::vector<FetchLogRequest::Table>& tables, size_t buckets) {
  std::vector<TableBucket> names;
  names.reserve(buckets);
  for (const auto& table : tables) {
    for (const auto& bucket : table.buckets) {
      names.push_back({table.table_id, bucket.partition_id, bucket.bucket_id});
    }
  }
  std::vector<bool> last = LastOfEach(names);
  size_t index = 0;
  for (auto& table : tables) {
    std::erase_if(table.buckets, [&](const auto&) { return !last[index++]; });
  }
  std::erase_if(tables, [](const auto& table) { return table.buckets.empty(); });
}

Result<FetchLogRequest> Parse(Bytes body) {
  FetchLogRequest request;
  Totals totals;
  bool has_follower = false, has_max_bytes = false;
  auto reader = ReaderOf(body);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case VarintField(1):
        request.follower_server_id = {reader.get_int32()};
        has_follower = true;
        break;
      case VarintField(2):
        request.max_bytes = reader.get_int32();
        has_max_bytes = true;
        break;
      case BytesField(3): {
        TRY_ASSIGN(auto table, ParseTable(reader.get_message(), totals));
        if (!table.buckets.empty()) request.tables.push_back(std::move(table));
        break;
      }
      case VarintField(4):
        request.max_wait_ms = reader.get_int32();
        break;
      case VarintField(5):
        request.min_bytes = reader.get_int32();
        break;
      case VarintField(6):
        request.remote_first = reader.get_int32() == 1;
        break;
      default:
        reader.skip();
    }
  }
  if (!has_follower) return MalformedMessage(kName, "no follower_server_id");
  if (!has_max_bytes) return MalformedMessage(kName, "no max_bytes");
  KeepLastOfEach(request.tables, totals.buckets);
  return request;
}

// The records' tag and length; the records themselves follow it.
std::string RecordsHead(uint64_t records_size) {
  std::string head;
  protozero::add_varint_to_buffer(&head, BytesField(8));
  protozero::add_varint_to_buffer(&head, records_size);
  return head;
}

// A bucket's message up to its records, which come last: the wire does not care for the order of
// fields.
std::string BucketHead(const FetchLogResult& result) {
  std::string head;
  protozero::pbf_writer writer(head);
  if (result.partition_id) writer.add_int64(1, result.partition_id->value);
  writer.add_int32(2, result.bucket_id.value);
  if (result.error) {
    writer.add_int32(3, static_cast<int32_t>(result.error->code));
    if (!result.error->message.empty()) writer.add_string(4, WireMessage(result.error->message));
    return head;
  }
  writer.add_int64(5, result.high_watermark.value);
  writer.add_int64(6, result.log_start_offset.value);
  if (result.filtered_end_offset) writer.add_int64(9, result.filtered_end_offset->value);
  return head + RecordsHead(result.records_size);
}

// Builds one table's entry: its bytes with holes, and its size with the records.
class TableEntry {
 public:
  explicit TableEntry(TableId table_id) {
    protozero::pbf_writer(body_.bytes).add_int64(1, table_id.value);
    body_.size = body_.bytes.size();
  }

  void Add(const FetchLogResult& result, size_t result_index) {
    std::string head = BucketHead(result);
    uint64_t records_size = result.error ? 0 : result.records_size;
    size_t before = body_.bytes.size();
    protozero::add_varint_to_buffer(&body_.bytes, BytesField(2));
    protozero::add_varint_to_buffer(&body_.bytes, head.size() + records_size);
    body_.bytes += head;
    body_.size += body_.bytes.size() - before + records_size;
    if (records_size > 0) body_.holes.push_back({body_.bytes.size(), result_index});
  }

  void AppendTo(FetchLogResponseBody& response) const {
    size_t before = response.bytes.size();
    protozero::add_varint_to_buffer(&response.bytes, BytesField(1));
    protozero::add_varint_to_buffer(&response.bytes, body_.size);
    response.size += response.bytes.size() - before + body_.size;
    for (auto hole : body_.holes) {
      response.holes.push_back({response.bytes.size() + hole.position, hole.result_index});
    }
    response.bytes += body_.bytes;
  }

 private:
  FetchLogResponseBody body_;
};

}  // namespace

Result<FetchLogRequest> ParseFetchLogRequest(Bytes body) {
  return WithoutExceptions(kName, [&] { return Parse(body); });
}

FetchLogResponseBody EncodeFetchLogResponse(std::span<const FetchLogResult> results) {
  FetchLogResponseBody response;
  for (size_t i = 0; i < results.size();) {
    TableEntry table(results[i].table_id);
    size_t begin = i;
    for (; i < results.size() && results[i].table_id == results[begin].table_id; ++i) {
      table.Add(results[i], i);
    }
    table.AppendTo(response);
  }
  return response;
}

}  // namespace millrace::protocol
