// A message's field whose bytes are pieces of the response of their own.
#pragma once

#include <string>

#include "server/call.h"

namespace millrace::server {

// Ends `body` with a field of these pieces. It must be the message's last: fields may come in any
// order.
void AppendBytesField(Body& body, int number, std::vector<net::Piece> pieces);
void AppendBytesField(Body& body, int number, std::string bytes);

}  // namespace millrace::server
