// Values of the labels that Fluss's metrics have in common.
#pragma once

#include <string>

namespace millrace::server {

// The coordinator and the tablet server of one process have ids of their own.
struct ProcessLabels {
  std::string cluster_id;
  std::string host;
  std::string rack;
  std::string tablet_server_id;
  std::string coordinator_id;
};

}  // namespace millrace::server
