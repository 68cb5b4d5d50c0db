// Batches that clients put, and their records.
#include "base/crc32c.h"
#include "base/endian.h"
#include "fuzz/input.h"
#include "record/kv_batch.h"

namespace millrace::fuzz {
namespace {

using record::KvBatch;

constexpr size_t kHeaderSize = 28;
constexpr size_t kLengthSize = 4;
constexpr size_t kChecksummedAt = 9;

// Gives a batch the length and the checksum it should have.
void Seal(std::vector<std::byte>& bytes) {
  if (bytes.size() < kHeaderSize) return;
  StoreLittle(bytes.data(), static_cast<int32_t>(bytes.size() - kLengthSize));
  StoreLittle(bytes.data() + 5, Crc32c(Bytes(bytes).subspan(kChecksummedAt)));
}

}  // namespace

void Run(Bytes input_bytes) {
  Input input(input_bytes);
  bool seal = input.Flag();
  auto bytes = Exactly(input.Rest());
  if (seal) Seal(bytes);
  auto batch = KvBatch::Parse(bytes);
  if (!batch) {
    MILLRACE_CHECK(batch.error().code == ErrorCode::kCorruptRecord, "another error");
    return;
  }
  auto records = batch->records();
  const std::byte* end = bytes.data() + kHeaderSize;
  for (int32_t i = 0; i < batch->record_count(); ++i) {
    auto [key, row] = records.Next();
    MILLRACE_CHECK(key.data() > end + kLengthSize, "a key outside its record");
    MILLRACE_CHECK(!row || row->data() == key.data() + key.size(), "a row apart from its key");
    MILLRACE_CHECK(!row || !row->empty(), "a row of nothing is a delete");
    end = key.data() + key.size() + (row ? row->size() : 0);
  }
  MILLRACE_CHECK(end == bytes.data() + bytes.size(), "records that don't fill the batch");
}

}  // namespace millrace::fuzz
