// A value as a shell text has to have it, so that the shell reads that value and nothing else.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/workflow/shell_context.hpp"

namespace ketrew::workflow {

// Why no value can stand in such a place; empty: one can.
std::string_view unsafe_place(ShellContext context);

// `spelled` is for the message: a value may be one that cannot stand there.
Result<std::string> shell_value(std::string_view value, const ShellPlace& place,
                                const std::string& spelled);

tl::unexpected<Error> cannot_stand(const std::string& spelled, std::string_view why);

}  // namespace ketrew::workflow
