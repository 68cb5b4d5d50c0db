#include "kv/merge/roaring64.h"

#include <algorithm>
#include <concepts>
#include <limits>
#include <utility>

namespace millrace::kv::internal {
namespace {

// Of the array of containers: not shortened, or shortened, which makes no difference.
constexpr uint8_t kNotTrimmed = 0xfe;
constexpr uint8_t kTrimmed = 0xff;

Error Malformed(std::string_view what) {
  return Error{ErrorCode::kUnknownServerError, std::string(what)};
}

Error EndsInContainers() {
  return Malformed("it ends within the containers");
}

template <std::integral T>
void Append(std::string& to, T number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof(T));
}

}  // namespace

void Roaring64Union::Bitmap::Clear() {
  tree.Clear();
  slots.clear();
  slot_count = 0;
  last_index = -1;
}

Result<void> Roaring64Union::Bitmap::Read(Bytes bytes) {
  Clear();
  BitmapInput input(bytes);
  std::optional<uint8_t> is_filled = input.Number<uint8_t>();
  if (!is_filled || *is_filled > 1) return Malformed("it does not begin like one");
  if (*is_filled == 0) return {};
  std::optional<uint64_t> key_count = input.Number<uint64_t>();
  if (!key_count) return Malformed("it ends within the header");
  TRY(tree.Read(input));
  TRY(ReadSlots(input));
  return CheckKeys(*key_count);
}

Result<void> Roaring64Union::Bitmap::ReadSlots(BitmapInput& input) {
  std::optional<uint32_t> arrays = input.Number<uint32_t>();
  std::optional<uint8_t> trimmed = input.Number<uint8_t>();
  std::optional<uint32_t> count = input.Number<uint32_t>();
  if (!count) return EndsInContainers();
  // A second array is begun only when the first has two thousand million containers.
  if (*arrays != 1) return Malformed("more arrays of containers than one");
  if (*trimmed != kNotTrimmed && *trimmed != kTrimmed) return Malformed("an unknown array");
  slot_count = *count;
  for (uint32_t index = 0; index < slot_count; ++index) {
    std::optional<uint8_t> is_taken = input.Number<uint8_t>();
    if (!is_taken) return EndsInContainers();
    if (*is_taken == 0) continue;
    std::optional<uint8_t> kind = input.Number<uint8_t>();
    std::optional<uint32_t> cardinality = input.Number<uint32_t>();
    if (!cardinality) return EndsInContainers();
    if (*is_taken > 1 || *kind > 2) return Malformed("an unknown kind of container");
    TRY_ASSIGN(Container container,
               ReadContainer(input, static_cast<ContainerKind>(*kind), *cardinality));
    slots.push_back({index, false, container});
  }
  std::optional<uint64_t> containers = input.Number<uint64_t>();
  std::optional<uint32_t> last_array = input.Number<uint32_t>();
  std::optional<uint32_t> last = input.Number<uint32_t>();
  if (!last) return EndsInContainers();
  if (*containers != slots.size() || *last_array != 0 || *last >= slot_count ||
      (!slots.empty() && *last < slots.back().index)) {
    return Malformed("a wrong count of containers");
  }
  last_index = *last;
  return {};
}

Roaring64Union::Slot* Roaring64Union::Bitmap::Find(uint64_t index) {
  // Most arrays have gaps at their end only.
  if (index < slots.size() && slots[index].index == index) return &slots[index];
  auto found = std::ranges::lower_bound(slots, index, {}, &Slot::index);
  return found == slots.end() || found->index != index ? nullptr : &*found;
}

// Every key has a container of its own, and there are no others.
Result<void> Roaring64Union::Bitmap::CheckKeys(uint64_t key_count) {
  for (const KeyTree::Leaf& leaf : tree.leaves_read()) {
    Slot* slot = Find(leaf.container);
    if (!slot || slot->has_key) return Malformed("a key without a container");
    slot->has_key = true;
  }
  size_t keys = tree.leaves_read().size();
  if (keys != slots.size() || keys != key_count) return Malformed("a wrong count of keys");
  return {};
}

// At the next index, growing the array by half where it is full.
void Roaring64Union::Bitmap::Add(const KeyTree::Key& key, const Container& container) {
  uint32_t index = static_cast<uint32_t>(++last_index);
  if (index >= slot_count) slot_count = std::max(slot_count + slot_count / 2, index + 1);
  slots.push_back({index, true, container});
  tree.Insert(key, index);
}

Result<Bytes> Roaring64Union::Unite(Bytes stored, Bytes sent) {
  for (auto [bytes, bitmap, name] :
       {std::tuple(stored, &stored_, "stored"), std::tuple(sent, &sent_, "sent")}) {
    Result<void> read = bitmap->Read(bytes);
    if (read) continue;
    return Malformed("the " + std::string(name) +
                     " value is no 64-bit roaring bitmap: " + read.error().message);
  }
  maker_.Reset();
  AddSent();
  for (Slot& slot : stored_.slots) {
    slot.container = maker_.Optimize(slot.container, BitmapFormat::k64);
  }
  TRY(Write());
  return AsBytes(bytes_);
}

void Roaring64Union::AddSent() {
  std::span<const KeyTree::Leaf> have = stored_.tree.leaves_read();
  for (const KeyTree::Leaf& leaf : sent_.tree.leaves_read()) {
    const Container& container = sent_.Find(leaf.container)->container;
    while (!have.empty() && have.front().key < leaf.key) have = have.subspan(1);
    if (!have.empty() && have.front().key == leaf.key) {
      Slot* slot = stored_.Find(have.front().container);
      slot->container = maker_.Unite(slot->container, container);
    } else {
      stored_.Add(leaf.key, container);
    }
  }
}

Result<void> Roaring64Union::Write() {
  bytes_.clear();
  Append(bytes_, static_cast<uint8_t>(!stored_.IsEmpty()));
  if (stored_.IsEmpty()) return {};
  Append(bytes_, uint64_t{stored_.slots.size()});
  stored_.tree.Write(bytes_);
  Append(bytes_, uint32_t{1});
  Append(bytes_, kNotTrimmed);
  Append(bytes_, stored_.slot_count);
  uint32_t index = 0;
  for (const Slot& slot : stored_.slots) {
    bytes_.append(slot.index - index, '\0');
    index = slot.index + 1;
    Append(bytes_, uint8_t{1});
    Append(bytes_, static_cast<uint8_t>(slot.container.kind));
    Append(bytes_, slot.container.cardinality);
    bytes_.append(AsText(slot.container.data));
  }
  bytes_.append(stored_.slot_count - index, '\0');
  Append(bytes_, uint64_t{stored_.slots.size()});
  Append(bytes_, uint32_t{0});
  Append(bytes_, static_cast<uint32_t>(stored_.last_index));
  if (bytes_.size() <= std::numeric_limits<int32_t>::max()) return {};
  return Error{ErrorCode::kRecordTooLarge,
               "the bitmap would take " + std::to_string(bytes_.size()) + " bytes"};
}

}  // namespace millrace::kv::internal
