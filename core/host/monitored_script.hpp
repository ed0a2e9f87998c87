// The script that runs a program on a far side and leaves proof of what it did: a log line with the
// time before and after each command, and the exit status in a file that is whole or not there.
//
// $KETREW_PRODUCTS of the program's environment, where it is there, has the files that it is to make,
// absolute, a line each. Those that a failed attempt touched are renamed to NAME.failed-ATTEMPT: at its
// end, at a TERM, or by the next attempt if it was not given the time.
//
// Runs under bash, which tells the time without a process, and under any POSIX sh, which asks
// `date`. It claims the attempt before anything else: of two copies only one runs the program, the
// other exits with `duplicate_exit_code` and touches nothing.
#pragma once

#include <cstdint>
#include <string>

#include "core/model/program.hpp"

namespace ketrew::host {

struct MonitoredScript {
  std::string token, job_id;
  std::uint32_t attempt = 1;
  // Absolute, on its host; exists when the script runs. Empty: where it is started.
  std::string playground;
  Program program;
  std::string shell = "/bin/sh";  // for `#!`
  // A shell word that counts the scheduler's own restarts of one job, "${SLURM_RESTART_COUNT:-0}".
  // Each restart claims anew (`claim.N`); the copy that it replaces writes no exit file any more.
  std::string restart_count = "0";
  // A shell word that says who runs this copy, the scheduler's id of the job: the claim's `mark`.
  std::string claimed_by;
  // A scheduler's TERM reaches the shell as well as the program: the shell waits for the program's
  // end all the same and writes the exit file, rather than dying without one.
  bool outlives_signals = false;
  // More lines right after `#!`: a scheduler's directives.
  std::string directives;
  // False: somebody else has claimed the attempt, redirects the output and writes `exit`; the
  // script runs the commands, logs each, and exits with the code of the last.
  bool stands_alone = true;
};

inline constexpr int duplicate_exit_code = 75;  // another copy has claimed this attempt
inline constexpr int broken_exit_code = 74;     // claim, log or exit file could not be written

std::string render(const MonitoredScript& script);
// Whether $KETREW_PRODUCTS is there: such a program has to run in this script.
bool names_products(const Program& program);

}  // namespace ketrew::host
