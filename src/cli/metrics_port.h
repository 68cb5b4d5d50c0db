// Where /metrics and /health are served.
#pragma once

#include <memory>

#include "base/options.h"
#include "net/transport.h"

namespace millrace::cli {

// Listens as `metrics.http.listen` says, or, when `metrics.reporters` has prometheus, on the first
// free port of `metrics.reporter.prometheus.port`. Null when it is switched off, or when it was not
// asked for and the default port is taken; the error says why a port that was asked for can't be
// had. On the calling shard.
Result<std::unique_ptr<net::Listener>> ListenForMetrics(const Options& options,
                                                        runtime::BlockingPool& pool);

}  // namespace millrace::cli
