// What is kept of a job beside what every batch job has, and where its playground is. Pure.
#pragma once

#include <string>

#include "backends/sdk/batch/scheduler.hpp"
#include "backends/yarn/application.hpp"

namespace ketrew::yarn {

inline Json to_own(Mode mode) { return Json{{"mode", to_string(mode)}}; }

// A state without one is of a job that was found by its claim: its script sees the playground.
inline Mode mode_of(const sdk::batch::JobState& state) {
  const auto at = state.own.is_object() ? state.own.find("mode") : state.own.end();
  if (!state.own.is_object() || at == state.own.end() || !at->is_string()) return Mode::shell;
  return parse_mode(at->get_ref<const std::string&>()).value_or(Mode::shell);
}

inline std::string folder_of(const std::string& playground) {
  return playground.substr(0, playground.rfind('/'));
}

}  // namespace ketrew::yarn
