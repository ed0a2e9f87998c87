// What YARN says, in prose, of how an application ended. It decides the class of a failure, and
// never whether there was one. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "core/model/failure_class.hpp"

namespace ketrew::yarn {

// By the number after "exitCode: " (of the ApplicationMaster's container; YARN's own where it is below
// 0), by the words about a container that was ended for its memory, by those of a rejection. Nothing:
// no class but `exit`.
std::optional<FailureClass> failure_of(std::string_view diagnostics);

// The code of the container that ran the script: of the line "Exit code: N", or "... Exit code is N"
// where a signal ended it.
std::optional<int> container_exit_code(std::string_view diagnostics);

// Killed by the ResourceManager at the end of the lifetime that it was given.
bool is_over_lifetime(std::string_view diagnostics);

}  // namespace ketrew::yarn
