// rbm32: the portable format of 32-bit roaring bitmaps (docs/formats/kv-merge.md#bitmaps). For the
// .cc files of this folder only.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "kv/merge/bitmap_container.h"

namespace millrace::kv::internal {

class Roaring32Union {
 public:
  // What is in either of two bitmaps, in the bytes that the Java library would write. Valid until
  // the next call. kUnknownServerError if one is malformed; bytes behind a bitmap are ignored.
  Result<Bytes> Unite(Bytes stored, Bytes sent);

 private:
  struct Part {
    uint16_t key;  // the upper half of its values
    Container container;
  };

  static Result<void> Read(Bytes bytes, std::vector<Part>& parts);
  void MergeParts();
  void Write();
  void WriteHeader(bool has_runs);

  // Kept from call to call, for the memory.
  ContainerMaker maker_;
  std::vector<Part> stored_;
  std::vector<Part> sent_;
  std::vector<Part> merged_;
  std::string bytes_;
};

}  // namespace millrace::kv::internal
