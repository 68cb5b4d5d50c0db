// What requests of several APIs are checked for before anything is done.
#pragma once

#include <optional>

#include "base/ids.h"
#include "base/result.h"

namespace millrace::coordinator {
class MetadataView;
}

namespace millrace::server {

// kInvalidRequiredAcks unless -1, 0 or 1.
Result<void> CheckAcks(int32_t acks);

// Clients that speak version 0 of the requests by key encode the keys of lake tables as the lake
// does, where later ones don't if the bucket key is not the whole key: kUnsupportedVersion for such
// a table, because they would not find each other's rows. Of a table that is not known: nothing.
Result<void> CheckKeyVersion(const coordinator::MetadataView& view, TableId table, int16_t version);

// kInvalidBucketRouting if the client chose the bucket out of another number of buckets than the
// table, or the partition, has. Of one that is not known, or without a number: nothing.
Result<void> CheckRouting(const coordinator::MetadataView& view, const TableBucket& bucket,
                          std::optional<int32_t> routing_bucket_count);

// For an entry that names an original partition: it is about rows in a lake.
Error NoHistoricalPartition(const TableBucket& bucket);

}  // namespace millrace::server
