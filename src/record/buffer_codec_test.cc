#include "record/buffer_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/endian.h"
#include "record/golden_batches.h"

namespace millrace::record {
namespace {

using schema::ArrowCompression;
using testing::HasSubstr;

std::string Compress(ArrowCompression compression, const std::string& text, int level = 3) {
  std::string to(CompressedBufferBound(compression, text.size()), '\0');
  to.resize(CompressBuffer(compression, level, AsBytes(text), AsMutableBytes(to).data()));
  return to;
}

Result<std::string> Decompress(ArrowCompression compression, std::string_view frame, size_t size) {
  std::string to(size, '\0');
  TRY(DecompressBuffer(compression, AsBytes(frame), AsMutableBytes(to)));
  return to;
}

std::string Noise(size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) text.push_back(static_cast<char>(random()));
  return text;
}

TEST(BufferCodec, GivesBackWhatItTook) {
  const std::string noise = Noise(1000);
  std::string mixed;
  for (int i = 0; i < 300; ++i) mixed += noise + std::string(1000, 'x');
  for (auto compression : {ArrowCompression::kZstd, ArrowCompression::kLz4Frame}) {
    for (int level : {1, 3, 22}) {
      for (const std::string& text : {std::string(100, 'a'), std::string(1 << 20, 'a'), mixed}) {
        std::string compressed = Compress(compression, text, level);
        EXPECT_LT(compressed.size(), text.size());
        ASSERT_EQ(LoadLittle<int64_t>(AsBytes(compressed).data()),
                  static_cast<int64_t>(text.size()));
        auto back = Decompress(compression, std::string_view(compressed).substr(8), text.size());
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(*back, text);
      }
    }
  }
}

TEST(BufferCodec, StoresWhatGetsNoSmaller) {
  for (auto compression : {ArrowCompression::kZstd, ArrowCompression::kLz4Frame}) {
    EXPECT_EQ(Compress(compression, ""), "");
    for (const std::string& text : {std::string("a"), std::string(10, 'a'), Noise(100'000)}) {
      EXPECT_EQ(Compress(compression, text), FromHex("ffffffffffffffff") + text);
    }
  }
}

TEST(BufferCodec, MakesLz4FramesOfIndependentBlocks) {
  // Magic, flags (version 1, independent blocks, no checksums, no size), blocks of 64 KiB.
  std::string frame = Compress(ArrowCompression::kLz4Frame, std::string(200'000, 'a')).substr(8);
  EXPECT_EQ(frame.substr(0, 6), FromHex("04224d186040"));
  EXPECT_EQ(frame.substr(frame.size() - 4), FromHex("00000000"));
}

TEST(BufferCodec, RefusesBrokenFrames) {
  const std::string text = std::string(5000, 'a') + Noise(500);
  for (auto compression : {ArrowCompression::kZstd, ArrowCompression::kLz4Frame}) {
    const std::string frame = Compress(compression, text).substr(8);
    struct Case {
      const char* what;
      std::string frame;
      size_t size;
    };
    for (const Case& c : {Case{"nothing", "", text.size()},
                          {"cut", frame.substr(0, frame.size() - 1), text.size()},
                          {"cut early", frame.substr(0, 5), text.size()},
                          {"followed", frame + "x", text.size()},
                          {"less room", frame, text.size() - 1},
                          {"more room", frame, text.size() + 1},
                          {"none of it", text, text.size()}}) {
      SCOPED_TRACE(c.what);
      auto result = Decompress(compression, c.frame, c.size);
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, ErrorCode::kCorruptRecord);
    }
    // What failed leaves nothing behind.
    EXPECT_EQ(Decompress(compression, frame, text.size()).value(), text);
  }
}

}  // namespace
}  // namespace millrace::record
