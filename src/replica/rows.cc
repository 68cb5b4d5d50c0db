// The rows of a bucket of a primary-key table, as its Replica serves them.
#include <fmt/format.h>

#include "log/data_directory.h"
#include "record/kv_batch.h"
#include "replica/replica.h"
#include "schema/partition.h"
#include "schema/partition_value.h"

namespace millrace::replica {

using runtime::Task;

namespace {

// Damaged on the way, a batch may be sent again; made wrong, it would only be as wrong as before,
// and clients retry the codes of damage for ever.
constexpr ErrorCode kMadeWrong = ErrorCode::kUnknownServerError;

Error ForClient(Error error, const PhysicalTablePath& path) {
  if (error.code == ErrorCode::kCorruptRecord) error.code = kMadeWrong;
  error.message = fmt::format("{}: {}", path.ToString(), error.message);
  return error;
}

}  // namespace

std::unique_ptr<kv::KvTablet> Replica::MakeRows() {
  kv::KvTablet::Environment environment = {
      environment_.disk, environment_.pool, *environment_.row_stores,
      [this](int64_t count) { return environment_.ids->TakeIds(table(), count); }};
  return std::make_unique<kv::KvTablet>(log::KvDirectoryBeside(setup_.directory), table().rows,
                                        *log_, std::move(environment));
}

Task<Result<kv::KvTablet*>> Replica::Rows() {
  CO_TRY(co_await Ready());
  if (rows_) co_return rows_.get();
  co_return Error{ErrorCode::kNonPrimaryKeyTable,
                  fmt::format("{} has no primary key", setup_.path.ToString())};
}

Task<Result<Offset>> Replica::Put(const PutPart& part) {
  auto self = shared_from_this();
  auto put = co_await PutChecked(part);
  table().probe->Done(RowRequest::kPut, put.has_value());
  co_return put;
}

Task<Result<Offset>> Replica::PutChecked(const PutPart& part) {
  CO_TRY(co_await Rows());
  auto parsed = record::KvBatch::Parse(part.records);
  if (!parsed) {
    co_return Error{
        record::KvBatch::ChecksumMatches(part.records) ? kMadeWrong : ErrorCode::kCorruptMessage,
        fmt::format("{}: {}", setup_.path.ToString(), parsed.error().message)};
  }
  kv::PutRequest request = {.schema = parsed->schema_id(),
                            .writer = parsed->writer_id(),
                            .sequence = parsed->batch_sequence(),
                            .targets = {part.targets.begin(), part.targets.end()},
                            .mode = part.mode};
  request.records.reserve(static_cast<size_t>(parsed->record_count()));
  auto records = parsed->records();
  for (int i = 0; i < parsed->record_count(); i++) request.records.push_back(records.Next());
  co_return co_await PutRows(request, part.wait);
}

Task<Result<Offset>> Replica::PutRows(const kv::PutRequest& request, bool wait) {
  auto appended = co_await rows_->Put(request);
  if (!appended) co_return ForClient(std::move(appended).error(), setup_.path);
  if (!appended->duplicate) table().probe->Appended(appended->records, appended->bytes);
  Offset end = appended->last_offset + 1;
  if (!wait) {
    runtime::Spawn(SyncInBackground(shared_from_this(), end));
    co_return end;
  }
  CO_TRY(co_await SyncAndAdvance(end));
  co_return end;
}

Task<Result<void>> Replica::Lookup(std::span<const Bytes> keys, kv::FoundValues& values) {
  auto self = shared_from_this();
  CO_TRY_ASSIGN(auto* rows, co_await Rows());
  auto found = co_await rows->Lookup(keys, values);
  table().probe->Done(RowRequest::kLookup, found.has_value());
  co_return found;
}

Task<Result<void>> Replica::LookupOrInsert(std::span<const Bytes> keys, kv::FoundValues& values) {
  auto self = shared_from_this();
  CO_TRY_ASSIGN(auto* rows, co_await Rows());
  CO_TRY(co_await Lookup(keys, values));
  kv::PutRequest request;
  std::string encoded;
  auto made = MakeMissingRows(keys, values, request, encoded);
  if (!made) co_return ForClient(std::move(made).error(), setup_.path);
  if (request.records.empty()) co_return Result<void>();
  // Whoever inserts one of them first wins: for the others nothing changes.
  CO_TRY(co_await PutRows(request, /*wait=*/true));
  co_return co_await rows->Lookup(keys, values);
}

// In a partition, its columns are part of the primary key, but not of the keys.
Result<void> Replica::SetPartitionCells(std::span<schema::Cell> row,
                                        std::vector<std::string>& bytes) const {
  if (!setup_.path.partition) return {};
  const auto& format = *table().rows;
  auto values = schema::PartitionValues(*setup_.path.partition);
  const auto& keys = table().partition_keys;
  bytes.resize(keys.size());
  for (size_t i = 0; i < keys.size() && i < values.size(); i++) {
    int column = *format.latest().ColumnIndex(keys[i]);
    bytes[i] = values[i];
    std::string decoded;
    TRY_ASSIGN(row[column], schema::ParsePartitionValue(format.latest().columns[column].type,
                                                        bytes[i], decoded));
    if (decoded.empty()) continue;
    bytes[i] = std::move(decoded);
    row[column] = schema::Cell::Of(AsBytes(bytes[i]));
  }
  return {};
}

// Rows that have only the columns of the primary key. `encoded` holds them.
Result<void> Replica::MakeMissingRows(std::span<const Bytes> keys, const kv::FoundValues& values,
                                      kv::PutRequest& request, std::string& encoded) const {
  const auto& format = *table().rows;
  const auto& columns = format.key_columns();
  std::vector<schema::Cell> row(format.column_count()), key(columns.size());
  std::vector<std::pair<size_t, size_t>> places;  // index of the key, end in `encoded`
  std::vector<std::string> partition;
  TRY(SetPartitionCells(row, partition));
  for (size_t i = 0; i < keys.size(); i++) {
    if (values[i]) continue;
    TRY(format.key_codec().Decode(keys[i], key));
    for (size_t c = 0; c < columns.size(); c++) row[columns[c]] = key[c];
    format.EncodeRow(row, encoded);
    places.emplace_back(i, encoded.size());
  }
  size_t begin = 0;
  for (const auto& [index, end] : places) {
    request.records.push_back({keys[index], AsBytes(encoded).subspan(begin, end - begin)});
    begin = end;
  }
  request.schema = format.latest_id();
  for (const auto& name : format.latest().primary_key) {
    request.targets.push_back(*format.latest().ColumnIndex(name));
  }
  return {};
}

Task<Result<void>> Replica::LookupPrefixes(std::span<const Bytes> prefixes, uint64_t most_bytes,
                                           kv::PrefixMatches& matches) {
  auto self = shared_from_this();
  CO_TRY_ASSIGN(auto* rows, co_await Rows());
  auto found = co_await rows->LookupPrefixes(prefixes, most_bytes, matches);
  table().probe->Done(RowRequest::kPrefixLookup, found.has_value());
  co_return found;
}

Task<Result<kv::RowScan>> Replica::NewScan() {
  auto self = shared_from_this();
  CO_TRY_ASSIGN(auto* rows, co_await Rows());
  co_return co_await rows->NewScan();
}

Task<> Replica::CloseIdleRows(runtime::Instant since) {
  auto self = shared_from_this();
  if (rows_ && online()) co_await rows_->CloseIfIdle(since);
}

}  // namespace millrace::replica
