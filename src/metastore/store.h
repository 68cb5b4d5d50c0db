// The metadata store: a tree of small nodes with versions, after ZooKeeper's data model, so that
// the same code runs on the embedded store and, later, on a ZooKeeper ensemble.
//
// A node has a path ("/metadata/databases/fluss"), a value (any bytes, may be empty) and a version:
// 0 when it is created, one more after each Set. "/" exists always. A node can have a value and
// children.
//
// Two kinds of failure, kept apart: an Error means that the store could not do its work (disk,
// connection, malformed path) and that a write may or may not have happened; an Outcome other than
// kDone means that the tree was not as the caller expected, and that nothing was written.
//
// All calls may be made from any shard, and never block it. A write is durable once its task is
// done.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/task.h"

namespace millrace::metastore {

struct Node {
  std::string value;
  int32_t version = 0;
};

enum class CreateMode : uint8_t {
  kPersistent,
  // Gone when the session that made it ends; the embedded store's session is the open store.
  kEphemeral,
  // A counter of the parent, ten digits, is appended to the path.
  kPersistentSequential,
  kEphemeralSequential,
};

enum class Parents : uint8_t { kMustExist, kCreate /* persistent, with an empty value */ };

inline constexpr int32_t kAnyVersion = -1;

// One step of a Commit. Made by the functions below.
struct Op {
  enum class Kind : uint8_t { kCheck, kCreate, kSet, kDelete, kDeleteTree };

  Kind kind = Kind::kCheck;
  std::string path;
  std::string value = {};
  int32_t version = kAnyVersion;
  CreateMode mode = CreateMode::kPersistent;
  Parents parents = Parents::kMustExist;
};

// The node exists, and has this version.
Op CheckOp(std::string path, int32_t version = kAnyVersion);
Op CreateOp(std::string path, std::string value, Parents parents = Parents::kMustExist,
            CreateMode mode = CreateMode::kPersistent);
Op SetOp(std::string path, std::string value, int32_t version = kAnyVersion);
// The node must have no children.
Op DeleteOp(std::string path, int32_t version = kAnyVersion);
// The node with all that is below it. Done, too, when there is no such node.
Op DeleteTreeOp(std::string path);

enum class Outcome : uint8_t { kDone, kNoNode, kNodeExists, kBadVersion, kNotEmpty };

struct [[nodiscard]] CommitResult {
  Outcome outcome = Outcome::kDone;
  // Index of the step that did not fit, when outcome is not kDone.
  size_t failed_op = 0;
  // Paths of the nodes that the kCreate steps made, in order, sequence numbers included.
  std::vector<std::string> created = {};
};

struct WatchEvent {
  enum class Kind : uint8_t { kCreated, kChanged, kDeleted };
  Kind kind;
  std::string path;
};
using WatchCallback = std::function<void(const WatchEvent&)>;

// Ends the watch when it goes; no callback runs after that. Goes on the shard that made it, and
// before the store.
class Watch {
 public:
  virtual ~Watch() = default;
};

class Store {
 public:
  virtual ~Store() = default;

  // The node; nothing when there is none.
  virtual runtime::Task<Result<std::optional<Node>>> Get(std::string path) = 0;

  // Names (not paths) of the node's children, sorted; empty when there is no such node.
  virtual runtime::Task<Result<std::vector<std::string>>> Children(std::string path) = 0;

  // The node and all that is below it, with paths, parents before children.
  virtual runtime::Task<Result<std::vector<std::pair<std::string, Node>>>> GetTree(
      std::string path) = 0;

  // Takes the steps in order, each seeing what those before it did; all of them, or none.
  virtual runtime::Task<Result<CommitResult>> Commit(std::vector<Op> ops) = 0;

  // Calls back, on the shard of the caller, for each change at or below the path, in order, once it
  // is durable. A change before the call is not reported, so: watch first, then read.
  virtual std::unique_ptr<Watch> WatchTree(std::string path, WatchCallback callback) = 0;
};

// Commits one step, or several that must all fit: any outcome but kDone becomes an Error of code
// kUnknownServerError that says which step did not fit and why.
runtime::Task<Result<void>> CommitAll(Store& store, std::vector<Op> ops);

std::string_view OutcomeName(Outcome outcome);

// Whether the path is "/" or "/a/b": no empty, "." or ".." component, no trailing slash, no NUL.
bool IsValidPath(std::string_view path);

}  // namespace millrace::metastore
