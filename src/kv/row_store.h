// One bucket's rows in RocksDB. The only file that includes RocksDB for rows, and translates its
// errors: kKvStorage, naming the directory.
//
// There is no write-ahead log here: the changelog is it. The store knows up to which offset of the
// changelog it surely is on the device, so that an opening knows from where to apply the changelog
// again: its mark, kept beside the database (docs/formats/kv-tablet.md). Rows of later offsets may
// be there too; applied once more, they come to the same.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "kv/store_options.h"
#include "runtime/clock.h"
#include "runtime/disk.h"

namespace millrace::kv {

// What all stores of a process share: block cache, memory for writes, rate limit.
class StoreResources {
 public:
  explicit StoreResources(StoreOptions options);
  ~StoreResources();

  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// A point of the changelog, and what was so then.
struct Mark {
  Offset offset;  // all below is applied
  int64_t row_count = 0;
  // The ids of an auto-increment column that may still be given: none if empty.
  int64_t next_id = 0;
  int64_t last_id = -1;

  bool operator==(const Mark&) const = default;
};

// Values found, side by side in one buffer that is kept from call to call.
class FoundValues {
 public:
  size_t size() const { return places_.size(); }
  // None: there is no such key. Valid until the next Set() or Add().
  std::optional<Bytes> operator[](size_t index) const {
    const auto& place = places_[index];
    if (place.size == kMissing) return std::nullopt;
    return AsBytes(bytes_).subspan(place.position, place.size);
  }
  size_t size_bytes() const { return bytes_.size(); }

  // Bytes that the values may still take, and those of all others with the same budget: one that
  // does not fit is left out, and over_budget() tells. It must outlive the values' use.
  void set_budget(std::atomic<int64_t>& left) { budget_ = &left; }
  bool over_budget() const { return over_budget_; }

  // Values will come for so many keys, of each of which the first `skip` bytes are left out.
  void Reset(size_t size, size_t skip = 0) {
    if (budget_) *budget_ += static_cast<int64_t>(bytes_.size());
    over_budget_ = false;
    bytes_.clear();
    places_.assign(size, {});
    skip_ = skip;
  }
  void Set(size_t index, Bytes value) {
    value = value.subspan(std::min(skip_, value.size()));
    if (budget_ && !TakeFromBudget(static_cast<int64_t>(value.size()))) return;
    places_[index] = {bytes_.size(), value.size()};
    bytes_.append(AsText(value));
  }
  void Add(Bytes value) {
    places_.emplace_back();
    Set(places_.size() - 1, value);
  }

 private:
  static constexpr size_t kMissing = SIZE_MAX;
  struct Place {
    size_t position = 0, size = kMissing;
  };

  bool TakeFromBudget(int64_t size) {
    if (budget_->fetch_sub(size, std::memory_order_relaxed) >= size) return true;
    *budget_ += size;
    over_budget_ = true;
    return false;
  }

  std::string bytes_;
  std::vector<Place> places_;
  size_t skip_ = 0;
  std::atomic<int64_t>* budget_ = nullptr;
  bool over_budget_ = false;
};

class RowStore {
 public:
  struct Setup {
    std::string directory;
    // Values begin with a time in milliseconds (8 bytes, big-endian); rows may vanish once it is
    // this long ago.
    std::optional<std::chrono::milliseconds> ttl = std::nullopt;
  };
  // Opens the store in `setup.directory`, making an empty one if there is none. kCorruptRecord for
  // one that is damaged. `clock` and all else must outlive it. Blocks.
  static Result<std::unique_ptr<RowStore>> Open(const StoreResources& resources,
                                                runtime::Disk& disk, runtime::Clock& clock,
                                                Setup setup);
  // Leaves what is not on the device yet to be applied again.
  ~RowStore();

  // What the device surely had when the store was opened.
  const Mark& opened_at() const { return opened_at_; }

  // Looks up keys [begin, begin + count) and sets those found in `values`. Never waits for the
  // device: the indexes of keys for which that is needed are added to `cold`. Any thread.
  Result<void> GetFromMemory(std::span<const Bytes> keys, size_t begin, size_t count,
                             FoundValues& values, std::vector<uint32_t>& cold) const;
  // The keys that are in `cold`, wherever they are. Blocks. Any thread.
  Result<void> Get(std::span<const Bytes> keys, std::span<const uint32_t> cold,
                   FoundValues& values) const;

  // Changes that become visible at once and together.
  class Batch {
   public:
    Batch();
    ~Batch();
    void Put(Bytes key, Bytes value);
    void Delete(Bytes key);
    // Of the changes, about.
    size_t size_bytes() const;
    int count() const;
    void Clear();

    struct Impl;
    Impl& impl() const { return *impl_; }

   private:
    std::unique_ptr<Impl> impl_;
  };
  // Writes to memory. With `may_block` false: false if RocksDB wants writers to wait, and then
  // nothing was written. One writer at a time.
  Result<bool> Write(Batch& batch, bool may_block);
  // Goes on after an error that has stopped all writes. Blocks.
  Result<void> Resume();
  // All written so far is what comes of the changelog up to this mark. By the writer.
  void Reached(const Mark& mark);

  // Begins to bring all written so far to the device, in the background.
  void StartFlush();
  // Does it, and moves the mark. Blocks.
  Result<void> Flush();

  // A view of the rows at the moment it was made, in the order of their keys. Blocks; one thread at
  // a time. Must not outlive the store.
  class Scan {
   public:
    ~Scan();
    bool Valid() const;
    void Next();
    Bytes key() const;
    Bytes value() const;
    // Why it ended before its time, if so.
    Result<void> Status() const;

   private:
    friend class RowStore;
    struct Impl;
    explicit Scan(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };
  // Of the keys that begin with `prefix`.
  std::unique_ptr<Scan> NewScan(Bytes prefix = {}) const;

  // On the device as far as this is known.
  Offset durable() const;
  // Bytes in memory that are not on the device yet.
  uint64_t unflushed_bytes() const;

 private:
  struct Impl;
  RowStore(std::unique_ptr<Impl> impl, Mark opened_at);

  std::unique_ptr<Impl> impl_;
  const Mark opened_at_;
};

}  // namespace millrace::kv
