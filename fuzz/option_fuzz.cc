// Texts of options and table properties: durations, sizes, lists, and each key's own.
#include "base/option_text.h"
#include "base/options.h"
#include "cli/listeners.h"
#include "cli/server_options.h"
#include "fuzz/input.h"
#include "schema/table_config.h"

namespace millrace::fuzz {
namespace {

void RunNumbers(std::string_view text) {
  if (auto duration = ParseDuration(text)) {
    MILLRACE_CHECK(Must(ParseDuration(FormatDuration(*duration))) == *duration,
                   "a duration changed");
  }
  if (auto size = ParseMemorySize(text)) {
    MILLRACE_CHECK(Must(ParseMemorySize(FormatMemorySize(*size))) == *size,
                   "a memory size changed");
  }
  if (auto number = ParseInt(text))
    MILLRACE_CHECK(Must(ParseInt(std::to_string(*number))) == *number, "an integer");
  (void)ParseDouble(text);
  (void)ParseBool(text);
}

void RunLists(std::string_view text) {
  (void)ParseList(text);
  (void)ParseMap(text);
  (void)cli::ParseListeners("bind.listeners", text);
  (void)cli::ParseAddress("metrics.http.listen", text);
}

// The text as the value of one key of server.yaml.
void RunServerOption(size_t number, std::string_view text) {
  static const OptionRows kRows = cli::ServerOptions();
  const OptionRow& row = *kRows[number % kRows.size()];
  std::string key(row.key);
  if (IsPrefixRow(row)) key = std::string(PrefixOf(row)) + "key";
  auto value = ParseOption(row, key, text);
  if (number < 0xF000)
    return;  // All options with this one among them take a hundred times as long.
  std::vector<std::string> warnings;
  auto options = Options::Parse(kRows, {{key, std::string(text)}}, &warnings);
  MILLRACE_CHECK(options.has_value() == value.has_value() || text.empty(),
                 "two readings of a value");
  if (options) (void)options->SetDynamic(key, text);
}

// The text as a property of a table.
void RunTableOption(size_t number, std::string_view text) {
  const auto& option = schema::TableOptions()[number % schema::TableOptions().size()];
  auto config = schema::ParseTableConfig({{std::string(option.key), std::string(text)}});
  if (config) (void)config->Statistics();
}

}  // namespace

void Run(Bytes bytes) {
  Input input(bytes);
  size_t kind = input.Below(5);
  auto number = input.Take<uint16_t>();
  auto value = Exactly(input.Rest());
  std::string_view text = AsText(value);
  if (kind == 0) return RunNumbers(text);
  if (kind == 1) return RunLists(text);
  if (kind == 2) return RunServerOption(number, text);
  if (kind == 3) return RunTableOption(number, text);
  // An unknown key is answered with the nearest known one.
  std::vector<std::string> warnings;
  Must(Options::Parse(cli::ServerOptions(), {{"x." + std::string(text), ""}}, &warnings));
}

}  // namespace millrace::fuzz
