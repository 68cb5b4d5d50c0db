// The index of 64-bit roaring bitmaps: an adaptive radix tree over the upper 48 bits of their
// values, as the Java library dumps it (docs/formats/kv-merge.md#bitmaps). For the .cc files of
// this folder only.
//
// A key is 6 bytes, most significant first. A node has the bytes that all keys below it share (its
// prefix), then one byte tells its children apart. The tree's shape depends on the order in which
// keys came and went, and is kept, down to unused bytes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kv/merge/bitmap_container.h"

namespace millrace::kv::internal {

class KeyTree {
 public:
  static constexpr size_t kKeySize = 6;
  using Key = std::array<uint8_t, kKeySize>;

  struct Leaf {
    Key key;
    uint64_t container;
  };

  void Clear();
  // Reads a whole tree. Afterwards every node has children as its type requires, and every key is
  // where it belongs. The error's message says what is wrong.
  Result<void> Read(BitmapInput& input);
  // A key that is not there. The container must fit uint32.
  void Insert(const Key& key, uint64_t container);
  // Appends it to `to`. Not of an empty tree.
  void Write(std::string& to) const;

  // In the order of keys, as read, without those inserted since.
  std::span<const Leaf> leaves_read() const { return leaves_read_; }

 private:
  using NodeId = uint32_t;
  static constexpr NodeId kNone = UINT32_MAX;

  // Numbers of the dump.
  enum class Kind : uint8_t { k4 = 0, k16 = 1, k48 = 2, k256 = 3, kLeaf = 4 };

  struct Node {
    Kind kind;
    uint8_t prefix_size = 0;
    uint16_t children = 0;
    std::array<uint8_t, kKeySize> prefix = {};
    uint32_t body = 0;  // of leaves_, small_, middle_ or large_
  };
  // Of k4 and k16: the first `children` are in use, by ascending byte.
  struct Small {
    std::array<uint8_t, 16> bytes = {};
    std::array<NodeId, 16> nodes = {};
  };
  struct Middle {
    static constexpr uint8_t kNoSlot = 0xff;
    std::array<uint8_t, 256> slots;  // of each byte
    std::array<NodeId, 48> nodes;
  };
  struct Large {
    std::array<NodeId, 256> nodes;
  };

  NodeId Add(Kind kind);
  NodeId AddLeaf(const Key& key, uint64_t container);

  // The node at `depth`, whose path so far is the first bytes of `path`.
  Result<NodeId> ReadNode(BitmapInput& input, size_t depth, Key& path);
  Result<void> ReadLeaf(BitmapInput& input, NodeId id, size_t depth, const Key& path);
  Result<void> ReadSmall(BitmapInput& input, NodeId id, size_t depth, Key& path);
  Result<void> ReadMiddle(BitmapInput& input, NodeId id, size_t depth, Key& path);
  Result<void> ReadLarge(BitmapInput& input, NodeId id, size_t depth, Key& path);
  Result<NodeId> ReadChild(BitmapInput& input, size_t depth, Key& path, uint8_t byte);

  // What stands at the node's place afterwards.
  NodeId Insert(NodeId id, const Key& key, size_t depth, uint64_t container);
  NodeId SplitLeaf(NodeId id, const Key& key, size_t depth, uint64_t container);
  NodeId SplitPrefix(NodeId id, const Key& key, size_t depth, size_t shared, uint64_t container);
  void AddChild(NodeId parent, NodeId child, uint8_t byte);
  void AddToSmall(NodeId parent, NodeId child, uint8_t byte);
  void AddToMiddle(NodeId parent, NodeId child, uint8_t byte);
  void TurnSmallIntoMiddle(NodeId id);
  void TurnMiddleIntoLarge(NodeId id);
  // Where the node has its child of the byte; null: none. Until the next node is added.
  NodeId* ChildSlot(NodeId id, uint8_t byte);

  void WriteNode(NodeId id, std::string& to) const;
  void WriteSmall(const Node& node, std::string& to) const;
  void WriteMiddle(const Node& node, std::string& to) const;
  void WriteLarge(const Node& node, std::string& to) const;

  NodeId root_ = kNone;
  std::vector<Node> nodes_;
  std::vector<Leaf> leaves_;
  std::vector<Small> small_;
  std::vector<Middle> middle_;
  std::vector<Large> large_;
  std::vector<Leaf> leaves_read_;
};

}  // namespace millrace::kv::internal
