// What libFuzzer calls.
#include "fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::fuzz::Run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
