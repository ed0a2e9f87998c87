#include "tests/simulation/seeds.hpp"

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "tests/simulation/graph_world.hpp"
#include "tests/simulation/world.hpp"

namespace ketrew::simulation {
namespace {

template <class W>
std::string run(W& world, std::vector<std::string>* story) {
  const std::string broken = world.run();
  if (story) *story = world.story();
  return broken;
}

std::string run_jobs(std::uint64_t seed, std::vector<std::string>* story, bool real_store) {
  World world(seed, {real_store, Rule::none, story != nullptr});
  return run(world, story);
}
std::string run_graph(std::uint64_t seed, std::vector<std::string>* story, bool calm, bool real_store) {
  GraphWorld world(seed, calm, real_store, story != nullptr);
  return run(world, story);
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"jobs", [](std::uint64_t seed, auto* story) { return run_jobs(seed, story, false); }},
      {"store", [](std::uint64_t seed, auto* story) { return run_jobs(seed, story, true); }},
      {"calm-graph", [](std::uint64_t seed, auto* story) { return run_graph(seed, story, true, false); }},
      {"graph", [](std::uint64_t seed, auto* story) { return run_graph(seed, story, false, false); }},
      {"graph-store", [](std::uint64_t seed, auto* story) { return run_graph(seed, story, seed % 2 == 0, true); }},
  };
  return all;
}

const Kind* kind_named(const std::string& name) {
  for (const Kind& kind : kinds())
    if (kind.name == name) return &kind;
  return nullptr;
}

std::string run_planted(std::uint64_t seed, Rule broken, bool real_store) {
  World world(seed, {real_store, broken, false});
  return world.run();
}

std::string report(const Kind& kind, std::uint64_t seed, const std::string& broken) {
  constexpr std::size_t shown = 60;
  std::vector<std::string> story;
  kind.run(seed, &story);  // the same once more, with its story
  std::ostringstream out;
  out << "== world " << kind.name << ", seed " << seed << "\n";
  if (story.size() > shown) out << "... (" << story.size() - shown << " lines before)\n";
  for (std::size_t i = story.size() > shown ? story.size() - shown : 0; i < story.size(); ++i)
    out << story[i] << "\n";
  out << "broken: " << broken << "\nall of it: simulation --tell " << kind.name << " " << seed << "\n";
  return out.str();
}

std::vector<std::pair<std::string, std::uint64_t>> read_seeds(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<std::pair<std::string, std::uint64_t>> seeds;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string kind;
    std::uint64_t seed = 0;
    if (!(words >> kind >> seed) || !kind_named(kind)) throw std::runtime_error(path + ": " + line);
    seeds.emplace_back(kind, seed);
  }
  return seeds;
}

Ran run_for(std::int64_t milliseconds, std::uint64_t first, std::uint64_t stride,
            const std::vector<Kind>& of) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
  Ran ran;
  for (std::uint64_t seed = first; Clock::now() < end; seed += stride) {
    for (const Kind& kind : of) {
      ++ran.seeds;
      const std::string broken = kind.run(seed, nullptr);
      if (broken.empty()) continue;
      ++ran.failures;
      std::cout << report(kind, seed, broken) << std::flush;
    }
  }
  return ran;
}

}  // namespace ketrew::simulation
