// How the mock misbehaves for one job: said in the job's options, kept in its state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"

namespace ketrew::mock {

struct Behaviour {
  std::vector<std::string> crash_in, hang_in, garbage_in;
  bool crash_after_effect = false;
  std::int64_t slow_by_ms = 0;
  std::string on_kill = "end";
  std::string repair;

  bool repaired() const;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Behaviour, crash_in, hang_in, garbage_in,
                                                crash_after_effect, slow_by_ms, on_kill, repair)

// From a job's options, which the schema has checked.
Behaviour behaviour_from(const Json& options);

// Does what is to happen in `method`; may not return.
void misbehave(const Behaviour& behaviour, std::string_view method);

}  // namespace ketrew::mock
