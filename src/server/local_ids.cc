#include "server/local_ids.h"

#include "coordinator/coordinator.h"

namespace millrace::server {

using runtime::Task;

// In steps of the table's cache size, so that the metadata are written seldom.
Task<Result<kv::IdRange>> LocalIds::TakeIds(const replica::TableFacts& table, int64_t count) {
  int64_t step = std::max<int64_t>(table.config.auto_increment_cache_size, 1);
  int64_t taken = (count + step - 1) / step * step;
  const auto& latest = table.rows->latest();
  int32_t column = latest.columns[table.rows->auto_increment_column()].id;
  CO_TRY_ASSIGN(int64_t first,
                co_await runtime::RunOn(coordinator_->shard(),
                                        coordinator_->TakeIds(table.path, column, taken)));
  co_return kv::IdRange{first, first + taken - 1};
}

}  // namespace millrace::server
