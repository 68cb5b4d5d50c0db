// rbm64: 64-bit roaring bitmaps as the Java library's Roaring64Bitmap dumps them
// (docs/formats/kv-merge.md#bitmaps). For the .cc files of this folder only.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "kv/merge/bitmap_container.h"
#include "kv/merge/key_tree.h"

namespace millrace::kv::internal {

class Roaring64Union {
 public:
  // What is in either of two bitmaps, in the bytes that the Java library would write. Valid until
  // the next call. kUnknownServerError if one is malformed, kRecordTooLarge past 2 GiB; bytes
  // behind a bitmap are ignored.
  Result<Bytes> Unite(Bytes stored, Bytes sent);

 private:
  // A container has its place in an array with gaps.
  struct Slot {
    uint32_t index;
    bool has_key;
    Container container;
  };
  struct Bitmap {
    KeyTree tree;
    std::vector<Slot> slots;  // by ascending index, without gaps
    uint32_t slot_count = 0;  // with gaps
    int64_t last_index = -1;  // given to a container

    void Clear();
    Result<void> Read(Bytes bytes);
    Result<void> ReadSlots(BitmapInput& input);
    // The slot of the index; null if it is a gap.
    Slot* Find(uint64_t index);
    Result<void> CheckKeys(uint64_t key_count);
    bool IsEmpty() const { return slots.empty(); }
    void Add(const KeyTree::Key& key, const Container& container);
  };

  void AddSent();
  Result<void> Write();

  // Kept from call to call, for the memory.
  ContainerMaker maker_;
  Bitmap stored_;  // becomes the union
  Bitmap sent_;
  std::string bytes_;
};

}  // namespace millrace::kv::internal
