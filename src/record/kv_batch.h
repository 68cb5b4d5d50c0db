// The KV record batch: what clients send to a primary-key table (docs/formats/kv-batch.md).
//
// Views of bytes that the caller keeps alive.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace millrace::record {

struct KvRecord {
  Bytes key;
  std::optional<Bytes> row;  // none: deletes the key
};

class KvBatch {
 public:
  // Checks length, magic, checksum, and that the records are as many as the header says and fill
  // the batch; rows are only delimited. `bytes` is exactly one batch. kCorruptRecord.
  static Result<KvBatch> Parse(Bytes bytes);
  // Of bytes that Parse() has refused: whether they are as their sender made them.
  static bool ChecksumMatches(Bytes bytes);

  SchemaId schema_id() const { return schema_id_; }
  WriterId writer_id() const { return writer_id_; }           // kNoWriterId: none
  int32_t batch_sequence() const { return batch_sequence_; }  // kNoSequence: none
  int32_t record_count() const { return record_count_; }

  // The records in order: call record_count() times.
  class Records {
   public:
    explicit Records(Bytes bytes) : rest_(bytes) {}
    KvRecord Next();

   private:
    Bytes rest_;
  };
  Records records() const { return Records(records_); }

 private:
  SchemaId schema_id_;
  WriterId writer_id_;
  int32_t batch_sequence_ = -1;
  int32_t record_count_ = 0;
  Bytes records_;
};

}  // namespace millrace::record
