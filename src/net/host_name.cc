#include "net/host_name.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

namespace millrace::net {
namespace {

bool Resolves(const char* name) {
  addrinfo* found = nullptr;
  if (::getaddrinfo(name, nullptr, nullptr, &found) != 0) return false;
  ::freeaddrinfo(found);
  return true;
}

std::string FirstAddress() {
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0) return {};
  std::string address;
  for (auto* i = interfaces; i && address.empty(); i = i->ifa_next) {
    if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || (i->ifa_flags & IFF_LOOPBACK))
      continue;
    char text[INET_ADDRSTRLEN] = {};
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(i->ifa_addr);
    if (::inet_ntop(AF_INET, &ipv4->sin_addr, text, sizeof(text))) address = text;
  }
  ::freeifaddrs(interfaces);
  return address;
}

}  // namespace

std::string OwnHostName() {
  char name[256] = {};
  if (::gethostname(name, sizeof(name) - 1) == 0 && Resolves(name)) return name;
  std::string address = FirstAddress();
  return address.empty() ? "localhost" : address;
}

}  // namespace millrace::net
