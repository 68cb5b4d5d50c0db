// The requests this server answers.
#pragma once

#include <span>

#include "protocol/api.h"
#include "server/call.h"

namespace millrace::server {

struct Api {
  protocol::ApiKey key;
  int16_t version_max;  // the first is 0 for all
  Handler handler;
};

// In ascending order of key, as API_VERSIONS lists them.
std::span<const Api> ServedApis();

// Null for a request that is not served.
const Api* FindServedApi(int16_t key);

}  // namespace millrace::server
