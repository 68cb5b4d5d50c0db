#include "metastore/store.h"

#include <fmt/format.h>

namespace millrace::metastore {

Op CheckOp(std::string path, int32_t version) {
  return {.kind = Op::Kind::kCheck, .path = std::move(path), .version = version};
}

Op CreateOp(std::string path, std::string value, Parents parents, CreateMode mode) {
  return {.kind = Op::Kind::kCreate,
          .path = std::move(path),
          .value = std::move(value),
          .mode = mode,
          .parents = parents};
}

Op SetOp(std::string path, std::string value, int32_t version) {
  return {.kind = Op::Kind::kSet,
          .path = std::move(path),
          .value = std::move(value),
          .version = version};
}

Op DeleteOp(std::string path, int32_t version) {
  return {.kind = Op::Kind::kDelete, .path = std::move(path), .version = version};
}

Op DeleteTreeOp(std::string path) {
  return {.kind = Op::Kind::kDeleteTree, .path = std::move(path)};
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "done";
    case Outcome::kNoNode:
      return "no such node";
    case Outcome::kNodeExists:
      return "node exists";
    case Outcome::kBadVersion:
      return "version differs";
    case Outcome::kNotEmpty:
      return "node has children";
  }
  return "?";
}

bool IsValidPath(std::string_view path) {
  if (path == "/") return true;
  if (path.empty() || path[0] != '/') return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    std::string_view component = path.substr(0, path.find('/'));
    if (component.empty() || component == "." || component == "..") return false;
    if (component.find('\0') != component.npos) return false;
    path.remove_prefix(component.size());
  }
  return true;
}

runtime::Task<Result<void>> CommitAll(Store& store, std::vector<Op> ops) {
  std::vector<std::string> op_paths;
  for (const Op& op : ops) op_paths.push_back(op.path);
  CO_TRY_ASSIGN(CommitResult result, co_await store.Commit(std::move(ops)));
  if (result.outcome != Outcome::kDone) {
    co_return Error{ErrorCode::kUnknownServerError,
                    fmt::format("metadata node {}: {}", op_paths[result.failed_op],
                                OutcomeName(result.outcome))};
  }
  co_return Result<void>();
}

}  // namespace millrace::metastore
