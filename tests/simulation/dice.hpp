// What decides in a simulated world: the same numbers for the same seed, with every compiler.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ketrew::simulation {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {  // SplitMix64
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  bool chance(double p) { return static_cast<double>(next() >> 11) * 0x1p-53 < p; }
  int pick(int low, int high) {  // both included
    return low + static_cast<int>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  std::size_t below(std::size_t size) { return next() % size; }

 private:
  std::uint64_t state_;
};

}  // namespace ketrew::simulation
