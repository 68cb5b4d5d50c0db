#include "protocol/duplicate_buckets.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <tuple>

namespace millrace::protocol {

std::vector<bool> LastOfEach(const std::vector<TableBucket>& buckets) {
  std::vector<bool> last(buckets.size(), true);
  auto in_order = std::adjacent_find(buckets.begin(), buckets.end(), std::greater_equal<>());
  if (in_order == buckets.end()) return last;

  std::vector<uint32_t> order(buckets.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::tie(buckets[a], a) < std::tie(buckets[b], b);
  });
  for (size_t i = 1; i < order.size(); ++i) {
    if (buckets[order[i - 1]] == buckets[order[i]]) last[order[i - 1]] = false;
  }
  return last;
}

}  // namespace millrace::protocol
