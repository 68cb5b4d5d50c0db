#include "kv/kv_tablet.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "kv/replay.h"

namespace millrace::kv {

using runtime::Task;

namespace {

constexpr uint64_t kReplayReadBytes = 4 << 20;
constexpr size_t kKeysPerTurn = 256;

}  // namespace

KvTablet::KvTablet(std::string directory, std::shared_ptr<const TableFormat> format,
                   log::LogTablet& log, Environment environment)
    : directory_(std::move(directory)),
      format_(std::move(format)),
      log_(log),
      environment_(std::move(environment)) {
  applied_.offset = written_.offset = log.end_offset();
}

KvTablet::~KvTablet() = default;

// ---- Opening and closing ----

Task<Result<KvTablet::StorePtr>> KvTablet::Opened() {
  last_used_ = runtime::Shard::Current()->clock().Now();
  if (store_) co_return store_;
  auto turn = co_await opening_.Enter();
  if (store_) co_return store_;
  if (closed_) {
    co_return Error{ErrorCode::kNotLeaderOrFollower,
                    fmt::format("the rows in {} are closed", directory_)};
  }
  co_return co_await Open();
}

Task<Result<KvTablet::StorePtr>> KvTablet::Open() {
  RowStore::Setup setup = {directory_, format_->config().kv_ttl};
  auto& clock = runtime::Shard::Current()->clock();
  auto opened = co_await environment_.pool.Run([&] { return OpenOrMakeAnew(setup, clock); });
  if (!opened) co_return std::move(opened).error();
  StorePtr store = std::move(*opened);
  CO_TRY(co_await CatchUp(*store));
  store_ = store;
  co_return store;
}

// The changelog has all rows, unless its begin is gone.
Result<std::unique_ptr<RowStore>> KvTablet::OpenOrMakeAnew(const RowStore::Setup& setup,
                                                           runtime::Clock& clock) {
  auto& disk = environment_.disk;
  auto opened = RowStore::Open(environment_.resources, disk, clock, setup);
  bool damaged = !opened && opened.error().code == ErrorCode::kCorruptRecord;
  if (damaged) opened.error().code = ErrorCode::kKvStorage;
  if (!damaged || log_.start_offset() > Offset{0}) return opened;
  spdlog::error("{}: making them anew from the changelog", opened.error().message);
  TRY(disk.RemoveAll(directory_));
  return RowStore::Open(environment_.resources, disk, clock, setup);
}

// Nobody writes before the store is open, so all of the log is committed.
Task<Result<void>> KvTablet::CatchUp(RowStore& store) {
  Mark from = store.opened_at();
  Offset end = log_.end_offset();
  if (from.offset > end) {
    spdlog::warn("the rows in {} are ahead of their log: applying all of it again", directory_);
    from = {};
  }
  if (from.offset < log_.start_offset() && log_.start_offset() > Offset{0}) {
    co_return Error{ErrorCode::kKvStorage,
                    fmt::format("the rows in {} need the changelog from {} on, which begins at {}",
                                directory_, from.offset.value, log_.start_offset().value)};
  }
  co_return co_await ReplayInto(store, from);
}

Task<Result<void>> KvTablet::ReplayInto(RowStore& store, const Mark& from) {
  Offset at = from.offset, end = log_.end_offset();
  auto format = format_;
  Replay replay(*format, store, from);
  SharedBuffer buffer;
  while (at < end) {
    CO_TRY_ASSIGN(auto slice, co_await log_.Read(at, end, kReplayReadBytes, true));
    if (slice.range.size == 0) break;
    auto applied = co_await environment_.pool.Run([&]() -> Result<void> {
      if (buffer.size() < slice.range.size) buffer = SharedBuffer(slice.range.size);
      auto bytes = buffer.bytes().first(slice.range.size);
      TRY_ASSIGN(size_t read, slice.range.file->Read(slice.range.position, bytes));
      return replay.Apply(bytes.first(read));
    });
    CO_TRY(applied);
    at = slice.end;
  }
  CO_TRY(co_await environment_.pool.Run([&] { return replay.Finish(); }));
  applied_ = replay.reached();
  applied_.offset = end;
  written_ = applied_;
  flush_begun_ = from.offset;
  ids_.clear();
  if (applied_.next_id <= applied_.last_id) ids_.push_back({applied_.next_id, applied_.last_id});
  co_return Result<void>();
}

Task<Result<void>> KvTablet::CloseStore(bool flush) {
  // Whoever reads now holds the store: it goes with the last of them.
  StorePtr store = std::exchange(store_, nullptr);
  tools_ = {};
  if (!store) co_return Result<void>();
  co_return co_await environment_.pool.Run([&]() -> Result<void> {
    Result<void> flushed;
    if (flush) flushed = store->Flush();
    store = nullptr;
    return flushed;
  });
}

Task<Result<void>> KvTablet::Close() {
  auto putting = co_await puts_.Enter();
  auto applying = co_await applies_.Enter();
  auto turn = co_await opening_.Enter();
  closed_ = true;
  co_return co_await CloseStore(/*flush=*/true);
}

Task<> KvTablet::Abandon() {
  auto putting = co_await puts_.Enter();
  auto applying = co_await applies_.Enter();
  auto turn = co_await opening_.Enter();
  closed_ = true;
  (void)co_await CloseStore(/*flush=*/false);
}

Task<> KvTablet::CloseIfIdle(runtime::Instant since) {
  if (!store_ || last_used_ > since) co_return;
  auto putting = co_await puts_.Enter();
  auto applying = co_await applies_.Enter();
  auto turn = co_await opening_.Enter();
  if (!store_ || last_used_ > since || !buffer_.empty() || store_.use_count() > 1) co_return;
  if (auto closed = co_await CloseStore(/*flush=*/true); !closed) {
    spdlog::warn("closing idle rows: {}", closed.error().message);
  }
}

uint64_t KvTablet::memory_bytes() const {
  return store_ ? store_->unflushed_bytes() : 0;
}

// ---- Reading ----

Task<Result<void>> KvTablet::Lookup(std::span<const Bytes> keys, FoundValues& values) {
  CO_TRY_ASSIGN(auto store, co_await Opened());
  values.Reset(keys.size(), format_->tag_size());
  std::vector<uint32_t> cold;
  for (size_t at = 0; at < keys.size(); at += kKeysPerTurn) {
    if (at > 0) co_await runtime::Yield();
    CO_TRY(store->GetFromMemory(keys, at, std::min(kKeysPerTurn, keys.size() - at), values, cold));
    if (values.over_budget()) break;
  }
  if (!cold.empty() && !values.over_budget()) {
    CO_TRY(co_await environment_.pool.Run([&] { return store->Get(keys, cold, values); }));
  }
  if (values.over_budget()) {
    co_return Error{ErrorCode::kRecordTooLarge,
                    fmt::format("the rows of a lookup in {} are more than fits a response: look up "
                                "fewer keys at once",
                                directory_)};
  }
  co_return Result<void>();
}

Task<Result<void>> KvTablet::LookupPrefixes(std::span<const Bytes> prefixes, uint64_t most_bytes,
                                            PrefixMatches& matches) {
  CO_TRY_ASSIGN(auto store, co_await Opened());
  matches.values.Reset(0, format_->tag_size());
  matches.ends.clear();
  co_return co_await environment_.pool.Run([&]() -> Result<void> {
    for (Bytes prefix : prefixes) {
      auto scan = store->NewScan(prefix);
      for (; scan->Valid(); scan->Next()) {
        matches.values.Add(scan->value());
        if (matches.values.size_bytes() <= most_bytes) continue;
        return Error{ErrorCode::kRecordTooLarge,
                     fmt::format("the rows of a prefix lookup in {} take more than {} bytes",
                                 directory_, most_bytes)};
      }
      TRY(scan->Status());
      matches.ends.push_back(matches.values.size());
    }
    return {};
  });
}

Task<Result<RowScan>> KvTablet::NewScan() {
  CO_TRY_ASSIGN(auto store, co_await Opened());
  RowScan scan;
  // Between two batches, so that the offset is that of what the scan sees.
  auto turn = co_await applies_.Enter();
  scan.store = store;
  scan.log_offset = applied_.offset;
  scan.skip = format_->tag_size();
  co_await environment_.pool.Run([&] { scan.scan = store->NewScan(); });
  co_return scan;
}

Task<Result<int64_t>> KvTablet::CountRows() {
  if (!format_->counts_rows()) {
    co_return Error{ErrorCode::kInvalidTable,
                    fmt::format("the rows of {} are not counted: its changelog does not tell "
                                "inserts from updates, or its rows expire",
                                format_->path().ToString())};
  }
  CO_TRY(co_await Opened());
  co_return applied_.row_count;
}

}  // namespace millrace::kv
