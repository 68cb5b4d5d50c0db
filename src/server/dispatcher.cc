#include "server/dispatcher.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "protocol/api.h"
#include "server/api/table.h"

namespace millrace::server {
namespace {

uint64_t SizeOf(const Body& body) {
  uint64_t size = 0;
  for (const auto& piece : body) size += net::SizeOf(piece);
  return size;
}

Body OneFrame(std::string frame) {
  Body body;
  body.emplace_back(std::move(frame));
  return body;
}

// Puts the frame's head before the body.
Body Framed(int32_t request_id, Body body, uint64_t size) {
  auto head = protocol::SuccessHead(request_id, size);
  std::string text(AsText(head));
  auto* first = body.empty() ? nullptr : std::get_if<std::string>(&body.front());
  if (first && first->size() < 4096) {
    first->insert(0, text);
  } else {
    body.emplace(body.begin(), std::move(text));
  }
  return body;
}

Error NotServed(const protocol::RequestHeader& header) {
  return {ErrorCode::kUnsupportedVersion,
          fmt::format("This server does not serve API {} ({})", header.api_key,
                      protocol::ApiName(header.api_key))};
}

}  // namespace

runtime::Task<std::vector<net::Piece>> Dispatcher::Handle(const net::Peer& peer,
                                                          net::Request request) {
  const auto& header = request.header;
  const Api* api = FindServedApi(header.api_key);
  if (!api) {
    probe_.Refused();
    co_return OneFrame(protocol::ErrorFrame(header.request_id, NotServed(header)));
  }
  Call call = {services_, peer, header.api_version, request.body};
  auto body = co_await api->handler(call);
  uint64_t size = body ? SizeOf(*body) : 0;
  auto latency = runtime::Shard::Current()->clock().Now() - request.received;
  probe_.Answered(api->key, body.has_value(), latency, request.body.size(), size);
  if (body) co_return Framed(header.request_id, std::move(*body), size);
  spdlog::debug("{} of {} failed: {}", protocol::ApiName(header.api_key), peer.address,
                body.error().message);
  co_return OneFrame(protocol::ErrorFrame(header.request_id, body.error()));
}

}  // namespace millrace::server
