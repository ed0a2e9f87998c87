// Where a job runs and keeps its playgrounds.
//
//   /scratch/pg                                      this machine, that folder
//   ssh://user@login1:22/scratch/pg?shell=bash,-l,-c&timeout=30&ssh-option=-K
//
// Keys: `shell` (words by commas; how a command text is run there), `timeout` (seconds for one ssh
// command, connecting apart), `ssh-option` (may be repeated; passed to ssh as it is). %XX is decoded in each part.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew {

struct HostUri {
  std::string hostname;  // empty: this machine
  std::string user;      // empty: as ssh decides
  std::optional<int> port;
  std::string playground;  // absolute path of the folder that holds the playgrounds
  std::vector<std::string> shell;
  std::optional<int> timeout_seconds;
  std::vector<std::string> ssh_options;

  bool is_local() const { return hostname.empty(); }
  std::string text() const;  // parses back to an equal value
  // user@host:port without the rest: what shares one connection.
  std::string endpoint() const;
  bool operator==(const HostUri&) const = default;
};

// The error says what would be right. A host or user beginning with '-' is refused: ssh would take
// it for an option.
Result<HostUri> parse_host_uri(const std::string& text);

}  // namespace ketrew
