// Waiting until jobs have ended: `wait`, and `submit --wait`.
#pragma once

#include "app/ketrew/command.hpp"

namespace ketrew::client {

// `ids`: full ids or prefixes; none: every job unfinished now. Shows progress where `err` is a
// terminal, then says how it ended (or prints the document). Exit: done, refused (one failed) or
// timed_out. `say_success` false: prints nothing about a good end.
Try<Exit> wait_for_jobs(Context& context, const std::vector<std::string>& ids,
                        std::optional<Milliseconds> timeout, bool say_success);

}  // namespace ketrew::client
