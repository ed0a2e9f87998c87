// The shell texts: which command of Grid Engine asks what. All are functions' bodies (`return`, not
// `exit`) but the submission, which is a script of its own.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::sge {

std::string submit_command(const std::vector<std::string>& words, const std::string& name,
                           const std::string& shell, const host::Playground& playground);
std::string find_text(std::span<const sdk::FindRequest> requests);
std::string inventory_text();
std::string queue_text(std::span<const sdk::batch::AskedJob> jobs);
std::string history_text(std::span<const sdk::batch::AskedJob> jobs);
std::string kill_text(std::span<const sdk::batch::AskedJob> jobs);
std::string query_text(std::string_view command, const sdk::batch::AskedJob& job);

// Before each command but qsub: `ketrew_sge COMMAND...` is one that comes to an end, $ketrew_user is
// whose jobs they are.
extern const std::string_view prologue;

// Stands alone on a line between what qstat and qacct, or qstat -j, have said.
inline constexpr std::string_view second_answer = "ketrew-second-answer";

}  // namespace ketrew::sge
