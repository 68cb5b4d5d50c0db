// Which entries of a request for buckets count, as a list of the ones protobuf read.
#pragma once

namespace millrace::fuzz {

template <class Entry>
bool NamesPartition(const Entry& entry) {
  if constexpr (requires { entry.has_original_partition_name(); }) {
    return entry.has_original_partition_name();
  } else {
    return false;
  }
}

// Whether the entry is the last for its bucket, or names a partition of its own.
template <class Request>
bool IsKept(const Request& request, int index) {
  const auto& entry = request.buckets_req(index);
  if (NamesPartition(entry)) return true;
  for (int i = index + 1; i < request.buckets_req_size(); i++) {
    const auto& later = request.buckets_req(i);
    if (later.bucket_id() == entry.bucket_id() &&
        later.has_partition_id() == entry.has_partition_id() &&
        later.partition_id() == entry.partition_id()) {
      return false;
    }
  }
  return true;
}

}  // namespace millrace::fuzz
