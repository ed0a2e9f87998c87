// The three families of commands called qsub, qstat and qdel, and how a shell text finds out which
// one a host has.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ketrew::pbs {

enum class Dialect {
  openpbs,  // OpenPBS, PBS Pro
  torque,   // Torque
  slurm,    // Slurm's Perl wrappers with Torque's names (slurm-torque, slurm-wlm-torque)
};

std::string_view to_string(Dialect dialect);
std::optional<Dialect> parse_dialect(std::string_view word);  // not "auto"

// Shell lines that set $ketrew_dialect to its word, or to "unknown". Where it is not known yet they
// ask `qstat --version`, which no server has to answer. They need `ketrew_limit` (asking.hpp).
//   OpenPBS    pbs_version = 23.06.06
//   Torque     Version: 6.1.2
//   Slurm's    Unknown option: version
std::string dialect_lines(std::optional<Dialect> known);

}  // namespace ketrew::pbs
