// Reading and writing the tree's dump.
#include <algorithm>
#include <concepts>
#include <cstring>
#include <utility>

#include "base/endian.h"
#include "kv/merge/key_tree.h"

namespace millrace::kv::internal {
namespace {

// Children that a node of each kind has. The library turns one with fewer into the next smaller
// kind, or removes it.
struct Limits {
  uint16_t least;
  uint16_t most;
};
constexpr Limits kLimits[] = {{2, 4}, {4, 16}, {13, 48}, {37, 256}};

Error Malformed(std::string_view what) {
  return Error{ErrorCode::kUnknownServerError, std::string(what)};
}

Error EndsInTree() {
  return Malformed("it ends within the tree");
}

template <std::integral T>
void Append(std::string& to, T number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof(T));
}

void AppendBytes(std::string& to, std::span<const uint8_t> bytes) {
  to.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

uint8_t ByteAt(Bytes bytes, size_t position) {
  return std::to_integer<uint8_t>(bytes[position]);
}

// A node of 48 keeps its slots in big-endian words, which are dumped in little-endian ones.
size_t PlaceOfSlot(size_t byte) {
  return byte ^ 7;
}

}  // namespace

Result<void> KeyTree::Read(BitmapInput& input) {
  Clear();
  Key path = {};
  TRY_ASSIGN(root_, ReadNode(input, 0, path));
  return {};
}

Result<KeyTree::NodeId> KeyTree::ReadNode(BitmapInput& input, size_t depth, Key& path) {
  std::optional<uint8_t> kind = input.Number<uint8_t>();
  std::optional<uint16_t> children = input.Number<uint16_t>();
  std::optional<uint8_t> prefix_size = input.Number<uint8_t>();
  if (!prefix_size) return EndsInTree();
  if (*kind > static_cast<uint8_t>(Kind::kLeaf)) return Malformed("an unknown kind of node");
  bool is_leaf = *kind == static_cast<uint8_t>(Kind::kLeaf);
  // An inner node's prefix is followed by one more byte of the key. A leaf may have a prefix from
  // former times, which means nothing.
  if (*prefix_size > kKeySize || (!is_leaf && depth + *prefix_size >= kKeySize)) {
    return Malformed("a node's prefix is too long");
  }
  if (!is_leaf && (*children < kLimits[*kind].least || *children > kLimits[*kind].most)) {
    return Malformed("a node with " + std::to_string(*children) + " children");
  }
  std::optional<Bytes> prefix = input.Take(*prefix_size);
  if (!prefix) return EndsInTree();

  NodeId id = Add(static_cast<Kind>(*kind));
  Node& node = nodes_[id];
  node.prefix_size = *prefix_size;
  node.children = *children;
  std::memcpy(node.prefix.data(), prefix->data(), prefix->size());
  if (is_leaf) {
    TRY(ReadLeaf(input, id, depth, path));
    return id;
  }
  std::memcpy(path.data() + depth, prefix->data(), prefix->size());
  depth += *prefix_size;
  if (node.kind == Kind::k48) {
    TRY(ReadMiddle(input, id, depth, path));
  } else if (node.kind == Kind::k256) {
    TRY(ReadLarge(input, id, depth, path));
  } else {
    TRY(ReadSmall(input, id, depth, path));
  }
  return id;
}

Result<void> KeyTree::ReadLeaf(BitmapInput& input, NodeId id, size_t depth, const Key& path) {
  std::optional<Bytes> key = input.Take(kKeySize);
  std::optional<uint64_t> container = input.Number<uint64_t>();
  if (!key || !container) return EndsInTree();
  Leaf& leaf = leaves_[nodes_[id].body];
  std::memcpy(leaf.key.data(), key->data(), kKeySize);
  leaf.container = *container;
  if (!std::equal(path.begin(), path.begin() + depth, leaf.key.begin())) {
    return Malformed("a key is not where it belongs");
  }
  leaves_read_.push_back(leaf);
  return {};
}

Result<KeyTree::NodeId> KeyTree::ReadChild(BitmapInput& input, size_t depth, Key& path,
                                           uint8_t byte) {
  path[depth] = byte;
  return ReadNode(input, depth + 1, path);
}

Result<void> KeyTree::ReadSmall(BitmapInput& input, NodeId id, size_t depth, Key& path) {
  size_t children = nodes_[id].children;
  uint32_t body = nodes_[id].body;
  std::optional<Bytes> bytes = input.Take(nodes_[id].kind == Kind::k4 ? 4 : 16);
  if (!bytes) return EndsInTree();
  // Those of a node of 16 are big-endian words of 8, those of a node of 4 one of 4, all dumped as
  // little-endian ones.
  for (size_t i = 0; i < bytes->size(); ++i) {
    small_[body].bytes[i] = ByteAt(*bytes, i ^ (bytes->size() == 4 ? 3 : 7));
  }
  for (size_t i = 0; i < children; ++i) {
    uint8_t byte = small_[body].bytes[i];
    if (i > 0 && byte <= small_[body].bytes[i - 1]) {
      return Malformed("a node's children do not ascend");
    }
    TRY_ASSIGN(NodeId child, ReadChild(input, depth, path, byte));
    small_[body].nodes[i] = child;
  }
  return {};
}

Result<void> KeyTree::ReadMiddle(BitmapInput& input, NodeId id, size_t depth, Key& path) {
  uint32_t body = nodes_[id].body;
  std::optional<Bytes> slots = input.Take(256);
  if (!slots) return EndsInTree();
  size_t children = 0;
  for (size_t byte = 0; byte < 256; ++byte) {
    uint8_t slot = ByteAt(*slots, PlaceOfSlot(byte));
    if (slot == Middle::kNoSlot) continue;
    if (slot >= middle_[body].nodes.size() || middle_[body].nodes[slot] != kNone) {
      return Malformed("two children of a node in one place");
    }
    TRY_ASSIGN(NodeId child, ReadChild(input, depth, path, static_cast<uint8_t>(byte)));
    middle_[body].slots[byte] = slot;
    middle_[body].nodes[slot] = child;
    ++children;
  }
  if (children != nodes_[id].children) return Malformed("a node lacks children");
  return {};
}

Result<void> KeyTree::ReadLarge(BitmapInput& input, NodeId id, size_t depth, Key& path) {
  uint32_t body = nodes_[id].body;
  std::optional<Bytes> flags = input.Take(256 / 8);
  if (!flags) return EndsInTree();
  size_t children = 0;
  for (size_t byte = 0; byte < 256; ++byte) {
    if ((ByteAt(*flags, byte / 8) >> byte % 8 & 1) == 0) continue;
    TRY_ASSIGN(NodeId child, ReadChild(input, depth, path, static_cast<uint8_t>(byte)));
    large_[body].nodes[byte] = child;
    ++children;
  }
  if (children != nodes_[id].children) return Malformed("a node lacks children");
  return {};
}

void KeyTree::Write(std::string& to) const {
  WriteNode(root_, to);
}

void KeyTree::WriteNode(NodeId id, std::string& to) const {
  const Node& node = nodes_[id];
  Append(to, static_cast<uint8_t>(node.kind));
  Append(to, node.children);
  Append(to, node.prefix_size);
  AppendBytes(to, std::span(node.prefix).first(node.prefix_size));
  if (node.kind == Kind::kLeaf) {
    AppendBytes(to, leaves_[node.body].key);
    Append(to, leaves_[node.body].container);
  } else if (node.kind == Kind::k48) {
    WriteMiddle(node, to);
  } else if (node.kind == Kind::k256) {
    WriteLarge(node, to);
  } else {
    WriteSmall(node, to);
  }
}

void KeyTree::WriteSmall(const Node& node, std::string& to) const {
  const Small& small = small_[node.body];
  size_t size = node.kind == Kind::k4 ? 4 : 16;
  for (size_t i = 0; i < size; ++i) Append(to, small.bytes[i ^ (size == 4 ? 3 : 7)]);
  for (size_t i = 0; i < node.children; ++i) WriteNode(small.nodes[i], to);
}

void KeyTree::WriteMiddle(const Node& node, std::string& to) const {
  const Middle& middle = middle_[node.body];
  for (size_t byte = 0; byte < 256; ++byte) Append(to, middle.slots[PlaceOfSlot(byte)]);
  for (uint8_t slot : middle.slots) {
    if (slot != Middle::kNoSlot) WriteNode(middle.nodes[slot], to);
  }
}

void KeyTree::WriteLarge(const Node& node, std::string& to) const {
  const Large& large = large_[node.body];
  std::array<uint8_t, 256 / 8> flags = {};
  for (size_t byte = 0; byte < 256; ++byte) {
    if (large.nodes[byte] != kNone) flags[byte / 8] |= static_cast<uint8_t>(1 << byte % 8);
  }
  AppendBytes(to, flags);
  for (NodeId child : large.nodes) {
    if (child != kNone) WriteNode(child, to);
  }
}

}  // namespace millrace::kv::internal
