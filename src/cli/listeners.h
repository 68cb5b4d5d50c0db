// `bind.listeners` and `advertised.listeners`: NAME://host:port, several separated by commas.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/call.h"

namespace millrace::cli {

// kConfig, naming `key` and the part that is none, or a name that is there twice.
Result<std::vector<server::Endpoint>> ParseListeners(std::string_view key, std::string_view text);

// What clients are to be told for a listener that is bound to `bound`: what `advertised` has under
// its name, else the address itself, with the machine's name in place of 0.0.0.0.
net::Address AdvertisedAddress(const server::Endpoint& bound,
                               const std::vector<server::Endpoint>& advertised);

// "host:port".
Result<net::Address> ParseAddress(std::string_view key, std::string_view text);

}  // namespace millrace::cli
