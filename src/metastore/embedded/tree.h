// How nodes lie in the database, and what a Commit does to them. No threads and no locks.
//
// A node's key is its path, so that a node comes before what is below it, and a subtree is one
// range of keys. Its value is a header of 10 bytes, big-endian, and the node's value:
//   0  format, 1          2  version, int32
//   1  flags, 1: ephemeral  6  number of the next sequential child, int32
// Keys that do not start with '/' are the store's own: "format", and "e" + path for each ephemeral.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metastore/embedded/rocks.h"
#include "metastore/store.h"

namespace millrace::metastore {

struct NodeRecord {
  std::string value;
  int32_t version = 0;
  bool ephemeral = false;
  int32_t next_sequence = 0;
};

std::string EncodeRecord(const NodeRecord& record);
// kStorage, naming the path, for bytes that are no record.
Result<NodeRecord> DecodeRecord(std::string_view path, std::string_view bytes);

// First and last key (exclusive) of what is below a node, without the node.
struct KeyRange {
  std::string from;
  std::string to;
};
KeyRange Below(std::string_view path);

// One Commit: takes steps, and collects what they change.
class Transaction {
 public:
  explicit Transaction(const Rocks& rocks) : rocks_(rocks) {}

  // An Error ends the transaction, and so does an outcome other than kDone.
  Result<Outcome> Apply(const Op& op);

  // Paths made by kCreate steps.
  const std::vector<std::string>& created() const { return created_; }
  // What to write, and what to tell the watchers, in order.
  std::map<std::string, std::optional<std::string>> Changes() const;
  const std::vector<WatchEvent>& events() const { return events_; }

 private:
  Result<std::optional<NodeRecord>> Find(const std::string& path);
  // Existing nodes at or below the path, the lowest first.
  Result<std::vector<std::string>> Tree(const std::string& path);
  Result<bool> HasChildren(const std::string& path);
  Result<Outcome> Create(const Op& op);
  Result<Outcome> CreateParents(const std::string& path);
  void Put(const std::string& path, NodeRecord record, WatchEvent::Kind event);
  void Remove(const std::string& path);

  const Rocks& rocks_;
  // Nodes looked at or changed; nothing where there is none.
  std::map<std::string, std::optional<NodeRecord>> nodes_;
  // Of those, the changed ones; and whether the ephemeral index has changed for them.
  std::map<std::string, bool> changed_;
  std::vector<std::string> created_;
  std::vector<WatchEvent> events_;
};

}  // namespace millrace::metastore
