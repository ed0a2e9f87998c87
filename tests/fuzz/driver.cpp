// What libFuzzer calls: the one target that is linked in.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ketrew::fuzz::targets().front().run({reinterpret_cast<const char*>(data), size});
  return 0;
}
