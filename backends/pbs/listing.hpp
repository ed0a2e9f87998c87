// The text of `qstat -f`: a block for each job, an attribute on each line.
//
//   OpenPBS -f -w, Torque -f -1     Slurm's wrapper
//   Job Id: 1.vm                    Job Id:<TAB>16
//       job_state = R               <TAB>job_state = R
//       comment = Not Running: ...  <TAB>...
//   (an empty line)                 (an empty line)
//
// Without -w OpenPBS wraps values (the next line begins with a tab) and prints line ends in values
// as they are, so that a value can look like an attribute or like another job. Therefore: an
// attribute that is there twice makes its block doubtful, as does an id that is there twice; and a
// block without its empty line was cut.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ketrew::pbs {

enum class Attribute : std::uint8_t {
  job_name, job_owner, job_state, substate, queue, comment, exit_status,
  exec_host, hold_types, execution_time, run_count, ctime, mtime, stime, obittime, comp_time,
  used_cput, used_mem, used_vmem, used_walltime, limit_walltime,
};
inline constexpr std::size_t attribute_count = 21;

struct Block {  // points into the text
  std::string_view id;
  std::array<std::string_view, attribute_count> values;  // empty: not there
  bool whole = false;
  bool doubtful = false;

  std::string_view operator[](Attribute attribute) const {
    return values[static_cast<std::size_t>(attribute)];
  }
};

// Joins wrapped lines in `text`, which has to outlive the blocks.
std::vector<Block> read_listing(std::string& text);

}  // namespace ketrew::pbs
