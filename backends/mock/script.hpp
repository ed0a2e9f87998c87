// What a mock job shows to each update: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/model/observation.hpp"
#include "core/model/program.hpp"

namespace ketrew::mock {

struct Step {
  Observation observation;
  std::uint64_t times = 1;  // of the last step: for ever
};
using Script = std::vector<Step>;

// "waiting:2,running:3,ended:0"; never empty.
Result<Script> parse_script(std::string_view text);
// What update number `n` (from 0) sees.
const Observation& observation_at(const Script& script, std::uint64_t n);

// What a shell would make of the program, were there nothing in it but sleep and exit.
struct Pretended {
  std::int64_t seconds = 0;
  int exit_code = 0;
};
Pretended pretend(const Program& program);

}  // namespace ketrew::mock
