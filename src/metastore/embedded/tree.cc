#include "metastore/embedded/tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/endian.h"

namespace millrace::metastore {
namespace {

constexpr size_t kHeaderBytes = 10;
constexpr char kFormat = 1;
constexpr char kEphemeralFlag = 1;

std::string ParentOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool IsSequential(CreateMode mode) {
  return mode == CreateMode::kPersistentSequential || mode == CreateMode::kEphemeralSequential;
}

bool IsEphemeral(CreateMode mode) {
  return mode == CreateMode::kEphemeral || mode == CreateMode::kEphemeralSequential;
}

}  // namespace

std::string EncodeRecord(const NodeRecord& record) {
  std::string bytes(kHeaderBytes, '\0');
  auto* data = reinterpret_cast<std::byte*>(bytes.data());
  bytes[0] = kFormat;
  bytes[1] = record.ephemeral ? kEphemeralFlag : 0;
  StoreBig(data + 2, record.version);
  StoreBig(data + 6, record.next_sequence);
  return bytes + record.value;
}

Result<NodeRecord> DecodeRecord(std::string_view path, std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || bytes[0] != kFormat) {
    return Error{ErrorCode::kStorage, fmt::format("metadata node {}: damaged header", path)};
  }
  const std::byte* data = AsBytes(bytes).data();
  return NodeRecord{.value = std::string(bytes.substr(kHeaderBytes)),
                    .version = LoadBig<int32_t>(data + 2),
                    .ephemeral = (bytes[1] & kEphemeralFlag) != 0,
                    .next_sequence = LoadBig<int32_t>(data + 6)};
}

KeyRange Below(std::string_view path) {
  std::string base = path == "/" ? "" : std::string(path);
  return {base + "/", base + static_cast<char>('/' + 1)};
}

Result<std::optional<NodeRecord>> Transaction::Find(const std::string& path) {
  if (auto known = nodes_.find(path); known != nodes_.end()) return known->second;
  TRY_ASSIGN(auto bytes, rocks_.Get(path));
  std::optional<NodeRecord> record;
  if (bytes) {
    TRY_ASSIGN(record, DecodeRecord(path, *bytes));
  } else if (path == "/") {
    record.emplace();
  }
  nodes_[path] = record;
  return record;
}

Result<std::vector<std::string>> Transaction::Tree(const std::string& path) {
  std::map<std::string, bool> paths;
  TRY_ASSIGN(auto top, Find(path));
  if (top) paths[path] = true;
  KeyRange range = Below(path);
  TRY(rocks_.Scan(range.from, range.to, [&](std::string_view key, std::string_view) {
    paths[std::string(key)] = true;
    return std::nullopt;
  }));
  for (auto it = nodes_.lower_bound(range.from); it != nodes_.end() && it->first < range.to; ++it) {
    paths[it->first] = it->second.has_value();
  }
  std::vector<std::string> result;
  for (auto it = paths.rbegin(); it != paths.rend(); ++it) {
    if (it->second) result.push_back(it->first);
  }
  return result;
}

Result<bool> Transaction::HasChildren(const std::string& path) {
  TRY_ASSIGN(auto tree, Tree(path));
  return tree.size() > 1;
}

Result<Outcome> Transaction::CreateParents(const std::string& path) {
  TRY_ASSIGN(auto node, Find(path));
  if (node) return Outcome::kDone;
  TRY_ASSIGN(Outcome above, CreateParents(ParentOf(path)));
  if (above != Outcome::kDone) return above;
  Put(path, {}, WatchEvent::Kind::kCreated);
  return Outcome::kDone;
}

Result<Outcome> Transaction::Create(const Op& op) {
  std::string parent = ParentOf(op.path);
  if (op.parents == Parents::kCreate) {
    TRY_ASSIGN(Outcome made, CreateParents(parent));
    if (made != Outcome::kDone) return made;
  }
  TRY_ASSIGN(auto above, Find(parent));
  if (!above) return Outcome::kNoNode;
  std::string path = op.path;
  if (IsSequential(op.mode)) {
    path += fmt::format("{:010}", above->next_sequence++);
    // Not a change that a watcher sees, nor one of the version.
    nodes_[parent] = above;
    changed_.try_emplace(parent, false);
  }
  TRY_ASSIGN(auto existing, Find(path));
  if (existing) return Outcome::kNodeExists;
  Put(path, {.value = op.value, .ephemeral = IsEphemeral(op.mode)}, WatchEvent::Kind::kCreated);
  created_.push_back(path);
  return Outcome::kDone;
}

Result<Outcome> Transaction::Apply(const Op& op) {
  if (!IsValidPath(op.path) || (op.path == "/" && op.kind != Op::Kind::kCheck)) {
    return Error{ErrorCode::kUnknownServerError,
                 fmt::format("'{}' is no path of a metadata node to change", op.path)};
  }
  if (op.kind == Op::Kind::kCreate) return Create(op);
  if (op.kind == Op::Kind::kDeleteTree) {
    TRY_ASSIGN(auto tree, Tree(op.path));
    for (const std::string& path : tree) Remove(path);
    return Outcome::kDone;
  }

  TRY_ASSIGN(auto node, Find(op.path));
  if (!node) return Outcome::kNoNode;
  if (op.version != kAnyVersion && op.version != node->version) return Outcome::kBadVersion;
  if (op.kind == Op::Kind::kSet) {
    node->value = op.value;
    node->version++;
    Put(op.path, *std::move(node), WatchEvent::Kind::kChanged);
  } else if (op.kind == Op::Kind::kDelete) {
    TRY_ASSIGN(bool has_children, HasChildren(op.path));
    if (has_children) return Outcome::kNotEmpty;
    Remove(op.path);
  }
  return Outcome::kDone;
}

void Transaction::Put(const std::string& path, NodeRecord record, WatchEvent::Kind event) {
  changed_[path] |= record.ephemeral;
  nodes_[path] = std::move(record);
  events_.push_back({event, path});
}

void Transaction::Remove(const std::string& path) {
  auto& node = nodes_[path];
  // A node of the scan has not been looked at: its index entry is deleted whether it has one or
  // not.
  changed_[path] |= !node || node->ephemeral;
  node.reset();
  events_.push_back({WatchEvent::Kind::kDeleted, path});
}

std::map<std::string, std::optional<std::string>> Transaction::Changes() const {
  std::map<std::string, std::optional<std::string>> changes;
  for (const auto& [path, index_changed] : changed_) {
    const auto& node = nodes_.at(path);
    changes[path] = node ? std::optional(EncodeRecord(*node)) : std::nullopt;
    if (index_changed) {
      changes["e" + path] = node && node->ephemeral ? std::optional(std::string()) : std::nullopt;
    }
  }
  return changes;
}

}  // namespace millrace::metastore
