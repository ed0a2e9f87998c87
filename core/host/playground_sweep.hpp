// All playgrounds in a host's folder: one shell text, which forks nothing for each of them, and its
// answer read back; and the text that removes some. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::host {

enum class PlaygroundStand {
  over,  // its exit file is there
  open,  // a claim, or a submission: it may run, or never told how it ended
  bare,  // neither: a script, or nothing
};

struct SweptPlayground {
  std::string token;
  PlaygroundStand stand = PlaygroundStand::bare;
  bool unfinished = false;  // has a *.tmp of the files that are renamed into place
  bool operator==(const SweptPlayground&) const = default;
};

// Folders whose names are tokens of attempts; of others, and of links, nothing is said.
std::string sweep_text(const std::string& root);
// `unavailable` where the folder cannot be searched, `corrupt` for an answer without its end. A folder
// that is proven not to be there has no playgrounds.
Result<std::vector<SweptPlayground>> read_sweep(std::string_view answer);

// `<job's id>-<attempt>`, as the daemon makes them: nothing else is ever removed.
bool is_attempt_token(std::string_view text);
// Removes the playgrounds of these, or only the files in them that were never renamed into place; what
// is no token of an attempt is left out.
enum class Removed { playground, unfinished };
std::string remove_text(const std::string& root, std::span<const std::string> tokens, Removed what);
std::vector<std::string> read_removed(std::string_view answer);  // the tokens that are gone

}  // namespace ketrew::host
