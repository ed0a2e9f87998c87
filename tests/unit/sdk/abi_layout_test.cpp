// The golden layout: what is in it is what modules in the field were compiled with. A line may be
// added at the end of a structure; one that changes needs a new KETREW_ABI_VERSION.
#include <string>

#include <gtest/gtest.h>
#include <ketrew/backend.h>

#include "core/base/file.hpp"

extern "C" int ketrew_abi_layout(char* out, size_t size);

namespace ketrew {
namespace {

static_assert(sizeof(ketrew_backend_descriptor) == 128);
static_assert(offsetof(ketrew_backend_descriptor, abi) == 12);

TEST(AbiLayout, IsTheGoldenOne) {
  std::string layout(16384, '\0');
  layout.resize(static_cast<std::size_t>(ketrew_abi_layout(layout.data(), layout.size())));
  const auto golden = read_file(KETREW_TEST_FOLDER "/abi_1.layout");
  ASSERT_TRUE(golden) << golden.error().text();
  EXPECT_EQ(layout, *golden);
}

}  // namespace
}  // namespace ketrew
