// Keys of Fluss's server.yaml that Millrace takes without using them: not yet, or because they
// configure the Java server's own machinery. A server.yaml written for Fluss so starts Millrace,
// with a warning for each such key. A row moves to server_options.h, or to its module, when
// something uses it.
#pragma once

#include <span>
#include <string_view>

#include "base/option_row.h"

namespace millrace::cli {

struct AcceptedSection {
  std::string_view title;
  std::span<const OptionRow> rows;
};

std::span<const AcceptedSection> AcceptedOptions();

}  // namespace millrace::cli
