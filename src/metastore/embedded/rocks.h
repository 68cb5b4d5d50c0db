// The small RocksDB below the embedded store, without RocksDB's headers. All calls block. Reads may
// be made from any thread, also while one thread writes. Errors are kStorage and name the
// directory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rocksdb {
class DB;
}

namespace millrace::metastore {

class Rocks {
 public:
  // Opens the database, and makes it when it is missing.
  static Result<std::unique_ptr<Rocks>> Open(const std::string& directory);
  ~Rocks();

  Result<std::optional<std::string>> Get(std::string_view key) const;

  // Visits keys in [from, to) in order, as of one moment. `visit` returns the key to go on at,
  // greater than the one it was given; nothing for the next one.
  using Visit =
      std::function<std::optional<std::string>(std::string_view key, std::string_view value)>;
  Result<void> Scan(std::string_view from, std::string_view to, const Visit& visit) const;

  // Puts the keys, deletes those without a value: all or none. Returns once it is on the device.
  Result<void> Write(const std::map<std::string, std::optional<std::string>>& changes);

 private:
  Rocks(std::string directory, std::unique_ptr<rocksdb::DB> db);

  const std::string directory_;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace millrace::metastore
