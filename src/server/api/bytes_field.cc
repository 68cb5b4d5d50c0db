#include "server/api/bytes_field.h"

#include <array>

#include "base/varint.h"

namespace millrace::server {

void AppendBytesField(Body& body, int number, std::vector<net::Piece> pieces) {
  constexpr unsigned kLengthDelimited = 2;
  uint64_t size = 0;
  for (const auto& piece : pieces) size += net::SizeOf(piece);
  std::array<std::byte, 2 * kVarint64SizeMax> head;
  auto* end = StoreVarint(head.data(), static_cast<unsigned>(number) << 3 | kLengthDelimited);
  end = StoreVarint(end, size);
  body.emplace_back(std::string(AsText(Bytes(head.data(), end))));
  for (auto& piece : pieces) body.push_back(std::move(piece));
}

void AppendBytesField(Body& body, int number, std::string bytes) {
  std::vector<net::Piece> pieces;
  pieces.emplace_back(std::move(bytes));
  AppendBytesField(body, number, std::move(pieces));
}

}  // namespace millrace::server
