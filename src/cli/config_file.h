// Reading server.yaml.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::cli {

// Keys and the texts of their values.
using ConfigEntries = std::map<std::string, std::string>;

// Reads a YAML map of options. Nested maps are flattened, so `log: {segment: {file-size: 1gb}}` is
// the same as `log.segment.file-size: 1gb`; a sequence becomes the text of a list. A key without a
// value is as good as absent. Fails with kConfig, naming `name` and the line, for what is not such
// a map and for a key that is given twice.
Result<ConfigEntries> ParseConfig(const std::string& text, std::string_view name);

// The same for a file. Fails with kConfig when it can not be read.
Result<ConfigEntries> LoadConfigFile(const std::string& path);

// Where data goes when data.dir is not set: the folder that systemd gave the service, or else a
// folder in the user's home (see kDataDir). Fails with kConfig when there is neither.
Result<std::string> DefaultDataDir();

}  // namespace millrace::cli
