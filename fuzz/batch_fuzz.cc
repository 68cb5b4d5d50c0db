// Headers of log batches, and walking from one to the next.
#include "base/endian.h"
#include "fuzz/input.h"
#include "record/batch_reader.h"
#include "record/log_batch.h"

namespace millrace::fuzz {
namespace {

using record::LogBatch;

void CheckHeader(const LogBatch& batch) {
  MILLRACE_CHECK(batch.header_size() <= batch.size() && batch.records_position() <= batch.size(),
                 "sizes");
  MILLRACE_CHECK(batch.record_count() >= 0 && batch.last_offset_delta() >= 0, "counts");
  MILLRACE_CHECK(batch.statistics().size() == static_cast<size_t>(batch.statistics_length()),
                 "statistics");
  MILLRACE_CHECK(
      batch.next_offset().value == static_cast<int64_t>(uint64_t(batch.last_offset().value) + 1),
      "offsets");
  // The header alone tells the same.
  auto header = Exactly(batch.bytes().first(batch.header_size()));
  auto alone = Must(LogBatch::Parse(header, /*whole=*/false));
  MILLRACE_CHECK(alone.size() == batch.size() && alone.magic() == batch.magic(),
                 "the header alone");
  MILLRACE_CHECK(alone.schema_id() == batch.schema_id() && alone.writer_id() == batch.writer_id(),
                 "the header alone");
  MILLRACE_CHECK(alone.batch_sequence() == batch.batch_sequence(), "the header alone");
  MILLRACE_CHECK(alone.statistics_length() == 0 || alone.statistics().empty(),
                 "statistics that are not there");
  MILLRACE_CHECK(!alone.CrcValid() || batch.size() == batch.header_size(),
                 "a checksum of what is not there");
}

// What the leader stamps does not touch the checksum.
void CheckStamp(const LogBatch& batch) {
  auto bytes = Exactly(batch.bytes());
  record::StampLogBatch(bytes, Offset{1234567890123}, TimestampMs{987654321});
  auto stamped = Must(LogBatch::Parse(bytes));
  MILLRACE_CHECK(stamped.base_offset() == Offset{1234567890123}, "the stamped offset");
  MILLRACE_CHECK(stamped.commit_timestamp() == TimestampMs{987654321}, "the stamped time");
  MILLRACE_CHECK(stamped.CrcValid() == batch.CrcValid(), "stamping changed the checksum");
}

}  // namespace

void Run(Bytes input) {
  if (auto size = LogBatch::SizeOf(input)) MILLRACE_CHECK(*size >= record::kMinHeaderSize, "size");
  if (auto header = LogBatch::Parse(input, /*whole=*/false)) {
    (void)header->statistics();
    (void)header->CrcValid();
  }
  record::BatchIterator batches(input);
  size_t position = 0;
  while (true) {
    auto next = batches.Next();
    if (!next) {
      MILLRACE_CHECK(!batches.Next(), "an error is no error the second time");
      break;
    }
    if (!*next) break;
    const LogBatch& batch = **next;
    MILLRACE_CHECK(AsText(batch.bytes()) == AsText(input.subspan(position, batch.size())),
                   "another batch");
    position += batch.size();
    MILLRACE_CHECK(batches.position() == position, "position");
    CheckHeader(batch);
    CheckStamp(batch);
  }
  MILLRACE_CHECK(batches.position() == position, "position at the end");
}

}  // namespace millrace::fuzz
