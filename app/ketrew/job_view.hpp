// Jobs as people see them. Everything here is safe to show: what others wrote is escaped.
#pragma once

#include <string>
#include <vector>

#include "core/base/terminal_text.hpp"
#include "core/base/text.hpp"

namespace ketrew::client {

// Its name; where it has none, its program.
std::string job_label(const Json& job, std::size_t width = 32);
// Colour by what the state means: in progress, waiting, good, bad. Empty for an unknown word.
std::string state_style(const std::string& state);
// "exit code 3", "signal 9 (out-of-memory)", the phase, or why it waits. Empty if there is nothing
// to say beyond the state.
std::string job_remark(const Json& job);
// How long it ran, or has run by now: "2m 51s"; empty if it never started.
std::string job_took(const Json& job, Wall now);

// A table with a heading, a row for each job; empty for no jobs.
std::string job_table(const std::vector<Json>& jobs, Wall now, std::size_t width, bool colour);
// "2 running, 940 succeeded, 3 failed"; "no jobs".
std::string totals_line(const Json& totals, bool colour);

}  // namespace ketrew::client
