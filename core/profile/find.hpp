// Where things are: the home, its socket, the profile file, the files that are shipped. Needs no
// YAML: the client uses this on its way to the socket.
#pragma once

#include <string>

#include "core/base/error.hpp"

namespace ketrew::profile {

// $KETREW_HOME, else ~/.ketrew; absolute. Not created here.
Result<std::string> ketrew_home();
std::string socket_path(const std::string& home);

// The folder of shipped data: $KETREW_SHARE, else <prefix>/share/ketrew seen from the running
// program (a build tree has the same layout). Empty if there is none.
std::string share_folder();

struct ProfileFile {
  std::string path;
  std::string chosen_by;  // "--config", "$KETREW_CONFIG", ...: for messages
};
// `option` is the argument of --config; empty: none. Else $KETREW_CONFIG, <home>/ketrew.yaml if it
// is there, the shipped one. The file is not opened. The error (not_found) lists where it looked.
Result<ProfileFile> find_profile_file(const std::string& option, const std::string& home);
// `option` is the argument of --profile; else $KETREW_PROFILE, else "default".
std::string profile_name(const std::string& option);

// As expand_path in core/base; $KETREW_SHARE is known where the environment does not set it.
Result<std::string> expand(const std::string& text);

}  // namespace ketrew::profile
