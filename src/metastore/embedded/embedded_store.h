// The metadata store of a single node: a RocksDB of its own inside the data directory.
#pragma once

#include <memory>
#include <string>

#include "metastore/store.h"
#include "runtime/blocking_pool.h"

namespace millrace::metastore {

// Opens the store in `directory`, and makes it when it is missing. Blocks for some milliseconds, so
// call it off the shards. The pool must outlive the store. kStorage, naming the directory, when it
// can not be opened: another process has it open, files are damaged, no permission.
//
// Every Commit is one synced RocksDB write: after kill -9 or loss of power it is there whole or not
// at all. Ephemeral nodes that an earlier process left are removed here. The store's destructor
// closes the files and may block; no call may be under way then.
Result<std::unique_ptr<Store>> OpenEmbeddedStore(const std::string& directory,
                                                 runtime::BlockingPool& pool);

}  // namespace millrace::metastore
