// What is wrong with options that a schema has refused, in words for people. Pure.
#pragma once

#include <optional>
#include <string>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace ketrew::daemon {

struct OptionFault {
  Error error;
  std::string option;  // its name; empty: one that is missing, or all of them
};

// The first fault found; nothing where the schema uses rules that this does not know.
std::optional<OptionFault> explain_options(const std::string& backend, const Json& schema,
                                     const Json& options);

}  // namespace ketrew::daemon
