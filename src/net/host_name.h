// What this machine is called by others.
#pragma once

#include <string>

namespace millrace::net {

// The machine's name if it resolves, else the first IPv4 address that is not loopback, else
// "localhost". May ask a name server, so it can block.
std::string OwnHostName();

}  // namespace millrace::net
