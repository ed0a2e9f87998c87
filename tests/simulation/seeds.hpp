// Running worlds by their seeds, for tests and for hours.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/simulation/rule.hpp"

namespace ketrew::simulation {

struct Kind {
  std::string name;
  // "" or what was broken; the story goes into `story`, if it is wanted.
  std::function<std::string(std::uint64_t seed, std::vector<std::string>* story)> run;
};
const std::vector<Kind>& kinds();
const Kind* kind_named(const std::string& name);

// The same with a rule broken, in a world with the real store or its model.
std::string run_planted(std::uint64_t seed, Rule broken, bool real_store);

// What a person reads of a seed that failed: the last of its story, what was broken, and how to see it
// all again.
std::string report(const Kind& kind, std::uint64_t seed, const std::string& broken);

// A file of "KIND SEED" lines; the rest of a line is a comment. Throws std::runtime_error.
std::vector<std::pair<std::string, std::uint64_t>> read_seeds(const std::string& path);

// For as long as `milliseconds`, one seed of each kind after the other, from `first` on. Prints what
// failed, and at the end how many ran; the number of failures.
struct Ran {
  std::uint64_t seeds = 0, failures = 0;
};
Ran run_for(std::int64_t milliseconds, std::uint64_t first, std::uint64_t stride,
            const std::vector<Kind>& of);

}  // namespace ketrew::simulation
