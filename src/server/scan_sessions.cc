#include "server/scan_sessions.h"

#include <fmt/format.h>

#include <random>

#include "server/row_batch.h"

namespace millrace::server {

using runtime::RunOn;
using runtime::Task;

namespace {

// Nobody can guess one.
std::string NewScannerId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; i++) id += fmt::format("{:08x}", random());
  return id;
}

Error Expired(const TableBucket& bucket) {
  return {ErrorCode::kScannerExpired,
          fmt::format("The scan of {} has ended: begin a new one.", bucket.ToString())};
}

}  // namespace

struct ScanSessions::Session {
  std::string id;
  TableBucket bucket;
  int64_t rows_left = 0;
  std::unique_ptr<kv::RowScan> scan;  // null until it is opened, and once the session let go
  int32_t next_sequence = 0;
  runtime::Instant last_used;
  bool busy = true;  // a call is being answered, which uses `scan`
  bool ended = false;
  runtime::Event let_go;
};

ScanSessions::ScanSessions(runtime::Shard& shard, runtime::Clock& clock,
                           runtime::BlockingPool& pool, ScanOptions options)
    : shard_(shard), clock_(clock), pool_(pool), options_(options) {}

ScanSessions::~ScanSessions() = default;

Task<Result<ScanStep>> ScanSessions::Open(TableBucket bucket, Opener open, int64_t limit,
                                          ScanCall call) {
  return RunOn(shard_, OpenHere(bucket, std::move(open), limit, call));
}

Task<Result<ScanStep>> ScanSessions::Continue(std::string scanner_id, ScanCall call) {
  return RunOn(shard_, ContinueHere(std::move(scanner_id), call));
}

Task<> ScanSessions::Close(std::string scanner_id) {
  return RunOn(shard_, CloseHere(std::move(scanner_id)));
}

Task<> ScanSessions::EndOf(TableBucket bucket) {
  return RunOn(shard_, EndOfHere(bucket));
}

Task<> ScanSessions::Expire() {
  return RunOn(shard_, ExpireHere());
}

Task<> ScanSessions::Stop() {
  return RunOn(shard_, StopHere());
}

Task<Result<ScanStep>> ScanSessions::OpenHere(TableBucket bucket, Opener open, int64_t limit,
                                              ScanCall call) {
  auto pass = under_way_.Enter();
  CO_TRY(CheckRoom(bucket));
  if (call.sequence != 0) {
    co_return Error{ErrorCode::kInvalidScanRequest,
                    fmt::format("A scan begins with call 0, not {}.", call.sequence)};
  }
  auto session = Add(bucket, limit);
  auto opened = co_await open();
  if (!opened) {
    session->busy = false;
    End(session);
    co_return std::move(opened).error();
  }
  Offset log_offset = opened->log_offset;
  session->scan = std::make_unique<kv::RowScan>(std::move(*opened));
  CO_TRY_ASSIGN(auto step, co_await Read(session, call));
  step.log_offset = log_offset;
  co_return step;
}

Task<Result<ScanStep>> ScanSessions::ContinueHere(std::string scanner_id, ScanCall call) {
  auto pass = under_way_.Enter();
  CO_TRY_ASSIGN(auto session, Find(scanner_id));
  std::string wrong;
  if (session->busy) {
    wrong = "a call came before the last one was answered";
  } else if (call.sequence != session->next_sequence) {
    wrong = fmt::format("call {} came where {} was due", call.sequence, session->next_sequence);
  }
  if (!wrong.empty()) {
    End(session);
    co_return Error{ErrorCode::kInvalidScanRequest, fmt::format("The scan of {} has ended: {}.",
                                                                session->bucket.ToString(), wrong)};
  }
  session->busy = true;
  co_return co_await Read(session, call);
}

Task<> ScanSessions::CloseHere(std::string scanner_id) {
  auto pass = under_way_.Enter();
  if (auto found = sessions_.find(scanner_id); found != sessions_.end()) {
    SessionPtr session = found->second;
    End(session);
  }
  co_return;
}

Task<> ScanSessions::EndOfHere(TableBucket bucket) {
  auto pass = under_way_.Enter();
  if (!counts_.contains(bucket)) co_return;
  std::vector<SessionPtr> ending;
  for (const auto& [id, session] : sessions_) {
    if (session->bucket == bucket) ending.push_back(session);
  }
  for (const auto& session : ending) EndExpired(session);
  for (const auto& session : ending) co_await session->let_go.Wait();
}

Task<> ScanSessions::StopHere() {
  stopping_.Set();
  while (!sessions_.empty()) {
    SessionPtr session = sessions_.begin()->second;
    End(session);
  }
  co_await under_way_.WaitEmpty();
}

Task<> ScanSessions::ExpireHere() {
  runtime::Instant now = clock_.Now();
  std::vector<SessionPtr> ending;
  for (const auto& [id, session] : sessions_) {
    if (!session->busy && now - session->last_used > options_.ttl) ending.push_back(session);
  }
  for (const auto& session : ending) EndExpired(session);
  std::erase_if(expired_, [&](const auto& entry) { return now - entry.second > 2 * options_.ttl; });
  co_return;
}

Task<> ScanSessions::ExpireLoop() {
  auto pass = under_way_.Enter();
  looping_ = true;
  while (!sessions_.empty() || !expired_.empty()) {
    auto next = shard_.clock().Now() + options_.expiration_interval;
    if (co_await stopping_.WaitUntil(next)) break;
    co_await ExpireHere();
  }
  looping_ = false;
}

Result<void> ScanSessions::CheckRoom(const TableBucket& bucket) const {
  if (stopping_.is_set()) {
    return Error{ErrorCode::kNotLeaderOrFollower, "The server is stopping."};
  }
  auto most_of = [](std::string_view whose, int64_t most) {
    return Error{ErrorCode::kTooManyScanners,
                 fmt::format("There are {} scans of {} already, as many as may be.", most, whose)};
  };
  if (static_cast<int64_t>(sessions_.size()) >= options_.most_per_server) {
    return most_of("this server", options_.most_per_server);
  }
  auto of_bucket = counts_.find(bucket);
  if (of_bucket != counts_.end() && of_bucket->second >= options_.most_per_bucket) {
    return most_of(bucket.ToString(), options_.most_per_bucket);
  }
  return {};
}

ScanSessions::SessionPtr ScanSessions::Add(const TableBucket& bucket, int64_t limit) {
  auto session = std::make_shared<Session>();
  session->id = NewScannerId();
  session->bucket = bucket;
  session->rows_left = limit;
  sessions_[session->id] = session;
  counts_[bucket]++;
  if (!looping_) runtime::Spawn(ExpireLoop());
  return session;
}

Result<ScanSessions::SessionPtr> ScanSessions::Find(const std::string& scanner_id) const {
  auto found = sessions_.find(scanner_id);
  if (found != sessions_.end()) return found->second;
  if (expired_.contains(scanner_id)) {
    return Error{ErrorCode::kScannerExpired, "The scan has expired: begin a new one."};
  }
  return Error{ErrorCode::kUnknownScannerId, "There is no scan of this id."};
}

// Of a session that the caller made busy.
Task<Result<ScanStep>> ScanSessions::Read(SessionPtr session, ScanCall call) {
  uint64_t most_bytes = std::min(call.batch_bytes, options_.most_batch_bytes);
  Result<RowBatch> batch;
  if (!session->ended) {
    batch = co_await pool_.Run(
        [&] { return ReadRowBatch(*session->scan, session->rows_left, most_bytes); });
  }
  session->busy = false;
  session->last_used = clock_.Now();
  session->next_sequence = static_cast<int32_t>(static_cast<uint32_t>(session->next_sequence) + 1);
  if (session->ended) {
    runtime::Spawn(LetGo(session));
    co_return Expired(session->bucket);
  }
  if (!batch || !batch->more) End(session);
  if (!batch) co_return std::move(batch).error();
  ScanStep step;
  if (batch->count > 0) {
    step.scanner_id = session->id;
    step.records = std::move(batch->records);
    step.has_more = batch->more;
  }
  co_return step;
}

// Whoever made it busy lets it go once that is over.
void ScanSessions::End(const SessionPtr& session) {
  if (session->ended) return;
  session->ended = true;
  sessions_.erase(session->id);
  auto of_bucket = counts_.find(session->bucket);
  if (--of_bucket->second == 0) counts_.erase(of_bucket);
  if (!session->busy) runtime::Spawn(LetGo(session));
}

void ScanSessions::EndExpired(const SessionPtr& session) {
  expired_[session->id] = clock_.Now();
  End(session);
}

// Closing a store, if the scan is the last to hold it, blocks.
Task<> ScanSessions::LetGo(SessionPtr session) {
  auto pass = under_way_.Enter();
  auto scan = std::move(session->scan);
  if (scan) co_await pool_.Run([&] { scan = nullptr; });
  session->let_go.Set();
}

}  // namespace millrace::server
