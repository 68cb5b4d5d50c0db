#include "kv/row_store.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>
#include <spdlog/spdlog.h>

#include <array>
#include <deque>
#include <mutex>

#include "base/endian.h"
#include "kv/mark_file.h"

namespace millrace::kv {
namespace {

rocksdb::Slice SliceOf(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
Bytes BytesOf(const rocksdb::Slice& slice) {
  return AsBytes({slice.data(), slice.size()});
}

Error Translate(const std::string& directory, const rocksdb::Status& status) {
  return {ErrorCode::kKvStorage, fmt::format("rows in {}: {}", directory, status.ToString())};
}

// Drops rows whose time to live is over, when a compaction comes by.
class TtlFilter : public rocksdb::CompactionFilter {
 public:
  TtlFilter(std::chrono::milliseconds ttl, runtime::Clock& clock) : ttl_(ttl), clock_(clock) {}
  const char* Name() const override { return "millrace.ttl"; }
  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*,
              bool*) const override {
    if (value.size() < sizeof(int64_t)) return false;
    int64_t time = LoadBig<int64_t>(BytesOf(value).data());
    return time <= clock_.WallNow().value - ttl_.count();
  }

 private:
  const std::chrono::milliseconds ttl_;
  runtime::Clock& clock_;
};

// Knows which mark is on the device once a flush has brought all up to a sequence number there.
class MarkKeeper : public rocksdb::EventListener {
 public:
  MarkKeeper(runtime::Disk& disk, std::string path, Mark mark)
      : disk_(disk), path_(std::move(path)), durable_(mark) {}

  void Reached(const Mark& mark, rocksdb::SequenceNumber sequence) {
    std::lock_guard lock(mutex_);
    // One mark for some thousand changes is near enough.
    constexpr rocksdb::SequenceNumber kApart = 4096;
    if (pending_.size() > 1 &&
        pending_.back().sequence - pending_[pending_.size() - 2].sequence < kApart) {
      pending_.pop_back();
    }
    pending_.push_back({mark, sequence});
  }
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo& info) override {
    Durable(info.largest_seqno);
  }
  // All up to this sequence number is on the device.
  void Durable(rocksdb::SequenceNumber sequence) {
    std::lock_guard lock(mutex_);
    std::optional<Mark> reached;
    for (; !pending_.empty() && pending_.front().sequence <= sequence; pending_.pop_front()) {
      reached = pending_.front().mark;
    }
    if (!reached || reached->offset <= durable_.offset) return;
    if (auto written = WriteMarkFile(disk_, path_, {*reached, identity_}); !written) {
      // An older mark only makes the next opening slower.
      spdlog::warn("{}", written.error().message);
      return;
    }
    durable_ = *reached;
  }
  void set_identity(std::string identity) { identity_ = std::move(identity); }
  Offset durable() const {
    std::lock_guard lock(mutex_);
    return durable_.offset;
  }

 private:
  struct Pending {
    Mark mark;
    rocksdb::SequenceNumber sequence;
  };
  runtime::Disk& disk_;
  const std::string path_;
  std::string identity_;
  mutable std::mutex mutex_;
  Mark durable_;
  std::deque<Pending> pending_;
};

}  // namespace

struct StoreResources::Impl {
  StoreOptions options;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
  std::shared_ptr<rocksdb::RateLimiter> rate_limiter;
  std::shared_ptr<rocksdb::TableFactory> table_factory;
};

StoreResources::StoreResources(StoreOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
  impl_->cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  impl_->write_buffers = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffers_bytes);
  impl_->rate_limiter.reset(
      rocksdb::NewGenericRateLimiter(static_cast<int64_t>(options.rate_limit_bytes_per_s)));
  // As RocksDB 6.20 can read it, which the Java clients have. Debian's CRC32C does without the
  // processor's instruction, and takes ten times as long.
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.checksum = rocksdb::kxxHash64;
  table.block_cache = impl_->cache;
  table.block_size = options.block_bytes;
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  // Rows just written are read soonest: by updates of them.
  table.prepopulate_block_cache =
      rocksdb::BlockBasedTableOptions::PrepopulateBlockCache::kFlushOnly;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(options.bloom_bits_per_key));
  impl_->table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
}
StoreResources::~StoreResources() = default;

namespace {

rocksdb::Options OptionsOf(const StoreResources::Impl& shared) {
  const auto& own = shared.options;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.table_factory = shared.table_factory;
  options.write_buffer_manager = shared.write_buffers;
  options.rate_limiter = shared.rate_limiter;
  options.max_background_jobs = own.background_threads;

  options.write_buffer_size = own.write_buffer_bytes;
  options.max_write_buffer_number = own.write_buffer_count;
  options.arena_block_size = std::min<size_t>(1 << 20, own.write_buffer_bytes / 8);
  options.target_file_size_base = own.target_file_bytes;
  options.max_bytes_for_level_base = own.max_level_base_bytes;
  constexpr auto kFast = rocksdb::kLZ4Compression, kSmall = rocksdb::kZSTD;
  options.compression_per_level = {kFast, kFast, kFast, kFast, kFast, kSmall, kSmall};
  // Most keys of an insert are new: a filter says so without a walk through the memtable.
  options.memtable_prefix_bloom_size_ratio = 0.05;
  options.memtable_whole_key_filtering = true;
  // A tablet has one writer.
  options.allow_concurrent_memtable_write = false;
  options.avoid_unnecessary_blocking_io = true;

  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 1;
  options.max_log_file_size = 256 << 10;
  options.skip_stats_update_on_db_open = true;
  options.max_file_opening_threads = 1;
  return options;
}

rocksdb::ReadOptions FromMemory() {
  rocksdb::ReadOptions options;
  options.read_tier = rocksdb::kBlockCacheTier;
  return options;
}

}  // namespace

struct RowStore::Impl {
  std::string directory;
  std::unique_ptr<TtlFilter> ttl_filter;
  std::shared_ptr<MarkKeeper> marks;
  std::unique_ptr<rocksdb::DB> db;
};

RowStore::RowStore(std::unique_ptr<Impl> impl, Mark opened_at)
    : impl_(std::move(impl)), opened_at_(opened_at) {}

RowStore::~RowStore() {
  rocksdb::CancelAllBackgroundWork(impl_->db.get(), /*wait=*/true);
  (void)impl_->db->Close();
}

Result<std::unique_ptr<RowStore>> RowStore::Open(const StoreResources& resources,
                                                 runtime::Disk& disk, runtime::Clock& clock,
                                                 Setup setup) {
  auto impl = std::make_unique<Impl>();
  impl->directory = std::move(setup.directory);
  const auto& directory = impl->directory;
  std::string database = directory + "/db";
  TRY(disk.CreateDirectories(database));
  TRY_ASSIGN(auto kept, ReadMarkFile(disk, MarkFilePath(directory)));

  auto options = OptionsOf(resources.impl());
  // A flush at the close would only make it long: what is lost is applied again.
  options.avoid_flush_during_shutdown = true;
  if (setup.ttl) {
    impl->ttl_filter = std::make_unique<TtlFilter>(*setup.ttl, clock);
    options.compaction_filter = impl->ttl_filter.get();
  }
  impl->marks =
      std::make_shared<MarkKeeper>(disk, MarkFilePath(directory), kept ? kept->mark : Mark());
  options.listeners.push_back(impl->marks);
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(options, database, &db);
  if (!status.ok()) {
    auto error = Translate(directory, status);
    if (status.IsCorruption()) error.code = ErrorCode::kCorruptRecord;
    return error;
  }
  impl->db.reset(db);
  std::string identity;
  status = db->GetDbIdentity(identity);
  if (!status.ok()) return Translate(directory, status);
  impl->marks->set_identity(identity);
  // A mark of another database, as when a Java server made this one anew, says nothing of it.
  Mark mark = kept && kept->identity == identity ? kept->mark : Mark();
  return std::unique_ptr<RowStore>(new RowStore(std::move(impl), mark));
}

// ---- Reading ----

namespace {

// What MultiGet needs besides the keys; kept for each thread, so that no call allocates.
struct MultiGetScratch {
  static constexpr size_t kMost = 64;
  std::array<rocksdb::Slice, kMost> keys;
  std::array<rocksdb::PinnableSlice, kMost> values;
  std::array<rocksdb::Status, kMost> statuses;
};

}  // namespace

// Key by key: MultiGet of RocksDB 7.8 reads from the device whatever the tier.
Result<void> RowStore::GetFromMemory(std::span<const Bytes> keys, size_t begin, size_t count,
                                     FoundValues& values, std::vector<uint32_t>& cold) const {
  static thread_local rocksdb::PinnableSlice value;
  static const rocksdb::ReadOptions options = FromMemory();
  auto* family = impl_->db->DefaultColumnFamily();
  for (size_t i = begin; i < begin + count; i++) {
    auto status = impl_->db->Get(options, family, SliceOf(keys[i]), &value);
    if (status.ok()) {
      values.Set(i, BytesOf(value));
    } else if (status.IsIncomplete()) {
      cold.push_back(static_cast<uint32_t>(i));
    } else if (!status.IsNotFound()) {
      return Translate(impl_->directory, status);
    }
    value.Reset();
  }
  return {};
}

Result<void> RowStore::Get(std::span<const Bytes> keys, std::span<const uint32_t> cold,
                           FoundValues& values) const {
  static thread_local MultiGetScratch scratch;
  auto* family = impl_->db->DefaultColumnFamily();
  while (!cold.empty()) {
    size_t n = std::min(cold.size(), MultiGetScratch::kMost);
    for (size_t i = 0; i < n; i++) scratch.keys[i] = SliceOf(keys[cold[i]]);
    impl_->db->MultiGet(rocksdb::ReadOptions(), family, n, scratch.keys.data(),
                        scratch.values.data(), scratch.statuses.data());
    for (size_t i = 0; i < n; i++) {
      const auto& status = scratch.statuses[i];
      if (status.ok()) {
        values.Set(cold[i], BytesOf(scratch.values[i]));
      } else if (!status.IsNotFound()) {
        return Translate(impl_->directory, status);
      }
      scratch.values[i].Reset();
    }
    cold = cold.subspan(n);
  }
  return {};
}

struct RowStore::Scan::Impl {
  const std::string& directory;
  std::string prefix;
  std::unique_ptr<rocksdb::Iterator> iterator;
};

RowStore::Scan::Scan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RowStore::Scan::~Scan() = default;

bool RowStore::Scan::Valid() const {
  return impl_->iterator->Valid() && impl_->iterator->key().starts_with(impl_->prefix);
}
void RowStore::Scan::Next() {
  impl_->iterator->Next();
}
Bytes RowStore::Scan::key() const {
  return BytesOf(impl_->iterator->key());
}
Bytes RowStore::Scan::value() const {
  return BytesOf(impl_->iterator->value());
}
Result<void> RowStore::Scan::Status() const {
  auto status = impl_->iterator->status();
  if (!status.ok()) return Translate(impl_->directory, status);
  return {};
}

std::unique_ptr<RowStore::Scan> RowStore::NewScan(Bytes prefix) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  auto impl = std::make_unique<Scan::Impl>(
      Scan::Impl{impl_->directory, std::string(AsText(prefix)),
                 std::unique_ptr<rocksdb::Iterator>(impl_->db->NewIterator(options))});
  impl->iterator->Seek(impl->prefix);
  return std::unique_ptr<Scan>(new Scan(std::move(impl)));
}

// ---- Writing ----

struct RowStore::Batch::Impl {
  rocksdb::WriteBatch batch;
};

RowStore::Batch::Batch() : impl_(std::make_unique<Impl>()) {}
RowStore::Batch::~Batch() = default;
// A WriteBatch fails only beyond limits that were not set.
void RowStore::Batch::Put(Bytes key, Bytes value) {
  (void)impl_->batch.Put(SliceOf(key), SliceOf(value));
}
void RowStore::Batch::Delete(Bytes key) {
  (void)impl_->batch.Delete(SliceOf(key));
}
size_t RowStore::Batch::size_bytes() const {
  return impl_->batch.GetDataSize();
}
int RowStore::Batch::count() const {
  return static_cast<int>(impl_->batch.Count());
}
void RowStore::Batch::Clear() {
  impl_->batch.Clear();
}

Result<bool> RowStore::Write(Batch& batch, bool may_block) {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  options.no_slowdown = !may_block;
  auto status = impl_->db->Write(options, &batch.impl().batch);
  if (status.ok()) return true;
  if (!may_block && status.IsIncomplete()) return false;
  return Translate(impl_->directory, status);
}

Result<void> RowStore::Resume() {
  auto status = impl_->db->Resume();
  if (!status.ok()) return Translate(impl_->directory, status);
  return {};
}

void RowStore::Reached(const Mark& mark) {
  impl_->marks->Reached(mark, impl_->db->GetLatestSequenceNumber());
}

void RowStore::StartFlush() {
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;
  auto status = impl_->db->Flush(options);
  if (!status.ok()) spdlog::warn("{}", Translate(impl_->directory, status).message);
}

Result<void> RowStore::Flush() {
  auto sequence = impl_->db->GetLatestSequenceNumber();
  rocksdb::FlushOptions options;
  options.allow_write_stall = true;
  auto status = impl_->db->Flush(options);
  if (!status.ok()) return Translate(impl_->directory, status);
  // Also where there was nothing to flush.
  impl_->marks->Durable(sequence);
  return {};
}

Offset RowStore::durable() const {
  return impl_->marks->durable();
}

uint64_t RowStore::unflushed_bytes() const {
  uint64_t bytes = 0;
  impl_->db->GetIntProperty(rocksdb::DB::Properties::kSizeAllMemTables, &bytes);
  return bytes;
}

}  // namespace millrace::kv
