#include "kv/merge/key_tree.h"

#include <algorithm>
#include <utility>

namespace millrace::kv::internal {
namespace {

size_t SharedSize(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return std::ranges::mismatch(a, b).in1 - a.begin();
}

}  // namespace

void KeyTree::Clear() {
  root_ = kNone;
  nodes_.clear();
  leaves_.clear();
  small_.clear();
  middle_.clear();
  large_.clear();
  leaves_read_.clear();
}

KeyTree::NodeId KeyTree::Add(Kind kind) {
  Node node{.kind = kind};
  switch (kind) {
    case Kind::k4:
    case Kind::k16:
      node.body = static_cast<uint32_t>(small_.size());
      small_.emplace_back();
      break;
    case Kind::k48:
      node.body = static_cast<uint32_t>(middle_.size());
      middle_.emplace_back();
      middle_.back().slots.fill(Middle::kNoSlot);
      middle_.back().nodes.fill(kNone);
      break;
    case Kind::k256:
      node.body = static_cast<uint32_t>(large_.size());
      large_.emplace_back();
      large_.back().nodes.fill(kNone);
      break;
    case Kind::kLeaf:
      node.body = static_cast<uint32_t>(leaves_.size());
      leaves_.emplace_back();
      break;
  }
  nodes_.push_back(node);
  return static_cast<NodeId>(nodes_.size() - 1);
}

KeyTree::NodeId KeyTree::AddLeaf(const Key& key, uint64_t container) {
  NodeId id = Add(Kind::kLeaf);
  leaves_.back() = {key, container};
  return id;
}

void KeyTree::Insert(const Key& key, uint64_t container) {
  root_ = root_ == kNone ? AddLeaf(key, container) : Insert(root_, key, 0, container);
}

KeyTree::NodeId KeyTree::Insert(NodeId id, const Key& key, size_t depth, uint64_t container) {
  if (nodes_[id].kind == Kind::kLeaf) return SplitLeaf(id, key, depth, container);
  size_t prefix_size = nodes_[id].prefix_size;
  size_t shared =
      SharedSize(std::span(nodes_[id].prefix).first(prefix_size), std::span(key).subspan(depth));
  if (shared < prefix_size) return SplitPrefix(id, key, depth, shared, container);
  depth += prefix_size;
  if (NodeId* slot = ChildSlot(id, key[depth])) {
    NodeId child = Insert(*slot, key, depth + 1, container);
    *ChildSlot(id, key[depth]) = child;
  } else {
    AddChild(id, AddLeaf(key, container), key[depth]);
  }
  return id;
}

// A node with both leaves.
KeyTree::NodeId KeyTree::SplitLeaf(NodeId id, const Key& key, size_t depth, uint64_t container) {
  Key other = leaves_[nodes_[id].body].key;
  size_t shared = SharedSize(std::span(other).subspan(depth), std::span(key).subspan(depth));
  nodes_[id].prefix_size = 0;  // one that removals have left there
  NodeId parent = Add(Kind::k4);
  nodes_[parent].prefix_size = static_cast<uint8_t>(shared);
  std::copy_n(key.begin() + depth, shared, nodes_[parent].prefix.begin());
  AddChild(parent, id, other[depth + shared]);
  AddChild(parent, AddLeaf(key, container), key[depth + shared]);
  return parent;
}

// A node with the shared bytes of the prefix, above the node and a leaf.
KeyTree::NodeId KeyTree::SplitPrefix(NodeId id, const Key& key, size_t depth, size_t shared,
                                     uint64_t container) {
  NodeId parent = Add(Kind::k4);
  NodeId leaf = AddLeaf(key, container);
  Node& node = nodes_[id];
  uint8_t byte = node.prefix[shared];
  nodes_[parent].prefix_size = static_cast<uint8_t>(shared);
  std::copy_n(node.prefix.begin(), shared, nodes_[parent].prefix.begin());
  std::copy(node.prefix.begin() + shared + 1, node.prefix.begin() + node.prefix_size,
            node.prefix.begin());
  node.prefix_size -= static_cast<uint8_t>(shared + 1);
  AddChild(parent, id, byte);
  AddChild(parent, leaf, key[depth + shared]);
  return parent;
}

KeyTree::NodeId* KeyTree::ChildSlot(NodeId id, uint8_t byte) {
  const Node& node = nodes_[id];
  switch (node.kind) {
    case Kind::k4:
    case Kind::k16: {
      Small& small = small_[node.body];
      std::span<const uint8_t> bytes = std::span(small.bytes).first(node.children);
      auto found = std::ranges::find(bytes, byte);
      return found == bytes.end() ? nullptr : &small.nodes[found - bytes.begin()];
    }
    case Kind::k48: {
      Middle& middle = middle_[node.body];
      uint8_t slot = middle.slots[byte];
      return slot == Middle::kNoSlot ? nullptr : &middle.nodes[slot];
    }
    case Kind::k256: {
      NodeId& child = large_[node.body].nodes[byte];
      return child == kNone ? nullptr : &child;
    }
    case Kind::kLeaf:
      break;
  }
  return nullptr;
}

void KeyTree::AddChild(NodeId parent, NodeId child, uint8_t byte) {
  Node& node = nodes_[parent];
  if (node.kind == Kind::k4 && node.children == 4) node.kind = Kind::k16;
  if (node.kind == Kind::k16 && node.children == 16) TurnSmallIntoMiddle(parent);
  if (node.kind == Kind::k48 && node.children == 48) TurnMiddleIntoLarge(parent);
  if (node.kind == Kind::k256) {
    large_[node.body].nodes[byte] = child;
  } else if (node.kind == Kind::k48) {
    AddToMiddle(parent, child, byte);
  } else {
    AddToSmall(parent, child, byte);
  }
  ++node.children;
}

void KeyTree::AddToSmall(NodeId parent, NodeId child, uint8_t byte) {
  Small& small = small_[nodes_[parent].body];
  size_t at = nodes_[parent].children;
  for (; at > 0 && small.bytes[at - 1] > byte; --at) {
    small.bytes[at] = small.bytes[at - 1];
    small.nodes[at] = small.nodes[at - 1];
  }
  small.bytes[at] = byte;
  small.nodes[at] = child;
}

// The slot behind the last, or the first that a removal has left.
void KeyTree::AddToMiddle(NodeId parent, NodeId child, uint8_t byte) {
  Middle& middle = middle_[nodes_[parent].body];
  size_t slot = nodes_[parent].children;
  if (middle.nodes[slot] != kNone)
    slot = std::ranges::find(middle.nodes, kNone) - middle.nodes.begin();
  middle.nodes[slot] = child;
  middle.slots[byte] = static_cast<uint8_t>(slot);
}

void KeyTree::TurnSmallIntoMiddle(NodeId id) {
  uint32_t body = static_cast<uint32_t>(middle_.size());
  Middle& middle = middle_.emplace_back();
  middle.slots.fill(Middle::kNoSlot);
  middle.nodes.fill(kNone);
  const Small& small = small_[nodes_[id].body];
  for (size_t i = 0; i < nodes_[id].children; ++i) {
    middle.slots[small.bytes[i]] = static_cast<uint8_t>(i);
    middle.nodes[i] = small.nodes[i];
  }
  nodes_[id].kind = Kind::k48;
  nodes_[id].body = body;
}

void KeyTree::TurnMiddleIntoLarge(NodeId id) {
  uint32_t body = static_cast<uint32_t>(large_.size());
  Large& large = large_.emplace_back();
  large.nodes.fill(kNone);
  const Middle& middle = middle_[nodes_[id].body];
  for (size_t byte = 0; byte < middle.slots.size(); ++byte) {
    uint8_t slot = middle.slots[byte];
    if (slot != Middle::kNoSlot) large.nodes[byte] = middle.nodes[slot];
  }
  nodes_[id].kind = Kind::k256;
  nodes_[id].body = body;
}

}  // namespace millrace::kv::internal
