// The seeds of every run: a fixed number of each world, and all that ever failed.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/simulation/seeds.hpp"

namespace ketrew::simulation {
namespace {

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// KETREW_SIM_SEEDS: how many; the graphs and the real store cost more than the model.
void run_seeds(const std::string& name, std::uint64_t parts) {
  const Kind& kind = *kind_named(name);
  const auto seeds = std::max<std::uint64_t>(1, number("KETREW_SIM_SEEDS", 2'000) / parts);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const std::string broken = kind.run(seed, nullptr);
    ASSERT_EQ(broken, "") << report(kind, seed, broken);
  }
}

TEST(Simulation, KeepsItsPromises) { run_seeds("jobs", 1); }
TEST(Simulation, KeepsThemOnTheRealStoreAndADiskThatFails) { run_seeds("store", 4); }
TEST(Simulation, GraphsComeToWhatTheRulesSay) { run_seeds("calm-graph", 2); }
TEST(Simulation, GraphsSurviveKillsChangesAndCrashes) { run_seeds("graph", 2); }

TEST(Simulation, GraphsDoSoOnTheRealStore) { run_seeds("graph-store", 8); }

TEST(Simulation, EverySeedThatOnceFailed) {
  for (const auto& [name, seed] : read_seeds(KETREW_SIM_KEPT)) {
    const Kind& kind = *kind_named(name);
    const std::string broken = kind.run(seed, nullptr);
    EXPECT_EQ(broken, "") << report(kind, seed, broken);
  }
}

TEST(Simulation, ASeedTellsTheSameStoryTwice) {
  for (const Kind& kind : kinds()) {
    std::vector<std::string> once, again;
    kind.run(77, &once);
    kind.run(5, nullptr);
    kind.run(77, &again);
    EXPECT_EQ(once, again) << kind.name;
    EXPECT_GT(once.size(), 3u) << kind.name;
  }
}

}  // namespace
}  // namespace ketrew::simulation
