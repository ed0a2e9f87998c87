// The shell texts: which command of LSF asks what. All are functions' bodies (`return`, not `exit`)
// but the submission, which is a script of its own.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::lsf {

// What a start with these options is called in LSF.
std::string name_of(const std::string& token, const Json& options);
std::string submit_command(const std::vector<std::string>& words, const std::string& name,
                           const host::Playground& playground, const std::string& shell);
std::string find_text(std::span<const sdk::FindRequest> requests);
std::string inventory_text();
std::string queue_text(std::span<const sdk::batch::AskedJob> jobs);
std::string history_text(std::span<const sdk::batch::AskedJob> jobs);
std::string kill_text(std::span<const sdk::batch::AskedJob> jobs);
std::string query_text(std::string_view command, const sdk::batch::AskedJob& job);

// Before each command but bsub: `ketrew_lsf COMMAND...` is one that comes to an end.
extern const std::string_view prologue;
// A line of its own in the answer to `find_text`; what follows is of `bhist -w`.
inline constexpr std::string_view history_mark = "ketrew-history";

}  // namespace ketrew::lsf
