// The file beside a store that says from where on the changelog must be applied again
// (docs/formats/kv-tablet.md). Private to Millrace. Blocks.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "kv/row_store.h"

namespace millrace::kv {

struct KeptMark {
  Mark mark;
  // RocksDB's identity of the database that the mark is of.
  std::string identity;

  bool operator==(const KeptMark&) const = default;
};

std::string MarkFilePath(const std::string& tablet_directory);
// None if there is no file, or one that can't be read, which is said in the log: then all of the
// changelog is applied. kStorage if the disk fails.
Result<std::optional<KeptMark>> ReadMarkFile(runtime::Disk& disk, const std::string& path);
// Of the content of the file: none if it is none.
std::optional<KeptMark> ParseMark(std::string_view json);
// Replaces the file, so that there is one or the other after a crash.
Result<void> WriteMarkFile(runtime::Disk& disk, const std::string& path, const KeptMark& mark);

}  // namespace millrace::kv
