// Workflows as people see them: a bar and what it is made of. Safe to show: what others wrote is escaped.
#pragma once

#include <string>
#include <vector>

#include "core/base/text.hpp"

namespace ketrew::client {

// "[======xx--      ]": well ended or never needed, failed, under way, and what waits. What there is at
// all has a place.
std::string workflow_bar(const Json& standing, std::size_t width);
// A line each: name, bar, how many have ended, totals, id.
std::string workflow_table(const std::vector<Json>& standings, std::size_t width, bool colour);

}  // namespace ketrew::client
