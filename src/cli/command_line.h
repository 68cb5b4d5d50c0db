// The `millrace` command.
#pragma once

namespace millrace::cli {

// Runs the command and returns the process's exit code: 0, or 1 after an error was printed.
int RunCommandLine(int argc, char** argv);

}  // namespace millrace::cli
