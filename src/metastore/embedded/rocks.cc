#include "metastore/embedded/rocks.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

namespace millrace::metastore {
namespace {

Error Translate(const std::string& directory, const rocksdb::Status& status) {
  return {ErrorCode::kStorage,
          fmt::format("metadata store in {}: {}", directory, status.ToString())};
}

rocksdb::Slice Slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view Text(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// Small and quiet: the store holds some megabytes at most, and its writes are few.
rocksdb::Options SmallOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;

  options.write_buffer_size = 1 << 20;
  options.arena_block_size = 32 << 10;
  options.max_write_buffer_number = 2;
  options.max_total_wal_size = 4 << 20;
  options.max_open_files = 64;
  options.max_file_opening_threads = 1;
  options.max_background_jobs = 2;
  options.compression = rocksdb::kNoCompression;
  options.target_file_size_base = 4 << 20;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(512 << 10, /*num_shard_bits=*/0);
  table.format_version = 5;
  table.checksum = rocksdb::kCRC32c;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

  // No statistics in the background, and little in its LOG.
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 256 << 10;
  options.skip_stats_update_on_db_open = true;

  // The log is replayed up to the first record that is not whole. Only a write that was never
  // acknowledged can be like that after a crash, for each one is synced.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return options;
}

}  // namespace

Rocks::Rocks(std::string directory, std::unique_ptr<rocksdb::DB> db)
    : directory_(std::move(directory)), db_(std::move(db)) {}

Rocks::~Rocks() = default;

Result<std::unique_ptr<Rocks>> Rocks::Open(const std::string& directory) {
  rocksdb::DB* db = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(SmallOptions(), directory, &db);
  if (!status.ok()) return Translate(directory, status);
  return std::unique_ptr<Rocks>(new Rocks(directory, std::unique_ptr<rocksdb::DB>(db)));
}

Result<std::optional<std::string>> Rocks::Get(std::string_view key) const {
  std::string value;
  rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), Slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Translate(directory_, status);
  return std::optional(std::move(value));
}

Result<void> Rocks::Scan(std::string_view from, std::string_view to, const Visit& visit) const {
  rocksdb::ReadOptions options;
  rocksdb::Slice end = Slice(to);
  options.iterate_upper_bound = &end;
  std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options));
  iterator->Seek(Slice(from));
  while (iterator->Valid()) {
    auto next = visit(Text(iterator->key()), Text(iterator->value()));
    if (next) {
      iterator->Seek(*next);
    } else {
      iterator->Next();
    }
  }
  if (!iterator->status().ok()) return Translate(directory_, iterator->status());
  return {};
}

Result<void> Rocks::Write(const std::map<std::string, std::optional<std::string>>& changes) {
  rocksdb::WriteBatch batch;
  for (const auto& [key, value] : changes) {
    rocksdb::Status status = value ? batch.Put(key, *value) : batch.Delete(key);
    if (!status.ok()) return Translate(directory_, status);
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  rocksdb::Status status = db_->Write(options, &batch);
  if (!status.ok()) return Translate(directory_, status);
  return {};
}

}  // namespace millrace::metastore
