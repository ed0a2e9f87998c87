// Reads what the texts of far_script.hpp printed. Pure and strict: a line that is not expected
// makes the whole answer `corrupt`, and a job without its lines is not in the result.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "backends/daemonize/job_state.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/model/observation.hpp"

namespace ketrew::daemonize {

enum class FarWord { launched, existing, tombstone, failed, here, absent, unknown, sent, over };

struct FarAnswer {
  FarWord word = FarWord::unknown;
  std::string rest;  // the pid of `launched`, the words of `failed`
};
// Lines "job TOKEN WORD [REST]".
Result<std::map<std::string, FarAnswer>> read_far_words(std::string_view text);

enum class FarFile { here, broken, absent, unreadable };
enum class FarAlive { yes, no, unsure };

struct FarLook {
  FarFile exit = FarFile::unreadable, claim = FarFile::unreadable;
  std::string exit_line, claim_line;
  FarAlive alive = FarAlive::unsure;
  bool whole = false;  // all lines that belong to it were there
};
struct FarLooks {
  std::string boot;  // of the host; empty where it cannot be told
  std::map<std::string, FarLook> jobs;
};
Result<FarLooks> read_far_looks(std::string_view text);

// What was seen of one job, and what was learned of its process. `now_ms` is our wall clock.
Observation judge(const FarLook& look, const std::string& host_boot, JobState& state,
                  std::int64_t now_ms, const std::string& where);

}  // namespace ketrew::daemonize
