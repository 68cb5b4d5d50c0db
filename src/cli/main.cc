#include "cli/command_line.h"

int main(int argc, char** argv) {
  return millrace::cli::RunCommandLine(argc, argv);
}
