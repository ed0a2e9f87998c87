// The command line of the OpenSSH client for a host, and its shared connection. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/model/host_uri.hpp"

namespace ketrew::host {

// How long a command may take where the URI does not say, and how long the connecting.
inline constexpr int default_timeout_seconds = 40, connect_seconds = 20;

// `command` is for the far login shell. Never asks for a password; one connection is shared by all
// commands for the same endpoint and options, and stays for a minute; a dead one is noticed within
// half a minute. The URI's own options come first, so that they win.
std::vector<std::string> ssh_command(const HostUri& uri, const std::string& control_directory,
                                     const std::string& command);

// The socket of the shared connection: short enough for any system, the same for the same host.
std::string control_path(const HostUri& uri, const std::string& control_directory);

}  // namespace ketrew::host
