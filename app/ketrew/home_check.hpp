// What can be seen of the daemon's home without a daemon.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::client {

struct HomeTrouble {
  std::string what, cure;  // for people; no cure: only they can mend it
  std::string file;        // --fix removes this one; empty: none
};

// `daemon_answers`: then its socket and its files are its own business.
std::vector<HomeTrouble> check_home(const std::string& home, bool daemon_answers);
// Playgrounds in the home's own folder; an error where it cannot be read.
Result<std::size_t> count_playgrounds(const std::string& home);

}  // namespace ketrew::client
