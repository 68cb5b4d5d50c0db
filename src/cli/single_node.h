// A whole cluster in one process: coordinator, tablet server and embedded metadata, wired by hand.
#pragma once

#include "base/options.h"
#include "base/result.h"

namespace millrace::cli {

// Serves until SIGTERM or SIGINT, then stops in order. The error says why it could not start or
// stop.
Result<void> RunSingleNode(Options options);

}  // namespace millrace::cli
