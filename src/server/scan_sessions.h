// Scans of whole buckets of primary-key tables, read by clients in several calls: SCAN_KV.
//
// A session belongs to no connection. It keeps the rows as they were when it was opened, and with
// them their store open, until all are read, the client closes it, it makes a mistake, nobody asks
// for more for a while, or the bucket stops. Rows are read and stores let go in the blocking pool.
//
// Lives on one shard. All but the constructor may be called on any shard: they hop there and back.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "kv/kv_tablet.h"
#include "runtime/blocking_pool.h"
#include "runtime/event.h"

namespace millrace::server {

struct ScanOptions {
  // A session that is not asked for so long ends.
  std::chrono::milliseconds ttl = std::chrono::minutes(10);
  // How often that is looked at, while there are sessions.
  std::chrono::milliseconds expiration_interval = std::chrono::seconds(30);
  int64_t most_per_bucket = 8;
  int64_t most_per_server = 200;
  // Of one step, whatever the client asks for; a single row may be larger.
  uint64_t most_batch_bytes = 10 << 20;
};

// What a client asks of a session with each call.
struct ScanCall {
  int32_t sequence = 0;  // 0 opens a session, then one more each time
  uint64_t batch_bytes = 0;
};

struct ScanStep {
  std::string scanner_id;  // empty: there are no rows, so that no session was needed
  std::string records;     // a value batch; empty if there are no rows
  bool has_more = false;   // else the session has ended
  // Of the first step: where the changelog goes on behind the rows.
  std::optional<Offset> log_offset;
};

class ScanSessions {
 public:
  using Opener = std::function<runtime::Task<Result<kv::RowScan>>()>;

  // All must outlive it.
  ScanSessions(runtime::Shard& shard, runtime::Clock& clock, runtime::BlockingPool& pool,
               ScanOptions options);
  ~ScanSessions();

  // Opens a session of the scan that `open` makes, and reads its first step: all rows together are
  // at most `limit`. kTooManyScanners before `open` is called; what it fails with.
  runtime::Task<Result<ScanStep>> Open(TableBucket bucket, Opener open, int64_t limit,
                                       ScanCall call);
  // Reads on. Any error ends the session:
  //   kUnknownScannerId    there is no such session
  //   kScannerExpired      there was one, which expired, or whose bucket stopped
  //   kInvalidScanRequest  a call that is not the next one, or while another one is answered
  //   kKvStorage
  runtime::Task<Result<ScanStep>> Continue(std::string scanner_id, ScanCall call);
  // Ends the session, if there is one.
  runtime::Task<> Close(std::string scanner_id);

  // Ends all sessions of a bucket that is about to stop, and returns once they have let go of its
  // store.
  runtime::Task<> EndOf(TableBucket bucket);
  // Ends sessions that are idle for too long: what is done every expiration interval.
  runtime::Task<> Expire();
  // Ends all, and waits until nothing is under way. Call it before the destructor.
  runtime::Task<> Stop();

 private:
  struct Session;
  using SessionPtr = std::shared_ptr<Session>;

  // These on shard_.
  runtime::Task<Result<ScanStep>> OpenHere(TableBucket bucket, Opener open, int64_t limit,
                                           ScanCall call);
  runtime::Task<Result<ScanStep>> ContinueHere(std::string scanner_id, ScanCall call);
  runtime::Task<> CloseHere(std::string scanner_id);
  runtime::Task<> EndOfHere(TableBucket bucket);
  runtime::Task<> StopHere();
  runtime::Task<> ExpireHere();

  Result<void> CheckRoom(const TableBucket& bucket) const;
  SessionPtr Add(const TableBucket& bucket, int64_t limit);
  Result<SessionPtr> Find(const std::string& scanner_id) const;
  runtime::Task<Result<ScanStep>> Read(SessionPtr session, ScanCall call);
  void End(const SessionPtr& session);
  void EndExpired(const SessionPtr& session);
  runtime::Task<> LetGo(SessionPtr session);
  runtime::Task<> ExpireLoop();

  runtime::Shard& shard_;
  runtime::Clock& clock_;
  runtime::BlockingPool& pool_;
  const ScanOptions options_;

  std::unordered_map<std::string, SessionPtr> sessions_;
  std::map<TableBucket, int64_t> counts_;  // of sessions; of none: no entry
  // Ids of sessions that expired not long ago, and when.
  std::map<std::string, runtime::Instant> expired_;
  bool looping_ = false;
  runtime::Event stopping_;
  runtime::Gate under_way_;
};

}  // namespace millrace::server
