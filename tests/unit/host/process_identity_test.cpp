#include "core/host/process_identity.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace ketrew::host {
namespace {

constexpr const char* line =
    "42 (a) b\n(c)) S 1 42 42 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 1 0 987654 1000 10 0\n";

TEST(ProcessStat, NameMayHoldAnything) {
  const auto stat = parse_process_stat(line);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 1);
  EXPECT_EQ(stat->group, 42);
  EXPECT_EQ(stat->session, 42);
  EXPECT_EQ(stat->started, 987654u);
}

TEST(ProcessStat, CutLinesGiveNothing) {
  const std::string text = line;
  for (std::size_t size = 0; size < text.find("987654") + 6; ++size)
    EXPECT_FALSE(parse_process_stat(text.substr(0, size))) << size;
}

TEST(Liveness, IdentityIsAllThree) {
  const auto boot = boot_id();
  const auto stat = read_process_stat(::getpid());
  ASSERT_TRUE(boot && stat);
  const ProcessIdentity self{*boot, ::getpid(), stat->started};
  EXPECT_EQ(liveness(self), Liveness::alive);
  EXPECT_EQ(liveness({*boot, ::getpid(), stat->started + 1}), Liveness::over);
  EXPECT_EQ(liveness({"another boot", ::getpid(), stat->started}), Liveness::over);
  EXPECT_EQ(liveness({}), Liveness::cannot_tell);
}

}  // namespace
}  // namespace ketrew::host
