#include "record/buffer_codec.h"

#include <fmt/format.h>
#include <lz4frame.h>
#include <zstd.h>

#include <cstring>
#include <memory>

#include "base/check.h"
#include "base/endian.h"

namespace millrace::record {
namespace {

using schema::ArrowCompression;

// No frame is smaller: not worth trying for less.
constexpr size_t kFrameSizeMin = 10;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

// One of each per thread, rather than per table: at high levels they are large.
ZSTD_CCtx& ZstdCompressor() {
  static thread_local std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  MILLRACE_CHECK(context != nullptr, "out of memory");
  return *context;
}

ZSTD_DCtx& ZstdDecompressor() {
  static thread_local std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  MILLRACE_CHECK(context != nullptr, "out of memory");
  return *context;
}

LZ4F_dctx& Lz4Decompressor() {
  static thread_local std::unique_ptr<LZ4F_dctx, FreeContext> context = [] {
    LZ4F_dctx* made = nullptr;
    LZ4F_createDecompressionContext(&made, LZ4F_VERSION);
    return std::unique_ptr<LZ4F_dctx, FreeContext>(made);
  }();
  MILLRACE_CHECK(context != nullptr, "out of memory");
  LZ4F_resetDecompressionContext(context.get());
  return *context;
}

// Java's reader refuses blocks that refer to each other.
constexpr LZ4F_preferences_t kLz4Preferences = {
    .frameInfo = {.blockSizeID = LZ4F_max64KB, .blockMode = LZ4F_blockIndependent}};

// 0 if it does not fit.
size_t Compress(ArrowCompression compression, int level, Bytes from, MutableBytes to) {
  if (compression == ArrowCompression::kZstd) {
    size_t size =
        ZSTD_compressCCtx(&ZstdCompressor(), to.data(), to.size(), from.data(), from.size(), level);
    return ZSTD_isError(size) != 0 ? 0 : size;
  }
  size_t size =
      LZ4F_compressFrame(to.data(), to.size(), from.data(), from.size(), &kLz4Preferences);
  return LZ4F_isError(size) != 0 ? 0 : size;
}

Error Corrupt(std::string message) {
  return {ErrorCode::kCorruptRecord, std::move(message)};
}

Result<void> DecompressZstd(Bytes from, MutableBytes to) {
  // The library may know formats of other days too, which nobody writes.
  if (from.size() < kFrameSizeMin || LoadLittle<uint32_t>(from.data()) != ZSTD_MAGICNUMBER) {
    return Corrupt("no ZSTD frame");
  }
  size_t size =
      ZSTD_decompressDCtx(&ZstdDecompressor(), to.data(), to.size(), from.data(), from.size());
  if (ZSTD_isError(size) != 0) {
    return Corrupt(fmt::format("ZSTD: {}", ZSTD_getErrorName(size)));
  }
  if (size == to.size()) return {};
  return Corrupt(fmt::format("ZSTD buffer with {} bytes instead of {}", size, to.size()));
}

Result<void> DecompressLz4(Bytes from, MutableBytes to) {
  LZ4F_dctx& context = Lz4Decompressor();
  // `to` does not move: what has been written may be referred to. When it is full, the end of the
  // frame is still to be read.
  LZ4F_decompressOptions_t options = {.stableDst = 1};
  size_t written = 0;
  while (true) {
    size_t consumed = from.size();
    size_t produced = to.size() - written;
    size_t more =
        LZ4F_decompress(&context, to.data() + written, &produced, from.data(), &consumed, &options);
    if (LZ4F_isError(more) != 0) return Corrupt(fmt::format("LZ4: {}", LZ4F_getErrorName(more)));
    from = from.subspan(consumed);
    written += produced;
    if (more == 0) break;
    if (consumed == 0 && produced == 0) {
      return Corrupt(
          fmt::format("LZ4 frame that is cut short, or has more than {} bytes", to.size()));
    }
  }
  if (written == to.size() && from.empty()) return {};
  return Corrupt(fmt::format("LZ4 frame with {} bytes instead of {}, {} bytes after it", written,
                             to.size(), from.size()));
}

}  // namespace

size_t CompressedBufferBound(ArrowCompression compression, size_t size) {
  size_t bound = compression == ArrowCompression::kZstd
                     ? ZSTD_compressBound(size)
                     : LZ4F_compressFrameBound(size, &kLz4Preferences);
  return kArrowSizeSize + bound;
}

size_t CompressBuffer(ArrowCompression compression, int level, Bytes from, std::byte* to) {
  if (from.empty()) return 0;
  std::byte* behind = to + kArrowSizeSize;
  if (from.size() > kFrameSizeMin) {
    size_t room = CompressedBufferBound(compression, from.size()) - kArrowSizeSize;
    size_t size = Compress(compression, level, from, {behind, room});
    if (size != 0 && size < from.size()) {
      StoreLittle(to, static_cast<int64_t>(from.size()));
      return kArrowSizeSize + size;
    }
  }
  StoreLittle(to, kArrowStored);
  std::memcpy(behind, from.data(), from.size());
  return kArrowSizeSize + from.size();
}

Result<void> DecompressBuffer(ArrowCompression compression, Bytes from, MutableBytes to) {
  return compression == ArrowCompression::kZstd ? DecompressZstd(from, to)
                                                : DecompressLz4(from, to);
}

}  // namespace millrace::record
