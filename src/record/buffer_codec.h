// Compression of Arrow buffers, each by itself: LZ4 frames and ZSTD (docs/formats/log-batch.md).
//
// What the libraries need in memory is kept per thread, and used again: a buffer allocates nothing
// after the first ones. Any thread.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "schema/table_config.h"

namespace millrace::record {

// What kArrowStored in front of a compressed buffer means: the bytes behind it are as they were.
// Otherwise it is their size when decompressed.
inline constexpr int64_t kArrowStored = -1;
inline constexpr size_t kArrowSizeSize = sizeof(int64_t);

// Room that CompressBuffer() needs for `size` bytes.
size_t CompressedBufferBound(schema::ArrowCompression compression, size_t size);

// Writes `from` to `to` as a compressed record batch has it: its size and it compressed, or, if
// that is no smaller, kArrowStored and the bytes themselves; of no bytes nothing. Returns the size.
// The frames are such that Java's readers take them. `level` is ZSTD's, 1 to 22.
size_t CompressBuffer(schema::ArrowCompression compression, int level, Bytes from, std::byte* to);

// Decompresses what follows the size, to exactly the bytes of `to`. kCorruptRecord if they are
// none, or fewer, or more. Not for kArrowStored.
Result<void> DecompressBuffer(schema::ArrowCompression compression, Bytes from, MutableBytes to);

}  // namespace millrace::record
