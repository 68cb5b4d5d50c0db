// What one request changes: the last state of each of its keys, in one piece of memory.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "kv/row_store.h"

namespace millrace::kv {

// Memory for bytes that stay where they are.
class Arena {
 public:
  // A copy of the parts, one behind the other.
  Bytes Copy(Bytes a, Bytes b = {});
  size_t size_bytes() const { return size_bytes_; }

 private:
  static constexpr size_t kChunk = 64 << 10;
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* next_ = nullptr;
  size_t left_ = 0;
  size_t size_bytes_ = 0;
};

// A key of the batch.
struct KeyState {
  uint64_t hash;
  Bytes key;
  // As stored, with its tag; none: there is no such row.
  std::optional<Bytes> value;
  bool changed = false;
};

// The keys of a batch and where to find them. Single-threaded.
class KeyStates {
 public:
  // Makes room for so many keys.
  void Reset(size_t most);
  // The state of the key, which `key` must outlive; `added` tells whether it is new here.
  KeyState& FindOrAdd(Bytes key, bool& added);
  const KeyState* Find(uint64_t hash, Bytes key) const;

  std::vector<KeyState>& all() { return states_; }
  const std::vector<KeyState>& all() const { return states_; }

  // Once all keys are there: their order. Neighbours in the store are near each other in memory, so
  // whatever goes through all keys goes by it.
  void Sort();
  const std::vector<uint32_t>& sorted() const { return sorted_; }

 private:
  std::vector<KeyState> states_;
  std::vector<uint32_t> sorted_;
  std::vector<uint32_t> slots_;  // index in states_ plus one; 0: free
};

uint64_t HashOfKey(Bytes key);

struct ChangeBatch {
  KeyStates keys;
  Arena arena;
  // Of the changelog behind this batch, and what is so there.
  Mark after;
};

// Changes that are in the log and not in the store yet, in order. On one shard.
class PreWriteBuffer {
 public:
  // The state of a key after all batches; null: as the store has it. Keep `holder` as long as you
  // look at it.
  const KeyState* Find(uint64_t hash, Bytes key, std::shared_ptr<const ChangeBatch>& holder) const;

  void Add(std::shared_ptr<ChangeBatch> batch) {
    bytes_ += batch->arena.size_bytes();
    batches_.push_back(std::move(batch));
  }
  // Null: none.
  std::shared_ptr<ChangeBatch> first() const {
    return batches_.empty() ? nullptr : batches_.front();
  }
  void RemoveFirst() {
    bytes_ -= batches_.front()->arena.size_bytes();
    batches_.pop_front();
  }
  bool empty() const { return batches_.empty(); }
  size_t size_bytes() const { return bytes_; }

 private:
  std::deque<std::shared_ptr<ChangeBatch>> batches_;
  size_t bytes_ = 0;
};

}  // namespace millrace::kv
