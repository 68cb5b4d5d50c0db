// server.yaml, and the values of its options.
#include "base/options.h"
#include "cli/config_file.h"
#include "cli/server_options.h"
#include "fuzz/input.h"

namespace millrace::fuzz {

void Run(Bytes input) {
  std::string text(AsText(input));
  auto entries = cli::ParseConfig(text, "server.yaml");
  if (!entries) return;
  // The nearest key is looked for for each unknown one, which is slow: a file has few of them.
  while (entries->size() > 8) entries->erase(entries->begin());
  std::vector<std::string> warnings;
  auto options = Options::Parse(cli::ServerOptions(), *entries, &warnings);
  if (!options) return;
  // What is shown of the values can be given again.
  std::map<std::string, std::string> shown;
  for (const auto& entry : options->Entries()) {
    if (entry.value != kHiddenValue) shown[entry.key] = entry.value;
  }
  Must(Options::Parse(cli::ServerOptions(), shown, &warnings));
}

}  // namespace millrace::fuzz
