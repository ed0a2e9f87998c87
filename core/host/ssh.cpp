#include "core/host/ssh.hpp"

#include <cstdint>
#include <cstdio>

namespace ketrew::host {

std::string control_path(const HostUri& uri, const std::string& control_directory) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  const auto add = [&](const std::string& text) {
    for (const char c : text + '\n') hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  };
  add(uri.endpoint());
  for (const auto& option : uri.ssh_options) add(option);
  char name[24];
  std::snprintf(name, sizeof name, "/%016llx", static_cast<unsigned long long>(hash));
  return control_directory + name;
}

std::vector<std::string> ssh_command(const HostUri& uri, const std::string& control_directory,
                                     const std::string& command) {
  std::vector<std::string> argv = {"ssh"};
  argv.insert(argv.end(), uri.ssh_options.begin(), uri.ssh_options.end());
  const std::string connect = "ConnectTimeout=" + std::to_string(connect_seconds);
  for (const std::string& option :
       {std::string("BatchMode=yes"), std::string("ControlMaster=auto"),
        "ControlPath=" + control_path(uri, control_directory), std::string("ControlPersist=60"),
        std::string("ServerAliveInterval=10"), std::string("ServerAliveCountMax=3"), connect}) {
    argv.push_back("-o");
    argv.push_back(option);
  }
  argv.push_back("-T");
  if (uri.port) argv.insert(argv.end(), {"-p", std::to_string(*uri.port)});
  if (!uri.user.empty()) argv.insert(argv.end(), {"-l", uri.user});
  argv.insert(argv.end(), {"--", uri.hostname, command});
  return argv;
}

}  // namespace ketrew::host
