#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/simulation/world.hpp"

namespace ketrew::simulation {
namespace {

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(Simulation, KeepsItsPromises) {
  if (const auto seed = number("KETREW_SIM_SEED", 0)) {
    World world(seed);
    const std::string broken = world.run();
    for (const auto& line : world.story()) std::cerr << line << "\n";
    ASSERT_EQ(broken, "") << "seed " << seed;
    return;
  }
  const auto seeds = number("KETREW_SIM_SEEDS", 1000);
  const auto first = number("KETREW_SIM_FIRST", 1);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    World world(seed);
    const std::string broken = world.run();
    if (broken.empty()) continue;
    const auto& story = world.story();
    for (std::size_t i = story.size() > 40 ? story.size() - 40 : 0; i < story.size(); ++i)
      std::cerr << story[i] << "\n";
    FAIL() << broken << "\nseed " << seed << ": KETREW_SIM_SEED=" << seed << " tells it all";
  }
}

}  // namespace
}  // namespace ketrew::simulation
