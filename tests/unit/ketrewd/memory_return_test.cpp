#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "app/ketrewd/memory_return.hpp"

namespace ketrew::daemon {
namespace {

// The loop's `run` comes back when no timer is set any more: no test waits for nothing to happen.
struct MemoryReturned : testing::Test {
  boost::asio::io_context loop;
  int given_back = 0;
  MemoryReturn memory{loop, [this] { ++given_back; }, Milliseconds(1)};
};

TEST_F(MemoryReturned, OnceAfterMuchWork) {
  memory.worked(MemoryReturn::many / 2);
  memory.worked(MemoryReturn::many / 2);
  loop.run();
  EXPECT_EQ(given_back, 1);
}

TEST_F(MemoryReturned, NotAfterALittle) {
  memory.worked(MemoryReturn::many - 1);
  EXPECT_EQ(loop.run(), 0u) << "an idle daemon is not woken";
  EXPECT_EQ(given_back, 0);
}

TEST_F(MemoryReturned, OnlyWhenItIsQuiet) {
  memory.worked(MemoryReturn::many);
  memory.worked(1);  // while the timer runs
  EXPECT_EQ(loop.run_one(), 1u);
  EXPECT_EQ(given_back, 0);
  loop.run();
  EXPECT_EQ(given_back, 1);
}

TEST_F(MemoryReturned, AgainAfterMoreWork) {
  memory.worked(MemoryReturn::many);
  loop.run();
  memory.worked(MemoryReturn::many - 1);
  loop.restart();
  loop.run();
  EXPECT_EQ(given_back, 1);
  memory.worked(1);
  loop.restart();
  loop.run();
  EXPECT_EQ(given_back, 2);
}

}  // namespace
}  // namespace ketrew::daemon
