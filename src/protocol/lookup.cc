#include "protocol/lookup.h"

#include <cstring>
#include <protozero/pbf_writer.hpp>

#include "base/check.h"
#include "base/varint.h"
#include "protocol/duplicate_buckets.h"
#include "protocol/pbf.h"

namespace millrace::protocol {
namespace {

// What the two requests differ in.
struct Kind {
  std::string_view name;
  uint32_t original_partition_name_tag;  // 0: no such field
  uint32_t routing_bucket_count_tag;
  bool inserts;
};
constexpr Kind kLookup = {"LookupRequest", BytesField(4), VarintField(5), true};
constexpr Kind kPrefixLookup = {"PrefixLookupRequest", 0, VarintField(4), false};

Result<LookupRequest::Bucket> ParseBucket(const Kind& kind, protozero::pbf_reader reader,
                                          std::vector<Bytes>& keys) {
  LookupRequest::Bucket bucket;
  bucket.keys_begin = keys.size();
  bool has_bucket_id = false;
  while (reader.next()) {
    uint32_t tag = reader.tag_and_type();
    if (tag == BytesField(3)) {
      if (keys.size() == kKeysPerRequestMax) return MalformedMessage(kind.name, "too many keys");
      keys.push_back(ReadBytes(reader));
    } else if (tag == VarintField(1)) {
      bucket.partition_id = PartitionId{reader.get_int64()};
    } else if (tag == VarintField(2)) {
      bucket.bucket_id = {reader.get_int32()};
      has_bucket_id = true;
    } else if (tag == kind.original_partition_name_tag) {
      bucket.original_partition_name = ReadText(reader);
    } else if (tag == kind.routing_bucket_count_tag) {
      bucket.routing_bucket_count = reader.get_int32();
    } else {
      reader.skip();
    }
  }
  if (!has_bucket_id) return MalformedMessage(kind.name, "an entry without bucket_id");
  bucket.keys_end = keys.size();
  return bucket;
}

Result<LookupRequest> Parse(const Kind& kind, Bytes body) {
  LookupRequest request;
  bool has_table_id = false, has_timeout = false;
  auto reader = ReaderOf(body);
  while (reader.next()) {
    uint32_t tag = reader.tag_and_type();
    if (tag == VarintField(1)) {
      request.table_id = {reader.get_int64()};
      has_table_id = true;
    } else if (tag == BytesField(2)) {
      if (request.buckets.size() == kBucketsPerRequestMax) {
        return MalformedMessage(kind.name, "too many buckets");
      }
      TRY_ASSIGN(auto bucket, ParseBucket(kind, reader.get_message(), request.keys));
      request.buckets.push_back(bucket);
    } else if (kind.inserts && tag == VarintField(3)) {
      request.insert_if_not_exists = ReadBool(reader);
    } else if (kind.inserts && tag == VarintField(4)) {
      request.acks = reader.get_int32();
    } else if (kind.inserts && tag == VarintField(5)) {
      (void)reader.get_int32();
      has_timeout = true;
    } else {
      reader.skip();
    }
  }
  if (!has_table_id) return MalformedMessage(kind.name, "no table_id");
  if (request.insert_if_not_exists && (!request.acks || !has_timeout)) {
    return MalformedMessage(kind.name, "inserting without acks or timeout_ms");
  }
  KeepLastOfEach(request.buckets);
  return request;
}

// ---- Responses: sizes first, so that every byte is written once, at its place ----

// A field with so many bytes, whose number takes one byte.
size_t FieldSize(size_t size) {
  return 1 + VarintSize(size) + size;
}

class Writer {
 public:
  explicit Writer(char* to) : to_(reinterpret_cast<std::byte*>(to)) {}

  // What goes before a field's bytes.
  void Begin(uint32_t number, size_t size) {
    *to_++ = static_cast<std::byte>(BytesField(number));
    to_ = StoreVarint(to_, size);
  }
  void Raw(Bytes bytes) {
    if (bytes.empty()) return;
    std::memcpy(to_, bytes.data(), bytes.size());
    to_ += bytes.size();
  }
  void Field(uint32_t number, Bytes bytes) {
    Begin(number, bytes.size());
    Raw(bytes);
  }
  const void* end() const { return to_; }

 private:
  std::byte* to_;
};

// A bucket's fields but for the values: few, and small.
template <class Found>
std::string HeadOf(const Found& result) {
  std::string head;
  protozero::pbf_writer writer(head);
  if (result.partition_id) writer.add_int64(1, result.partition_id->value);
  writer.add_int32(2, result.bucket_id.value);
  if (result.error) {
    writer.add_int32(3, static_cast<int32_t>(result.error->code));
    if (!result.error->message.empty()) writer.add_string(4, WireMessage(result.error->message));
  }
  if constexpr (requires { result.original_partition_name; }) {
    if (const auto& name = result.original_partition_name) {
      writer.add_string(6, name->data(), name->size());
    }
  }
  return head;
}

size_t EntrySize(const std::optional<Bytes>& value) {
  return value ? FieldSize(value->size()) : 0;
}

size_t SizeOfValues(const LookupResult& result) {
  size_t size = 0;
  if (result.error) return size;
  for (const auto& value : result.values) size += FieldSize(EntrySize(value));
  return size;
}

void WriteValues(const LookupResult& result, Writer& writer) {
  if (result.error) return;
  for (const auto& value : result.values) {
    writer.Begin(5, EntrySize(value));
    if (value) writer.Field(1, *value);
  }
}

// Calls `visit` with the values of each prefix.
template <class Visit>
void ForEachList(const PrefixLookupResult& result, Visit visit) {
  if (result.error) return;
  size_t begin = 0;
  for (size_t end : result.ends) {
    visit(result.values.subspan(begin, end - begin));
    begin = end;
  }
}

size_t ListSize(std::span<const Bytes> values) {
  size_t size = 0;
  for (Bytes value : values) size += FieldSize(value.size());
  return size;
}

size_t SizeOfValues(const PrefixLookupResult& result) {
  size_t size = 0;
  ForEachList(result, [&](auto values) { size += FieldSize(ListSize(values)); });
  return size;
}

void WriteValues(const PrefixLookupResult& result, Writer& writer) {
  ForEachList(result, [&](auto values) {
    writer.Begin(5, ListSize(values));
    for (Bytes value : values) writer.Field(1, value);
  });
}

template <class Found>
std::string Encode(std::span<const Found> results) {
  struct Entry {
    std::string head;
    size_t size;  // with the head
  };
  std::vector<Entry> entries;
  entries.reserve(results.size());
  size_t size = 0;
  for (const Found& result : results) {
    std::string head = HeadOf(result);
    size_t entry_size = head.size() + SizeOfValues(result);
    entries.push_back({std::move(head), entry_size});
    size += FieldSize(entry_size);
  }

  std::string body;
  body.resize_and_overwrite(size, [&](char* bytes, size_t) {
    Writer writer(bytes);
    for (size_t i = 0; i < results.size(); i++) {
      writer.Begin(1, entries[i].size);
      writer.Raw(AsBytes(entries[i].head));
      WriteValues(results[i], writer);
    }
    MILLRACE_CHECK(writer.end() == bytes + size, "a response of another size than foreseen");
    return size;
  });
  return body;
}

}  // namespace

Result<LookupRequest> ParseLookupRequest(Bytes body) {
  return WithoutExceptions(kLookup.name, [&] { return Parse(kLookup, body); });
}

Result<LookupRequest> ParsePrefixLookupRequest(Bytes body) {
  return WithoutExceptions(kPrefixLookup.name, [&] { return Parse(kPrefixLookup, body); });
}

std::string EncodeLookupResponse(std::span<const LookupResult> results) {
  return Encode(results);
}

std::string EncodePrefixLookupResponse(std::span<const PrefixLookupResult> results) {
  return Encode(results);
}

}  // namespace millrace::protocol
