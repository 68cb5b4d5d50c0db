#include "record/arrow_writer.h"

#include <cstring>

#include "base/endian.h"

namespace millrace::record {
namespace {

using schema::ArrowCompression;

// The flatbuffer up to the elements of its buffers vector. Offsets count from the member that holds
// them, vtable entries from their table, "_vtable_back" from the table back to its vtable.
struct MessageImage {
  uint32_t root = 20;
  uint32_t padding_1 = 0;
  // Size of this, size of the table; version, header type, header, body length.
  uint16_t message_vtable[6] = {12, 22, 14, 21, 16, 4};
  int32_t message_vtable_back = 12;
  int64_t body_length = 0;
  uint16_t padding_2 = 0;
  int16_t version = 4;  // V5
  uint32_t header = 16;
};

struct PlainImage : MessageImage {
  uint8_t padding_3 = 0;
  uint8_t header_type = 3;  // RecordBatch
  // Length, nodes, buffers.
  uint16_t batch_vtable[5] = {10, 24, 12, 8, 4};
  int32_t batch_vtable_back = 10;
  uint32_t buffers = 20;
  uint32_t nodes = 0;
  int64_t rows = 0;
  uint32_t padding_4 = 0;
  uint32_t buffer_count = 0;
};

struct CompressedImage : MessageImage {
  uint8_t padding_3 = 0;
  uint8_t header_type = 3;  // RecordBatch
  uint16_t padding_4 = 0;
  // Length, nodes, buffers, compression.
  uint16_t batch_vtable[6] = {12, 24, 8, 16, 4, 20};
  int32_t batch_vtable_back = 12;
  uint32_t buffers = 40;
  int64_t rows = 0;
  uint32_t nodes = 0;
  uint32_t compression = 12;
  // Codec.
  uint16_t compression_vtable[3] = {6, 5, 4};
  uint16_t padding_5 = 0;
  int32_t compression_vtable_back = 8;
  uint8_t codec = 0;
  uint8_t padding_6[7] = {};
  uint32_t buffer_count = 0;

  CompressedImage() { header = 20; }
};

constexpr size_t kElementSize = 16;
// Before the nodes' elements: padding, so that they are aligned to 8, and their number.
constexpr size_t kNodesHead = 8;
constexpr size_t kBodyLengthAt = 24;

}  // namespace

size_t ArrowHeadWriter::Size(uint32_t nodes, uint32_t buffers,
                             schema::ArrowCompression compression) {
  size_t image =
      compression == ArrowCompression::kNone ? sizeof(PlainImage) : sizeof(CompressedImage);
  return kArrowPrefixSize + image + kNodesHead + kElementSize * (size_t{nodes} + buffers);
}

ArrowHeadWriter::ArrowHeadWriter(std::byte* to, int64_t rows, uint32_t nodes, uint32_t buffers,
                                 schema::ArrowCompression compression)
    : metadata_(to + kArrowPrefixSize) {
  static_assert(sizeof(MessageImage) == 40);
  static_assert(sizeof(PlainImage) == 80 && sizeof(CompressedImage) == 104);
  StoreLittle(to, uint32_t{0xFFFFFFFF});
  StoreLittle(to + 4, static_cast<int32_t>(Size(nodes, buffers, compression) - kArrowPrefixSize));

  auto copy = [&](auto image, size_t nodes_member) {
    image.rows = rows;
    image.buffer_count = buffers;
    next_buffer_ = metadata_ + sizeof(image);
    size_t node_count_at = sizeof(image) + kElementSize * buffers + 4;
    image.nodes = static_cast<uint32_t>(node_count_at - nodes_member);
    StoreLittle(metadata_ + node_count_at, nodes);
    next_node_ = metadata_ + node_count_at + 4;
    return image;
  };
  if (compression == ArrowCompression::kNone) {
    auto image = copy(PlainImage(), 60);
    std::memcpy(metadata_, &image, sizeof(image));
  } else {
    auto image = copy(CompressedImage(), 72);
    image.codec = compression == ArrowCompression::kZstd ? 1 : 0;
    std::memcpy(metadata_, &image, sizeof(image));
  }
}

void ArrowHeadWriter::AddNode(ArrowNode node) {
  StoreLittle(next_node_, node.length);
  StoreLittle(next_node_ + 8, node.null_count);
  next_node_ += kElementSize;
}

void ArrowHeadWriter::AddNodes(Bytes elements) {
  std::memcpy(next_node_, elements.data(), elements.size());
  next_node_ += elements.size();
}

void ArrowHeadWriter::AddBuffer(ArrowBuffer buffer) {
  StoreLittle(next_buffer_, buffer.offset);
  StoreLittle(next_buffer_ + 8, buffer.length);
  next_buffer_ += kElementSize;
}

void ArrowHeadWriter::SetBodyLength(uint64_t body_length) {
  StoreLittle(metadata_ + kBodyLengthAt, static_cast<int64_t>(body_length));
}

}  // namespace millrace::record
