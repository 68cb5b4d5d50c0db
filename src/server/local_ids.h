// Ids of auto-increment columns, taken from the coordinator of the same process.
#pragma once

#include "replica/replica.h"

namespace millrace::coordinator {
class Coordinator;
}

namespace millrace::server {

class LocalIds final : public replica::IdAllocator {
 public:
  // Before the first request. It must outlive the replicas' last one.
  void Attach(coordinator::Coordinator& coordinator) { coordinator_ = &coordinator; }

  runtime::Task<Result<kv::IdRange>> TakeIds(const replica::TableFacts& table,
                                             int64_t count) override;

 private:
  coordinator::Coordinator* coordinator_ = nullptr;
};

}  // namespace millrace::server
