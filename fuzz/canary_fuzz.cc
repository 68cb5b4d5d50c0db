// Proves that a fuzzer finds what is wrong: this decoder reads past the end of what begins with
// "MR" and a length. run.py takes it for a failure when nothing is found here.
#include "fuzz/input.h"

namespace millrace::fuzz {

void Run(Bytes input) {
  if (input.size() < 3 || AsText(input.first(2)) != "MR") return;
  auto length = std::to_integer<size_t>(input[2]);
  volatile std::byte last{};
  for (size_t i = 0; i < length; i++) last = input.data()[3 + i];
  (void)last;
}

}  // namespace millrace::fuzz
