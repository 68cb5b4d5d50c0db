#include "cli/command_line.h"

#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "cli/config_file.h"
#include "cli/server_options.h"
#include "cli/single_node.h"
#include "server/metrics/metric_rows.h"

namespace millrace::cli {
namespace {

struct ServerArguments {
  std::string role = "all";
  std::string config_path;
  bool print_config_docs = false;
  bool print_metrics_docs = false;
};

Result<Options> ReadOptions(const ServerArguments& arguments) {
  ConfigEntries entries;
  if (!arguments.config_path.empty()) {
    TRY_ASSIGN(entries, LoadConfigFile(arguments.config_path));
  }
  std::vector<std::string> warnings;
  TRY_ASSIGN(auto options, Options::Parse(ServerOptions(), entries, &warnings));
  for (const auto& warning : warnings) spdlog::warn("{}", warning);
  return options;
}

// Requests carry megabytes. Their buffers are used again instead of going back to the kernel, which
// would have to clear and map every page anew: that costs more than copying the data does.
void KeepFreedMemory() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

// A segment holds three files open, and the soft limit is meant for programs that use select().
void RaiseFileLimit() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<void> RunServer(const ServerArguments& arguments) {
  if (arguments.print_config_docs) {
    std::fputs(ServerOptionsPage().c_str(), stdout);
    return {};
  }
  if (arguments.print_metrics_docs) {
    std::fputs(server::RenderMetricsDocs().c_str(), stdout);
    return {};
  }
  if (arguments.role != "all") {
    return Error{ErrorCode::kConfig, "--role " + arguments.role +
                                         ": only 'all' is served yet, coordinator and tablet "
                                         "server in one process"};
  }
  KeepFreedMemory();
  RaiseFileLimit();
  TRY_ASSIGN(auto options, ReadOptions(arguments));
  return RunSingleNode(std::move(options));
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Millrace, a streaming table store for the clients of Apache Fluss", "millrace");
  app.set_version_flag("--version", MILLRACE_VERSION);
  app.require_subcommand(1);
  ServerArguments arguments;
  auto* server = app.add_subcommand("server", "Runs a server until SIGTERM");
  server->add_option("--role", arguments.role, "What the process does")
      ->check(CLI::IsMember({"all", "coordinator", "tablet"}));
  server->add_option("--config", arguments.config_path, "server.yaml; without it, all defaults");
  server->add_flag("--print-config-docs", arguments.print_config_docs,
                   "Prints docs/configuration.md and exits");
  server->add_flag("--print-metrics-docs", arguments.print_metrics_docs,
                   "Prints docs/operating/metrics.md and exits");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  auto result = RunServer(arguments);
  if (result) return 0;
  spdlog::error("{}", result.error().message);
  return 1;
}

}  // namespace millrace::cli
