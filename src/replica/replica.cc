#include "replica/replica.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <deque>

#include "protocol/frame.h"
#include "record/batch_check.h"
#include "record/batch_reader.h"
#include "replica/batch_walk.h"

namespace millrace::replica {

using runtime::Task;

namespace {

// A response's records, with room for what is around them, and how much of them is looked for at
// once.
constexpr uint64_t kReadLastMax = protocol::kResponseBodySizeMax - (1 << 20);
constexpr uint64_t kReadLastStep = 64 << 20;

}  // namespace

Replica::Replica(Setup setup, Environment environment)
    : setup_(std::move(setup)), environment_(environment) {}

Task<> Replica::Open() {
  auto self = shared_from_this();
  TimestampMs now = runtime::Shard::Current()->clock().WallNow();
  auto opened = co_await environment_.pool.Run([&] {
    return log::LogTablet::Open(environment_.disk, environment_.pool, setup_.bucket,
                                setup_.directory, setup_.log_options, setup_.recovery_point,
                                setup_.clean, now);
  });
  if (opened) {
    auto log = std::move(*opened);
    // The only replica there is: all that its log holds is committed, once it is on the device.
    auto synced = co_await log->Sync(log->end_offset());
    if (!synced) offline_ = synced.error();
    high_watermark_ = log->end_offset();
    log_ = std::move(log);
    if (table().rows) rows_ = MakeRows();
  } else {
    offline_ = opened.error();
  }
  if (offline_) spdlog::error("{} is offline: {}", setup_.path.ToString(), offline_->message);
  opened_.Set();
}

Task<Result<void>> Replica::Ready() {
  if (!opened_.is_set()) {
    getting_ready_++;
    co_await opened_.Wait();
    getting_ready_--;
  } else if (getting_ready_ > 0) {
    // Those that waited for the opening were woken, but have not run yet: go behind them.
    getting_ready_++;
    co_await runtime::Yield();
    getting_ready_--;
  }
  if (closed_) {
    co_return Error{ErrorCode::kNotLeaderOrFollower,
                    fmt::format("{} is not served here any more", setup_.bucket.ToString())};
  }
  if (offline_) {
    co_return Error{ErrorCode::kStorage,
                    fmt::format("{} ({}) is offline: {}", setup_.path.ToString(),
                                setup_.bucket.ToString(), offline_->message)};
  }
  co_return Result<void>();
}

Task<Result<void>> Replica::Close(bool keep_rows) {
  auto self = shared_from_this();
  if (!opened_.is_set()) co_await opened_.Wait();
  closed_ = true;
  waiters_.NotifyAll();
  Result<void> rows;
  if (rows_ && keep_rows) rows = co_await rows_->Close();
  if (rows_ && !keep_rows) co_await rows_->Abandon();
  if (!log_ || offline_) co_return Result<void>();
  CO_TRY(co_await log_->Close());
  co_return rows;
}

void Replica::UpdateTable(std::shared_ptr<const TableFacts> table) {
  setup_.table = std::move(table);
  projections_.Clear();
  if (rows_) rows_->UpdateFormat(setup_.table->rows);
}

Task<Result<log::Appended>> Replica::Append(MutableBytes records, bool wait) {
  auto self = shared_from_this();
  auto appended = co_await AppendChecked(records, wait);
  table().probe->ProduceDone(appended.has_value());
  co_return appended;
}

Task<Result<log::Appended>> Replica::AppendChecked(MutableBytes records, bool wait) {
  CO_TRY(co_await Ready());
  if (rows_) {
    co_return Error{ErrorCode::kInvalidTable,
                    fmt::format("{} has a primary key: it is written by upserts and deletes alone",
                                setup_.path.ToString())};
  }
  CO_TRY(CheckBatches(records));
  CO_TRY_ASSIGN(auto appended, log_->Append(records, runtime::Shard::Current()->clock().WallNow()));
  if (!appended.duplicate) table().probe->Appended(appended.records, appended.bytes);
  Offset end = appended.last_offset + 1;
  if (!wait) {
    runtime::Spawn(SyncInBackground(shared_from_this(), end));
    co_return appended;
  }
  CO_TRY(co_await SyncAndAdvance(end));
  co_return appended;
}

Result<void> Replica::CheckBatches(Bytes records) const {
  const auto& facts = table();
  record::BatchIterator batches(records);
  while (true) {
    TRY_ASSIGN(auto batch, batches.Next());
    if (!batch) return {};
    const auto* schema = facts.SchemaOf(batch->schema_id());
    if (!schema) {
      if (!batch->CrcValid()) {
        return Error{ErrorCode::kCorruptRecord,
                     fmt::format("{}: a batch has a wrong checksum", setup_.path.ToString())};
      }
      return Error{
          ErrorCode::kSchemaNotExist,
          fmt::format("{} has no schema {}", setup_.path.ToString(), batch->schema_id().value)};
    }
    auto checked = record::CheckBatch(*batch, *schema, facts.config);
    if (!checked) {
      // Damaged on the way, it may be sent again; made wrong, it would only be as wrong as before,
      // and clients retry kCorruptRecord for ever.
      auto code = batch->CrcValid() ? ErrorCode::kUnknownServerError : ErrorCode::kCorruptRecord;
      return Error{code, fmt::format("{}: {}", setup_.path.ToString(), checked.error().message)};
    }
  }
}

Task<Result<void>> Replica::SyncAndAdvance(Offset end) {
  auto synced = co_await log_->Sync(end);
  if (!synced) {
    TakeOffline(synced.error());
    co_return synced.error();
  }
  co_return co_await AdvanceHighWatermark();
}

void Replica::TakeOffline(const Error& why) {
  if (!offline_) spdlog::error("{} goes offline: {}", setup_.path.ToString(), why.message);
  offline_ = why;
  waiters_.NotifyAll();
}

Task<> Replica::SyncInBackground(std::shared_ptr<Replica> self, Offset end) {
  (void)co_await self->SyncAndAdvance(end);
}

Task<Result<void>> Replica::AdvanceHighWatermark() {
  Offset committed = log_->durable_end();
  if (rows_) {
    CO_TRY(co_await rows_->Apply(committed));
    // Of what was appended meanwhile the rows are not there yet.
    committed = std::min(committed, rows_->applied());
  }
  if (committed <= high_watermark_) co_return Result<void>();
  high_watermark_ = committed;
  waiters_.NotifyAll();
  co_return Result<void>();
}

Task<FetchedPart> Replica::Fetch(const FetchPart& part, bool at_least_one,
                                 const std::shared_ptr<FetchWaiter>& waiter) {
  auto self = shared_from_this();
  FetchedPart fetched;
  if (auto ready = co_await Ready(); !ready) {
    fetched.error = ready.error();
    co_return fetched;
  }
  fetched.high_watermark = high_watermark_;
  fetched.log_start = log_->start_offset();
  Offset from = part.from == kFetchFromStart ? fetched.log_start : part.from;
  if (from < fetched.log_start || from > log_->end_offset()) {
    fetched.error = Error{
        ErrorCode::kLogOffsetOutOfRange,
        fmt::format("offset {} of {} is outside of {} to {}", from.value, setup_.bucket.ToString(),
                    fetched.log_start.value, log_->end_offset().value)};
    co_return fetched;
  }
  if (auto projected = CheckProjection(part); !projected) {
    fetched.error = projected.error();
    co_return fetched;
  }
  // Before reading, which suspends: what becomes visible meanwhile must not be missed.
  if (waiter) waiters_.Add(waiter);
  if (from >= high_watermark_) co_return fetched;
  auto read = co_await ReadInto(fetched, part, from, at_least_one);
  if (!read) {
    fetched = FetchedPart{.error = read.error()};
    co_return fetched;
  }
  table().probe->Fetched(fetched.size_bytes);
  co_return fetched;
}

// Also where there is nothing to read yet: a mistake shows at once.
Result<void> Replica::CheckProjection(const FetchPart& part) {
  if (!part.projection) return {};
  if (table().config.log_format != schema::LogFormat::kArrow) {
    return Error{ErrorCode::kInvalidColumnProjection,
                 fmt::format("{} can't be projected: its log format is {}", setup_.path.ToString(),
                             schema::Name(table().config.log_format))};
  }
  TRY(projections_.Get(table(), table().schemas.rbegin()->first, *part.projection));
  return {};
}

Task<Result<void>> Replica::ReadInto(FetchedPart& fetched, const FetchPart& part, Offset from,
                                     bool at_least_one) {
  Offset below = fetched.high_watermark;
  if (!part.projection && !part.filter) {
    CO_TRY_ASSIGN(auto slice, co_await log_->Read(from, below, part.max_bytes, at_least_one));
    fetched.size_bytes = slice.range.size;
    if (slice.range.size > 0) fetched.records.push_back(std::move(slice.range));
    co_return Result<void>();
  }
  BatchWalk walk(environment_.pool, part, setup_.table, projections_);
  co_return co_await walk.Run(*log_, from, below, at_least_one, fetched);
}

Task<Result<Offset>> Replica::ListOffset(OffsetKind kind, TimestampMs timestamp) {
  auto self = shared_from_this();
  CO_TRY(co_await Ready());
  switch (kind) {
    case OffsetKind::kEarliest:
      co_return log_->start_offset();
    case OffsetKind::kTimestamp:
      co_return co_await log_->OffsetForTimestamp(timestamp, high_watermark_);
    case OffsetKind::kLatest:
    case OffsetKind::kLeaderEnd:
      break;
  }
  co_return high_watermark_;
}

Task<Result<std::vector<net::Piece>>> Replica::ReadLast(int64_t limit) {
  auto self = shared_from_this();
  CO_TRY(co_await Ready());
  Offset below = high_watermark_;
  Offset from = std::max(log_->start_offset(), below + -std::max<int64_t>(limit, 0));
  std::deque<runtime::FileRange> slices;
  uint64_t size = 0;
  while (from < below) {
    CO_TRY_ASSIGN(auto slice, co_await log_->Read(from, below, kReadLastStep, true));
    if (slice.range.size == 0) break;
    from = slice.end;
    size += slice.range.size;
    slices.push_back(std::move(slice.range));
    for (; size > kReadLastMax; slices.pop_front()) size -= slices.front().size;
  }
  std::vector<net::Piece> records;
  for (auto& slice : slices) records.emplace_back(std::move(slice));
  co_return records;
}

Task<Result<int64_t>> Replica::CountRows() {
  auto self = shared_from_this();
  CO_TRY(co_await Ready());
  if (rows_) co_return co_await rows_->CountRows();
  co_return high_watermark_ - log_->start_offset();
}

void Replica::ExpireWriters(TimestampMs now) {
  if (online() && !offline_) log_->ExpireWriters(now);
}

Task<> Replica::DeleteExpired(TimestampMs now) {
  auto self = shared_from_this();
  if (!online() || offline_) co_return;
  // Until there are snapshots, the changelog alone has all rows for whoever reads a table whole.
  if (rows_) co_return;
  auto ttl = table().config.log_ttl;
  if (ttl.count() <= 0) co_return;
  auto deleted = co_await log_->DeleteExpired({now.value - ttl.count()}, high_watermark_,
                                              setup_.roll_expired_active_segment());
  if (!deleted) {
    spdlog::warn("{}: can't delete expired segments: {}", setup_.path.ToString(),
                 deleted.error().message);
  } else if (*deleted > 0) {
    spdlog::info("{}: deleted {} expired segments", setup_.path.ToString(), *deleted);
  }
}

Task<> Replica::Flush() {
  auto self = shared_from_this();
  if (!online() || offline_) co_return;
  auto flushed = co_await log_->Flush(log_->end_offset());
  if (!flushed) TakeOffline(flushed.error());
}

std::optional<Offset> Replica::committed() const {
  if (!log_ || offline_) return std::nullopt;
  return high_watermark_;
}

}  // namespace millrace::replica
