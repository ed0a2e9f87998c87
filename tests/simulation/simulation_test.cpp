#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/simulation/graph_world.hpp"
#include "tests/simulation/world.hpp"

namespace ketrew::simulation {
namespace {

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// `make(seed)`: a world.
template <class Make>
void run_seeds(Make make) {
  const auto only = number("KETREW_SIM_SEED", 0);
  const auto seeds = only ? 1 : number("KETREW_SIM_SEEDS", 1000);
  const auto first = only ? only : number("KETREW_SIM_FIRST", 1);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    auto world = make(seed);
    const std::string broken = world.run();
    if (broken.empty() && !only) continue;
    const auto& story = world.story();
    for (std::size_t i = only || story.size() <= 40 ? 0 : story.size() - 40; i < story.size(); ++i)
      std::cerr << story[i] << "\n";
    ASSERT_EQ(broken, "") << "seed " << seed << ": KETREW_SIM_SEED=" << seed << " tells it all";
  }
}

TEST(Simulation, KeepsItsPromises) {
  run_seeds([](std::uint64_t seed) { return World(seed); });
}
TEST(Simulation, GraphsComeToWhatTheRulesSay) {
  run_seeds([](std::uint64_t seed) { return GraphWorld(seed, true); });
}
TEST(Simulation, GraphsSurviveKillsChangesAndCrashes) {
  run_seeds([](std::uint64_t seed) { return GraphWorld(seed, false); });
}

}  // namespace
}  // namespace ketrew::simulation
