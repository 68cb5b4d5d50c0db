#include "kv/merge/roaring32.h"

#include <algorithm>
#include <concepts>
#include <cstring>
#include <utility>

#include "base/endian.h"

namespace millrace::kv::internal {
namespace {

constexpr uint32_t kCookieWithoutRuns = 12346;
constexpr uint32_t kCookieWithRuns = 12347;  // with the number of containers - 1 in the upper half
constexpr uint32_t kMaxContainers = 65536;
// Bitmaps that have runs, and fewer containers than this, have no offsets.
constexpr uint32_t kOffsetsFrom = 4;

Error Malformed(std::string_view what) {
  return Error{ErrorCode::kUnknownServerError, std::string(what)};
}

Error EndsInHeader() {
  return Malformed("it ends within the header");
}

struct Header {
  uint32_t containers = 0;
  Bytes run_flags = {};  // empty: no runs
  Bytes descriptions = {};

  bool IsRuns(uint32_t container) const {
    if (run_flags.empty()) return false;
    return (std::to_integer<uint32_t>(run_flags[container / 8]) >> container % 8 & 1) != 0;
  }
  uint16_t Key(uint32_t container) const {
    return LoadLittle<uint16_t>(descriptions.data() + size_t{4} * container);
  }
  uint32_t Cardinality(uint32_t container) const {
    return LoadLittle<uint16_t>(descriptions.data() + size_t{4} * container + 2) + uint32_t{1};
  }
};

Result<Header> ReadHeader(BitmapInput& input) {
  std::optional<uint32_t> cookie = input.Number<uint32_t>();
  if (!cookie) return EndsInHeader();
  bool has_runs = (*cookie & 0xffff) == kCookieWithRuns;
  Header header;
  if (has_runs) {
    header.containers = (*cookie >> 16) + 1;
    std::optional<Bytes> flags = input.Take((header.containers + 7) / 8);
    if (!flags) return EndsInHeader();
    header.run_flags = *flags;
  } else {
    if (*cookie != kCookieWithoutRuns) return Malformed("it does not begin like one");
    std::optional<uint32_t> containers = input.Number<uint32_t>();
    if (!containers) return EndsInHeader();
    if (*containers > kMaxContainers) return Malformed("more than 65536 containers");
    header.containers = *containers;
  }
  std::optional<Bytes> descriptions = input.Take(size_t{4} * header.containers);
  if (!descriptions) return EndsInHeader();
  header.descriptions = *descriptions;
  if (!has_runs || header.containers >= kOffsetsFrom) {
    if (!input.Take(size_t{4} * header.containers)) return EndsInHeader();
  }
  return header;
}

template <std::integral T>
void Append(std::string& to, T number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof(T));
}

}  // namespace

Result<void> Roaring32Union::Read(Bytes bytes, std::vector<Part>& parts) {
  BitmapInput input(bytes);
  TRY_ASSIGN(Header header, ReadHeader(input));
  parts.clear();
  for (uint32_t i = 0; i < header.containers; ++i) {
    uint16_t key = header.Key(i);
    if (i > 0 && parts.back().key >= key) return Malformed("its keys do not ascend");
    uint32_t cardinality = header.Cardinality(i);
    ContainerKind kind = header.IsRuns(i)                 ? ContainerKind::kRuns
                         : cardinality <= kMaxArrayValues ? ContainerKind::kArray
                                                          : ContainerKind::kBits;
    TRY_ASSIGN(Container container, ReadContainer(input, kind, cardinality));
    parts.push_back({key, container});
  }
  return {};
}

Result<Bytes> Roaring32Union::Unite(Bytes stored, Bytes sent) {
  for (auto [bytes, parts, name] :
       {std::tuple(stored, &stored_, "stored"), std::tuple(sent, &sent_, "sent")}) {
    Result<void> read = Read(bytes, *parts);
    if (read) continue;
    return Malformed("the " + std::string(name) +
                     " value is no 32-bit roaring bitmap: " + read.error().message);
  }
  maker_.Reset();
  MergeParts();
  Write();
  return AsBytes(bytes_);
}

void Roaring32Union::MergeParts() {
  merged_.clear();
  auto a = stored_.begin();
  auto b = sent_.begin();
  while (a != stored_.end() || b != sent_.end()) {
    if (b == sent_.end() || (a != stored_.end() && a->key < b->key)) {
      merged_.push_back(*a++);
    } else if (a == stored_.end() || b->key < a->key) {
      merged_.push_back(*b++);
    } else {
      merged_.push_back({a->key, maker_.Unite(a->container, b->container)});
      ++a;
      ++b;
    }
  }
  for (Part& part : merged_) part.container = maker_.Optimize(part.container, BitmapFormat::k32);
}

void Roaring32Union::Write() {
  bytes_.clear();
  WriteHeader(std::ranges::any_of(
      merged_, [](const Part& part) { return part.container.kind == ContainerKind::kRuns; }));
  for (const Part& part : merged_) bytes_.append(AsText(part.container.data));
}

void Roaring32Union::WriteHeader(bool has_runs) {
  uint32_t size = static_cast<uint32_t>(merged_.size());
  if (has_runs) {
    Append(bytes_, kCookieWithRuns | (size - 1) << 16);
    size_t flags = bytes_.size();
    bytes_.append((size + 7) / 8, '\0');
    for (uint32_t i = 0; i < size; ++i) {
      if (merged_[i].container.kind == ContainerKind::kRuns) bytes_[flags + i / 8] |= 1 << i % 8;
    }
  } else {
    Append(bytes_, kCookieWithoutRuns);
    Append(bytes_, size);
  }
  for (const Part& part : merged_) {
    Append(bytes_, part.key);
    Append(bytes_, static_cast<uint16_t>(part.container.cardinality - 1));
  }
  if (has_runs && size < kOffsetsFrom) return;
  size_t offset = bytes_.size() + size_t{4} * size;
  for (const Part& part : merged_) {
    Append(bytes_, static_cast<uint32_t>(offset));
    offset += part.container.data.size();
  }
}

}  // namespace millrace::kv::internal
